"""Every criterion has one test that shows it, or is named as open; the page says which."""

import re

import pytest

from tests.acceptance.elsewhere import ELSEWHERE, NOT_YET
from tests.docs import acceptance


def test_every_criterion_is_shown_or_open() -> None:
    """Seventy of them, five a story; none is both shown and open, and nothing is shown that nobody asked for."""
    numbers = {number for number in acceptance.criteria() if "." in number}
    assert numbers == {f"{story}.{part}" for story in range(1, 15) for part in range(1, 6)}
    assert numbers == set(acceptance.shown()) | set(NOT_YET)
    assert not set(acceptance.shown()) & set(NOT_YET)


@pytest.mark.parametrize("test", ELSEWHERE.values())
def test_tests_elsewhere_are_there(test: str) -> None:
    """In the file and under the name that is given."""
    file, _, name = test.partition("::")
    assert re.search(rf"^def {name}\(", (acceptance.ROOT / file).read_text(), re.MULTILINE)


def test_the_page_is_what_the_tests_say() -> None:
    """``python -m tests.docs.acceptance`` was run after the last change."""
    assert acceptance.PAGE.read_text() == acceptance.render()
