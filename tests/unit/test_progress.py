"""The live table fits a small terminal: what runs can be seen, and nothing is cut in the middle of a word."""

import io
import re

import pytest
from rich.console import Console

from mlops.progress import Progress, Row

LONG = "1,059 rows, DRIFT in copay, copay_change and days_since_last_contact; predictions: DRIFT of Brandomet"


class Terminal(io.StringIO):
    """What a terminal is written."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """80 x 24."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("TERM", "xterm")


def shown(progress: Progress) -> list[str]:
    console = Console(file=io.StringIO(), width=80, height=24, force_terminal=False)
    with console.capture() as capture:
        console.print(progress._table())
    return capture.get().splitlines()


def filled(progress: Progress) -> Row:
    for number in range(40):
        progress.end(progress.begin(f"stage {number}, started by the drift policy", number % 2), note=LONG)
    return progress.begin("RunsNow", 1)


def test_the_running_row_is_on_an_80x24_screen() -> None:
    """However many rows there were and however long their notes are; no line is wider than the screen."""
    with Progress("demo", Terminal()) as progress:
        filled(progress)
        lines = shown(progress)
        assert any("RunsNow" in line and "Executing" in line for line in lines)
        assert len(lines) < 24
        assert max(map(len, lines)) <= 80


def test_at_the_end_all_is_told_and_no_word_is_broken() -> None:
    """Notes stand below their rows, as wide as the screen."""
    progress = Progress("demo", Terminal())
    with progress:
        filled(progress)
    text = " ".join(re.sub(r"(✓|…) \w+ +[\d.]+ s", "", line).strip() for line in shown(progress))
    assert sum(f"stage {number}, started" in text for number in range(40)) == 40
    assert text.count(LONG) == 40
