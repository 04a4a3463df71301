"""One streaming pass over a CSV file: what every column holds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops.errors import RefusedInput
from mlops.monitoring.sketch import Sketch

# Model Monitor's regular expressions (Deequ 2.0.2)
_FRACTIONAL = re.compile(r"^(-|\+)? ?\d+((\.\d+)|((?:\.\d+)?[Ee][-+]?\d+))$")
_INTEGRAL = re.compile(r"^(-|\+)? ?\d+$")
_BOOLEAN = re.compile(r"^(true|false)$")
_TYPES = ("Integral", "Fractional", "Boolean", "String")
_CHUNK = 100_000
_MOST_CATEGORIES = 120  # more distinct values than that: no distribution is kept
_TRACKED = 20_000  # distinct values remembered per column


@dataclass
class Column:
    """Running summary of one column."""

    name: str
    present: int = 0
    missing: int = 0
    kinds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TYPES, 0))
    values: dict[str, int] = field(default_factory=dict)
    overflow: bool = False  # more distinct values than are tracked
    sketch: Sketch = field(default_factory=Sketch)
    total: float = 0.0
    mean: float = 0.0
    squares: float = 0.0  # sum of squared deviations from the mean
    count: int = 0
    low: float = float("inf")
    high: float = float("-inf")

    @property
    def type(self) -> str:
        """Any text makes a column String, Boolean mixed with numbers too; any fraction makes it Fractional."""
        kinds = {name for name, count in self.kinds.items() if count}
        if not kinds:
            return "Unknown"
        if "String" in kinds or ("Boolean" in kinds and len(kinds) > 1):
            return "String"
        return "Fractional" if "Fractional" in kinds else kinds.pop()

    @property
    def numeric(self) -> bool:
        """Whether the column is a number."""
        return self.type in {"Integral", "Fractional"}

    @property
    def std(self) -> float:
        """Population standard deviation."""
        return float(np.sqrt(self.squares / self.count)) if self.count else 0.0

    def add(self, texts: pd.Series) -> None:
        """Add a chunk of the column."""
        counts = texts.value_counts(sort=False)
        names = counts.index.to_numpy(dtype=object)
        missing = np.array([name == "" for name in names], dtype=bool)
        self.missing += int(counts.to_numpy()[missing].sum())
        known, frequency = names[~missing], counts.to_numpy()[~missing]
        self.present += int(frequency.sum())
        kinds = [_kind(name) for name in known]
        for kind, number in zip(kinds, frequency, strict=True):
            self.kinds[kind] += int(number)
        self._track(known, frequency)
        numbers = {
            name: float(name.replace(" ", "")) for name, kind in zip(known, kinds, strict=True) if kind in _TYPES[:2]
        }
        if numbers:
            self._measure(texts.map(numbers).dropna().to_numpy(dtype=np.float64))

    def _track(self, names: npt.NDArray[np.object_], frequency: npt.NDArray[Any]) -> None:
        for name, number in zip(names, frequency, strict=True):
            if name in self.values or len(self.values) < _TRACKED:
                self.values[name] = self.values.get(name, 0) + int(number)
            else:
                self.overflow = True

    def _measure(self, numbers: npt.NDArray[np.float64]) -> None:
        """Mean and deviations joined chunk by chunk (Chan 1979), exact to rounding whatever the chunks are."""
        count, mean = len(numbers), float(numbers.mean())
        delta, together = mean - self.mean, self.count + len(numbers)
        self.squares += float(((numbers - mean) ** 2).sum()) + delta * delta * self.count * count / together
        self.mean += delta * count / together
        self.total += float(numbers.sum())
        self.count = together
        self.low, self.high = min(self.low, float(numbers.min())), max(self.high, float(numbers.max()))
        self.sketch.add(numbers)

    @property
    def categories(self) -> dict[str, int] | None:
        """Counts per value of a low-cardinality column, else None."""
        few = len(self.values) <= _MOST_CATEGORIES and not self.overflow
        return dict(sorted(self.values.items())) if few else None


def _kind(text: str) -> str:
    if _INTEGRAL.match(text):
        return "Integral"
    if _FRACTIONAL.match(text):
        return "Fractional"
    return "Boolean" if _BOOLEAN.match(text) else "String"


@dataclass(frozen=True)
class Summary:
    """All columns of a data set."""

    rows: int
    columns: dict[str, Column]


def summarise(path: Path) -> Summary:
    """Read a CSV file, or all CSV files of a folder, with a header line.

    Raises:
        RefusedInput: no file, an unreadable one, no rows, or files with different headers.
    """
    files = sorted(path.rglob("*.csv")) if path.is_dir() else [path]
    if not files or not files[0].is_file():
        raise RefusedInput(f"{path.name}: no CSV file there")
    columns: dict[str, Column] = {}
    rows = 0
    for file in files:
        for chunk in _chunks(file):
            if columns and list(chunk.columns) != list(columns):
                raise RefusedInput(f"{file.name}: its header differs from that of {files[0].name}")
            columns = columns or {name: Column(str(name)) for name in chunk.columns}
            rows += len(chunk)
            for name, column in columns.items():
                column.add(chunk[name])
    if rows == 0:
        raise RefusedInput(f"{path.name}: no rows below the header")
    return Summary(rows, columns)


def _chunks(file: Path) -> Iterator[pd.DataFrame]:
    try:
        yield from pd.read_csv(file, dtype=str, keep_default_na=False, chunksize=_CHUNK, encoding="utf-8")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise RefusedInput(f"{file.name}: cannot be read as UTF-8 CSV: {str(error)[:120]}") from error
