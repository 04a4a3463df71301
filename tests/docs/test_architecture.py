"""The drawing in docs/architecture.md is the house as it stands."""

import pytest

from tests.docs import house


def test_the_drawing_is_that_of_the_code() -> None:
    """After a change of who imports whom: ``make house``."""
    assert house.PAGE.read_text() == house.page()


def test_no_arrow_runs_up() -> None:
    """Every room stands above all that it imports, on the floor that it is meant to stand on."""
    assert house.running_up(house.arrows(house.PACKAGES, house.OPEN)) == []


def test_an_arrow_that_runs_up_is_found() -> None:
    """Also one between rooms of one floor, and one from a room that has no place."""
    found = {
        "mlops.aws": {"mlops.cli"},
        "mlops.s3": {"mlops.aws"},
        "mlops.cli": {"mlops.aws"},
        "mlops.new": {"mlops.errors"},
    }
    assert house.running_up(found) == [
        ("mlops.aws", "mlops.cli"),
        ("mlops.new", "mlops.errors"),
        ("mlops.s3", "mlops.aws"),
    ]


def test_arrows_that_follow_from_others_are_left_out() -> None:
    """a -> b -> c with a -> c is drawn as a -> b -> c."""
    assert house.reduced({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_a_circle_is_an_error_that_names_its_rooms() -> None:
    """There is no drawing of a house whose rooms stand on each other."""
    with pytest.raises(ValueError, match="rooms in a circle: a, b"):
        house.floors({"a": {"b"}, "b": {"a"}, "c": set()})
