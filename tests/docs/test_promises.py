"""The page about security names the tests and mutants that there are."""

from pathlib import Path

from tests.docs import promises
from tests.security.mutants import every

_ROOT = Path(__file__).parents[2]


def test_the_page_lists_the_promises_with_their_tests_and_mutants() -> None:
    """``python -m tests.docs.promises`` was run after the last change; every test that it names exists."""
    text = promises.PAGE.read_text()
    assert text.count(promises.BEGIN) == text.count(promises.END) == 1
    assert promises.between(text)[1] == promises.render()
    assert [test for _, tests in promises.PROMISES.values() for test in tests if not (_ROOT / test).is_file()] == []


def test_every_mutant_stands_where_it_says() -> None:
    """Its text is in its file once, and so are the tests that have to see it."""
    for mutant in every():
        assert (_ROOT / mutant.file).read_text().count(mutant.old) == 1, mutant.breaks
        assert [test for test in mutant.tests if not (_ROOT / test.split("::")[0]).is_file()] == [], mutant.breaks
