"""The drawing in docs/architecture.md is the house as it stands."""

import pytest

from tests.docs import house


def test_the_drawing_is_that_of_the_code() -> None:
    """After a change of who imports whom: ``make house``."""
    assert house.PAGE.read_text() == house.page()


def test_no_arrow_runs_up() -> None:
    """Every room stands above all that it imports."""
    found = house.arrows(house.PACKAGES, house.OPEN)
    height = {room: -number for number, level in enumerate(house.floors(found)) for room in level}
    assert [(room, other) for room, near in found.items() for other in near if height[other] >= height[room]] == []


def test_arrows_that_follow_from_others_are_left_out() -> None:
    """a -> b -> c with a -> c is drawn as a -> b -> c."""
    assert house.reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_a_circle_is_an_error_that_names_its_rooms() -> None:
    """There is no drawing of a house whose rooms stand on each other."""
    with pytest.raises(ValueError, match="rooms in a circle: a, b"):
        house.floors({"a": {"b"}, "b": {"a"}, "c": set()})
