"""Measure a data set with DuckDB: one typed copy of a table in memory at a time, identifiers only as hashes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops.datasets.infer import looks_identifying
from mlops.datasets.profile.anomalies import find_anomalies
from mlops.datasets.profile.model import (
    CATEGORY,
    DATE,
    IDENTIFIER,
    NUMBER,
    SMALLEST_CELL,
    TEXT,
    Bin,
    Category,
    Column,
    Correlation,
    Profile,
    Table,
)
from mlops.datasets.schema import Field, Schema
from mlops.datasets.schema import Table as TableSchema
from mlops.datasets.sql import connection, csv_source, name
from mlops.datasets.validation.source import Source, inspect
from mlops.errors import RefusedInput

if TYPE_CHECKING:
    import duckdb

_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
_BINS = 24
_KEPT = 200  # categories
_MANY = 2000  # distinct values: more are text, not categories
_EXACT = 250_000  # rows: a key's values are counted one by one, in more they are estimated
_CORRELATED = 30  # numeric columns at most

Row = tuple[Any, ...]


def profile(folder: Path, schema: Schema, version: str, reference: Profile | None = None) -> Profile:
    """The profile of a folder's tables; with a ``reference`` its bin edges are used, so that the two can be compared.

    Raises:
        RefusedInput: a table cannot be read.
    """
    tables = []
    for table in schema.tables:
        path = folder / table.path
        if path.is_file():
            known = reference.by_name.get(table.name) if reference else None
            tables.append(_table(path, table, known))
    return Profile(version, tuple(tables), tuple(find_anomalies(tables)))


def _table(path: Path, table: TableSchema, reference: Table | None) -> Table:
    source = inspect(path, scan=False)  # every byte was looked at when the version was made
    if not isinstance(source, Source):
        raise RefusedInput("; ".join(path.name + problem.message for problem in source))
    fields = [
        table.by_name.get(column, Field(column, identifying=looks_identifying(column))) for column in source.header
    ]
    with connection("400MB") as db:
        typed = ", ".join(f"{_typed(field)} AS {name(field.name)}" for field in fields)
        db.execute(f"CREATE TEMP TABLE t AS SELECT {typed} FROM {csv_source(path, source.header, rejects=True)}")
        known = reference.by_name if reference else {}
        columns = tuple(_columns(db, fields, known, table.key))
        rows = _one(db, "SELECT count(*) FROM t")[0]
        repeats, near = _repeats(db, fields, table.key)
        return Table(table.name, rows, columns, tuple(_correlations(db, columns)), repeats, near)


def _typed(field: Field) -> str:
    value = f"nullif({name(field.name)}, '')"
    if field.identifying:
        return f"hash({value})" if field.type != "date" else f"hash(CAST({value} AS VARCHAR))"
    finite = f"nullif(nullif(nullif(TRY_CAST({value} AS DOUBLE), 'inf'), '-inf'), 'nan')"
    kinds = {"integer": finite, "number": finite}
    days = f"CAST(TRY_CAST({value} AS DATE) - DATE '1970-01-01' AS DOUBLE)"
    return days if field.type == "date" else kinds.get(field.type, value)


def _one(db: "duckdb.DuckDBPyConnection", query: str) -> Row:
    return tuple(db.execute(query).fetchall()[0])


def _columns(
    db: "duckdb.DuckDBPyConnection", fields: list[Field], known: Mapping[str, Column], key: str
) -> Iterator[Column]:
    parts = [f"count({name(it.name)}), approx_count_distinct({name(it.name)})" for it in fields]
    counts = _one(db, f"SELECT count(*), {', '.join(parts)} FROM t")
    rows, pairs = counts[0], zip(counts[1::2], counts[2::2], strict=True)
    for field, (count, distinct) in zip(fields, pairs, strict=True):
        reference = known.get(field.name)
        if field.identifying:
            yield _identifier(db, field.name, rows, None if field.name == key and rows <= _EXACT else distinct)
        elif field.type in {"integer", "number", "date"}:
            yield _numeric(db, field, (rows, count, distinct), reference)
        else:
            yield _text(db, field, (rows, count, distinct), reference)


def _identifier(db: "duckdb.DuckDBPyConnection", column: str, rows: int, estimate: int | None) -> Column:
    # hash(NULL) is a number too: missing identifiers are counted by their own hash
    missing = _one(db, f"SELECT count(*) FILTER ({name(column)} = hash(NULL::VARCHAR)) FROM t")[0]
    # "about 3,189" of 3,213 looks like repeats
    distinct = _one(db, f"SELECT count(DISTINCT {name(column)}) FROM t")[0] if estimate is None else estimate
    return Column(column, IDENTIFIER, rows - missing, missing, min(distinct, rows - missing))


def _numeric(db: "duckdb.DuckDBPyConnection", field: Field, counts: Row, reference: Column | None) -> Column:
    rows, count, distinct = counts
    plain = Column(field.name, DATE if field.type == "date" else NUMBER, count, rows - count, min(distinct, count))
    if count < SMALLEST_CELL:
        return plain
    it = name(field.name)
    quantiles = ", ".join(map(str, _QUANTILES))
    # min(x, 11) are the 11 smallest: a single extreme value could point at one person
    found = _one(
        db,
        f"SELECT avg({it}), stddev_samp({it}), quantile_cont({it}, [{quantiles}]), "
        f"min({it}, {SMALLEST_CELL})[-1], max({it}, {SMALLEST_CELL})[-1] FROM t",
    )
    mean, std, (_, _, q1, _, q3, _, _), low, high = found
    plain = replace(plain, mean=float(mean), std=None if std is None else float(std))
    if low > high:  # fewer than 22 values: the 11th ones cross, and any quantile would be somebody's
        return plain
    edges = _reference_edges(reference) if reference else _edges(float(low), float(high), distinct)
    fences = ", ".join(
        f"count(*) FILTER ({it} < {q1 - k * (q3 - q1)!r} OR {it} > {q3 + k * (q3 - q1)!r})" for k in (1.5, 3.0)
    )
    bins, outliers, extreme = _one(db, f"SELECT histogram({it}, {edges!r}::DOUBLE[]), {fences} FROM t")
    return replace(
        plain,
        lowest=float(low),
        highest=float(high),
        # no quantile lies beyond the 11th values: those of a small table would be single people's
        quantiles={f"{p:g}": float(min(max(value, low), high)) for p, value in zip(_QUANTILES, found[2], strict=True)},
        bins=tuple(_bins(edges, bins, pool=reference is None)),
        outliers=outliers if q3 > q1 else 0,
        extreme=extreme if q3 > q1 else 0,
    )


def _edges(low: float, high: float, distinct: int) -> list[float]:
    """Inner edges: between whole numbers where there are few values, else equally wide; the end bins take the rest."""
    if high <= low:
        return [low]
    if distinct <= _BINS and low == int(low) and high == int(high) and high - low <= _BINS:
        return [low + step + 0.5 for step in range(int(high - low))]
    width = (high - low) / _BINS
    return [low + width * step for step in range(1, _BINS)]


def _reference_edges(reference: Column) -> list[float]:
    found = [it.high for it in reference.bins if it.high is not None]
    return found or [reference.lowest or 0.0]


def _bins(edges: Sequence[float], counts: Mapping[float, int], *, pool: bool) -> Iterator[Bin]:
    """Bins in order. With ``pool``, neighbours are joined until each has no rows or at least 11."""
    raw: list[Bin] = []
    for low, high in zip([None, *edges], [*edges, None], strict=True):
        raw.append(Bin(low, high, int(counts.get(float("inf") if high is None else high, 0))))
    if not pool:
        yield from raw
        return
    joined: list[Bin] = []
    for it in raw:
        if joined and 0 < joined[-1].count < SMALLEST_CELL:
            joined[-1] = Bin(joined[-1].low, it.high, joined[-1].count + it.count)
        else:
            joined.append(it)
    while len(joined) > 1 and 0 < joined[-1].count < SMALLEST_CELL:
        last = joined.pop()
        joined[-1] = Bin(joined[-1].low, last.high, joined[-1].count + last.count)
    yield from joined


def _text(db: "duckdb.DuckDBPyConnection", field: Field, counts: Row, reference: Column | None) -> Column:
    rows, count, distinct = counts
    it = name(field.name)
    kept = f"HAVING count(*) >= {SMALLEST_CELL}"
    found = db.execute(
        f"SELECT {it}, count(*) AS n FROM t WHERE {it} IS NOT NULL GROUP BY 1 {kept} ORDER BY n DESC, 1 LIMIT {_KEPT}"
    ).fetchall()
    values = {str(label): int(n) for label, n in found}
    if reference is not None:
        wanted = [item.label for item in reference.categories if item.label not in values]
        listed = db.execute(
            f"SELECT {it}, count(*) FROM t WHERE list_contains(?, {it}) GROUP BY 1 {kept} ORDER BY 1", [wanted]
        ).fetchall()
        values |= {str(label): int(n) for label, n in listed}
    categories = tuple(Category(label[:60], n) for label, n in values.items())
    kind = CATEGORY if distinct <= _MANY and distinct <= max(1, count) / 2 else TEXT
    return Column(
        field.name,
        kind,
        count,
        rows - count,
        min(distinct, count),
        categories=categories if kind == CATEGORY else (),
        pooled=count - sum(values.values()) if kind == CATEGORY else count,
        named=field.named,
    )


def _correlations(db: "duckdb.DuckDBPyConnection", columns: Sequence[Column]) -> Iterator[Correlation]:
    varying = [it.name for it in columns if it.kind == NUMBER and it.std and it.count > 2 * SMALLEST_CELL]
    pairs = list(combinations(varying[:_CORRELATED], 2))
    if pairs:
        found = _one(db, f"SELECT {', '.join(f'corr({name(a)}, {name(b)})' for a, b in pairs)} FROM t")
        for (first, second), r in zip(pairs, found, strict=True):
            if r is not None and r == r:  # noqa: PLR0124 (NaN)
                yield Correlation(first, second, round(float(r), 4))


def _repeats(db: "duckdb.DuckDBPyConnection", fields: list[Field], key: str) -> tuple[int, int]:
    """Rows that equal an earlier one: in all columns, and in all but the key."""
    every = [name(field.name) for field in fields]
    rest = [name(field.name) for field in fields if field.name != key]
    counts = [f"count(*) - count(DISTINCT hash({', '.join(columns)}))" for columns in (every, rest) if columns]
    found = [int(value) for value in _one(db, f"SELECT {', '.join(counts)} FROM t")]
    return found[0], found[-1] if key else found[0]
