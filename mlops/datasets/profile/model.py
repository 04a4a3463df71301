"""What a profile holds. Cells of fewer than 11 rows are pooled, identifying columns have no values at all."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

SMALLEST_CELL = 11
NUMBER, DATE, CATEGORY, TEXT, IDENTIFIER = "number", "date", "category", "text", "identifier"
SEVERITIES = ("high", "warning", "info")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Bin:
    """Rows with ``low < value <= high``; the first and the last bin are open (None)."""

    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class Category:
    """A value that at least 11 rows have; people see it as ``Column.labels`` has it."""

    label: str
    count: int


@dataclass(frozen=True)
class Column:
    """One column. Dates count in days since 1970-01-01; ``lowest`` and ``highest`` are the 11th smallest and largest value."""

    name: str
    kind: str
    count: int
    missing: int
    distinct: int
    mean: float | None = None
    std: float | None = None
    lowest: float | None = None
    highest: float | None = None
    quantiles: Mapping[str, float] = field(default_factory=dict)
    bins: tuple[Bin, ...] = ()
    categories: tuple[Category, ...] = ()
    pooled: int = 0  # rows with a value that is not among the categories
    outliers: int = 0  # beyond Tukey's fences, 1.5 interquartile ranges
    extreme: int = 0  # beyond 3
    named: bool = True  # whether the categories are a declared vocabulary, whose values may be named

    @property
    def labels(self) -> tuple[str, ...]:
        """The categories as people may see them: by name, or numbered, the most frequent first."""
        return tuple(it.label if self.named else f"value {place}" for place, it in enumerate(self.categories, 1))

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return self.count + self.missing

    @property
    def missing_share(self) -> float:
        """Share of the rows without a value."""
        return self.missing / self.rows if self.rows else 0.0

    @property
    def missing_text(self) -> str:
        """That share as people may see it."""
        return f"{self.missing_share:.1%}" if is_shown(self.missing) else f"{rows_text(self.missing)} rows"

    def shown(self, value: float | None) -> str:
        """A number of this column's as people read it."""
        if value is None:
            return "–"
        if self.kind == DATE:
            return (_EPOCH + timedelta(days=round(value))).isoformat()
        return number(value)


@dataclass(frozen=True)
class Correlation:
    """Pearson's r of two columns."""

    first: str
    second: str
    r: float


@dataclass(frozen=True)
class Table:
    """One table. ``repeats`` are rows that equal an earlier one; ``near_repeats`` those that differ in the key only."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    correlations: tuple[Correlation, ...] = ()
    repeats: int = 0
    near_repeats: int = 0

    @property
    def by_name(self) -> dict[str, Column]:
        """Columns by their names."""
        return {column.name: column for column in self.columns}


@dataclass(frozen=True)
class Anomaly:
    """Something that a reviewer should look at."""

    severity: str
    table: str
    column: str
    what: str


@dataclass(frozen=True)
class Profile:
    """The profile of one version."""

    version: str
    tables: tuple[Table, ...]
    anomalies: tuple[Anomaly, ...] = ()

    @property
    def by_name(self) -> dict[str, Table]:
        """Tables by their names."""
        return {table.name: table for table in self.tables}

    def to_json(self) -> dict[str, Any]:
        """The profile as it is stored; counts of 1 to 10 rows are ``<11``, and no other count gives them away by subtraction."""
        found = asdict(self)
        for table, own in zip(found["tables"], self.tables, strict=True):
            table.update({name: _pooled(table[name]) for name in ("repeats", "near_repeats")})
            for column, measured in zip(table["columns"], own.columns, strict=True):
                for category, label in zip(column["categories"], measured.labels, strict=True):
                    category["label"] = label
                small = {name: _pooled(column[name]) for name in ("missing", "pooled", "outliers", "extreme")}
                known = "<11" not in {small["missing"], small["pooled"]}
                column.update(small, count=column["count"] if known else None)
        return found


def _pooled(count: int) -> int | str:
    return count if is_shown(count) else f"<{SMALLEST_CELL}"


def is_shown(count: int) -> bool:
    """Whether a count of rows may be seen: none, or enough that nobody can be found in it."""
    return count == 0 or count >= SMALLEST_CELL


def rows_text(count: int) -> str:
    """A count of rows as people may see it."""
    return f"{count:,}" if is_shown(count) else f"fewer than {SMALLEST_CELL}"


def number(value: float) -> str:
    """Three or four significant digits, without an exponent where that is readable."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 1e5 else f"{value:,.0f}"
