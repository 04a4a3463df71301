"""What in a profile a reviewer should look at, with a severity."""

from collections.abc import Iterator, Sequence

from mlops.datasets.profile.model import (
    CATEGORY,
    DATE,
    IDENTIFIER,
    SEVERITIES,
    Anomaly,
    Column,
    Table,
    is_shown,
    rows_text,
)

_MISSING = ((0.30, "high"), (0.05, "warning"), (0.005, "info"))
_REPEATS = ((0.01, "high"), (0.0, "warning"))
_EXTREME = ((0.05, "high"), (0.01, "warning"))


def find_anomalies(tables: Sequence[Table]) -> list[Anomaly]:
    """All anomalies, the most severe first."""
    found = [anomaly for table in tables for anomaly in _of_table(table)]
    return sorted(found, key=lambda it: (SEVERITIES.index(it.severity), it.table, it.column, it.what))


def _of_table(table: Table) -> Iterator[Anomaly]:
    if table.rows == 0:
        yield Anomaly("high", table.name, "", "the table has no rows")
        return
    severity = _grade(table.repeats / table.rows, _REPEATS)
    if severity:
        yield Anomaly(severity, table.name, "", f"{_rows(table.repeats, table.rows)} equal an earlier one")
    elif table.near_repeats > 0.01 * table.rows:
        what = f"{_rows(table.near_repeats, table.rows)} equal an earlier one but for the key"
        yield Anomaly("info", table.name, "", what)
    for column in table.columns:
        yield from _of_column(table, column)
    for pair in table.correlations:
        if abs(pair.r) >= 0.95:
            yield Anomaly("info", table.name, pair.first, f"moves with {pair.second} (r = {pair.r:.2f})")


def _of_column(table: Table, column: Column) -> Iterator[Anomaly]:
    severity = _grade(column.missing_share, _MISSING)
    if column.count == 0:
        yield Anomaly("warning", table.name, column.name, "has no values at all")
    elif severity:
        yield Anomaly(severity, table.name, column.name, f"{_rows(column.missing, table.rows)} have no value")
    if column.kind == IDENTIFIER or column.count == 0:
        return
    if column.distinct == 1:
        yield Anomaly("warning", table.name, column.name, "has one value only")
    elif column.kind == CATEGORY and column.categories and column.categories[0].count > 0.99 * column.count:
        top = column.categories[0]
        what = repr(top.label) if column.named else "the same"
        yield Anomaly("info", table.name, column.name, f"{top.count / column.count:.1%} of the values are {what}")
    severity = _grade(column.extreme / column.count, _EXTREME)
    if severity and column.kind != DATE:
        what = f"{_rows(column.extreme, column.count)} lie beyond 3 interquartile ranges"
        yield Anomaly(severity, table.name, column.name, what)


def _grade(share: float, limits: tuple[tuple[float, str], ...]) -> str:
    return next((severity for limit, severity in limits if share > limit), "")


def _rows(count: int, of: int) -> str:
    """A count, pooled where it is small."""
    return f"{count:,} rows ({count / of:.1%})" if is_shown(count) else f"{rows_text(count)} rows"
