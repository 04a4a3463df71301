"""Progress of long work: a live table on a terminal, one plain line an event otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

_STYLES = {"Succeeded": "green", "Failed": "bold red", "Skipped": "dim", "Stopped": "yellow", "Executing": "cyan"}
_WIDEST = 120  # columns of the table
_AROUND = 6  # lines of it that are no rows: title, head, rule, blank lines, the cursor's
_MARKS = {"Succeeded": "✓", "Failed": "✗", "Skipped": "–", "Stopped": "■", "Executing": "…"}


@dataclass
class Row:
    """One line of the table: a stage, or (indented) a step of a pipeline within it."""

    name: str
    level: int = 0
    status: str = "Executing"
    note: str = ""
    started: float = field(default_factory=time.monotonic)
    seconds: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the row began, or its final duration."""
        return time.monotonic() - self.started if self.seconds is None else self.seconds

    def finish(self, status: str, note: str = "", seconds: float | None = None) -> None:
        """Set the final status; ``seconds`` overrides the measured duration."""
        self.seconds = self.elapsed if seconds is None else seconds
        self.status, self.note = status, note or self.note


class Progress:
    """Shows rows as they begin and end. Use as a context manager; ``stream`` decides between table and lines."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self.rows: list[Row] = []
        self._title, self._stream = title, stream or sys.stderr
        self._live: Live | None = None
        self._ended = False
        self._began = time.monotonic()

    def __enter__(self) -> "Progress":
        if self._stream.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(file=self._stream)
            self._live = Live(console=console, get_renderable=self._table, refresh_per_second=8)
            self._live.__enter__()
        else:
            self._line(self._title)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._ended = True
            self._live.__exit__(kind, error, trace)

    def begin(self, name: str, level: int = 0) -> Row:
        """Add a row that is running from now on."""
        row = Row(name, level)
        self.rows.append(row)
        if self._live is None and level == 0:
            self._line(f"{row.name} ...")
        return row

    def end(self, row: Row, status: str = "Succeeded", note: str = "", seconds: float | None = None) -> None:
        """Finish a row."""
        row.finish(status, note, seconds)
        if self._live is None:
            tail = f": {row.note}" if row.note else ""
            self._line(f"{'  ' * row.level}{row.name} {status} ({row.elapsed:.1f} s){tail}")

    @contextmanager
    def stage(self, name: str) -> Iterator[Row]:
        """A row for the duration of a block; an exception marks it Failed (or Stopped, on Ctrl-C) and passes on."""
        row = self.begin(name)
        try:
            yield row
        except BaseException as error:
            self.end(row, "Failed" if isinstance(error, Exception) else "Stopped")
            raise
        self.end(row)

    def step_listener(self) -> Callable[[dict[str, Any]], None]:
        """A callback for pipeline-step summaries (ListPipelineExecutionSteps' shape), one row a step."""
        rows: dict[str, Row] = {}

        def show(step: dict[str, Any]) -> None:
            name, status = step["StepName"], step["StepStatus"]
            row = rows.get(name) or rows.setdefault(name, self.begin(name, level=1))
            if status not in {"Executing", "Starting", "Stopping"} and row.seconds is None:
                self.end(row, status, _first_line(step.get("FailureReason", "")), _duration(step))

        return show

    def _line(self, text: str) -> None:
        self._stream.write(f"[{time.monotonic() - self._began:6.1f} s] {text}\n")
        self._stream.flush()

    def _shown_rows(self) -> list[Row]:
        """All rows at the end; while work goes on the newest that fit on the screen, a line each."""
        if self._ended or self._live is None:
            return self.rows
        return self.rows[-max(3, self._live.console.height - _AROUND) :]

    def _table(self) -> "Table":
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        width = min(_WIDEST, self._live.console.width) if self._live else _WIDEST
        table = Table(title=self._title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False, width=width)
        table.add_column("step", ratio=1, no_wrap=not self._ended, overflow="fold" if self._ended else "ellipsis")
        table.add_column("status", no_wrap=True)
        table.add_column("time", justify="right", no_wrap=True)
        for row in self._shown_rows():
            mark, style = _MARKS.get(row.status, "?"), _STYLES.get(row.status, "")
            table.add_row(self._told(row), Text(f"{mark} {row.status}", style=style), f"{row.elapsed:.1f} s")
        return table

    def _told(self, row: Row) -> "Text":
        """The row's name and note: below it at the end, where all of it can be read; behind it while lines count."""
        from rich.text import Text

        indent = "  " * row.level
        between = f"\n{indent}  " if self._ended else "  "
        return Text.assemble(indent + row.name, (f"{between}{row.note}" if row.note else "", "dim"))


def _duration(step: dict[str, Any]) -> float | None:
    if "StartTime" not in step or "EndTime" not in step:
        return None
    return float((step["EndTime"] - step["StartTime"]).total_seconds())


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""
