"""How two versions differ: schema, size, statistics, quality, distributions; each difference with a severity."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from mlops.datasets.profile.model import (
    CATEGORY,
    DATE,
    IDENTIFIER,
    NUMBER,
    SEVERITIES,
    SMALLEST_CELL,
    Column,
    Profile,
    Table,
    rows_text,
)
from mlops.datasets.schema import Schema

_PSI = ((0.25, "high"), (0.10, "warning"))  # population stability index, the usual limits
_SHIFT = ((0.5, "high"), (0.2, "warning"), (0.05, "info"))  # of the mean, in standard deviations of the reference
_MISSING = ((0.10, "high"), (0.01, "warning"), (0.001, "info"))  # change of the share without a value


@dataclass(frozen=True)
class Difference:
    """One difference: of the aspect schema, rows, statistics, quality or distribution."""

    severity: str
    aspect: str
    table: str
    column: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Pair:
    """A column in both versions; shares of the rows in the reference's bins or categories."""

    table: str
    name: str
    kind: str
    labels: tuple[str, ...]
    before: tuple[float, ...]
    after: tuple[float, ...]
    psi: float


@dataclass(frozen=True)
class Comparison:
    """All differences, the most severe first, and the distributions side by side."""

    before: str
    after: str
    differences: tuple[Difference, ...]
    pairs: tuple[Pair, ...]

    def to_json(self) -> dict[str, Any]:
        """The comparison as JSON."""
        return asdict(self)


def compare(before: Profile, after: Profile, schemas: tuple[Schema, Schema]) -> Comparison:
    """``after`` must have been profiled with ``before`` as its reference; ``schemas`` are those of the two."""
    found = [*_schema(*schemas, before, after)]
    pairs: list[Pair] = []
    for table in before.tables:
        other = after.by_name.get(table.name)
        if other is not None:
            found += _tables(table, other)
            for column in table.columns:
                match = other.by_name.get(column.name)
                if match is not None:
                    pair = _pair(table.name, column, match)
                    pairs += [pair] if pair else []
                    found += _columns(table.name, column, match, pair)
    found += _anomalies(before, after)
    ordered = sorted(found, key=lambda it: (SEVERITIES.index(it.severity), it.table, it.column, it.aspect, it.what))
    return Comparison(before.version, after.version, tuple(ordered), tuple(pairs))


def _schema(old: Schema, new: Schema, before: Profile, after: Profile) -> Iterator[Difference]:
    """Tables and columns that came or went (as the files have them), and rules that changed (as the schemas state them)."""
    for name in sorted({*before.by_name, *after.by_name}):
        one, two = before.by_name.get(name), after.by_name.get(name)
        if one is None or two is None:
            what = "table added" if one is None else "table removed"
            yield Difference("high" if two is None else "info", "schema", name, "", what, _has(one), _has(two))
            continue
        for column in sorted({*one.by_name, *two.by_name}):
            there, here = column in one.by_name, column in two.by_name
            if there != here:
                what = "column added" if here else "column removed"
                severity = "info" if here else "high"
                yield Difference(severity, "schema", name, column, what, _has(there), _has(here))
    rules = {table.name: table.by_name for table in new.tables}
    for table in old.tables:
        for field in table.fields:
            other = rules.get(table.name, {}).get(field.name)
            if other is not None and other.to_json() != field.to_json():
                texts = (_rule(field.to_json()), _rule(other.to_json()))
                yield Difference("warning", "schema", table.name, field.name, "rule changed", *texts)


def _has(thing: object) -> str:
    return "there" if thing else "not there"


def _rule(field: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in {"type": field["type"], **field.get("constraints", {})}.items())


def _tables(before: Table, after: Table) -> Iterator[Difference]:
    if before.rows != after.rows:
        change = (after.rows - before.rows) / before.rows if before.rows else math.inf
        severity = "high" if change < -0.5 else "warning" if change < -0.05 else "info"
        yield Difference(severity, "rows", before.name, "", "rows", f"{before.rows:,}", f"{after.rows:,}")
    if before.repeats != after.repeats:
        severity = "warning" if after.repeats > before.repeats else "info"
        texts = (rows_text(before.repeats), rows_text(after.repeats))
        yield Difference(severity, "quality", before.name, "", "rows that equal an earlier one", *texts)


def _columns(table: str, before: Column, after: Column, pair: Pair | None) -> Iterator[Difference]:
    if before.kind != after.kind:
        yield Difference("warning", "schema", table, before.name, "kind of values", before.kind, after.kind)
    severity = _grade(abs(after.missing_share - before.missing_share), _MISSING)
    if severity:
        texts = (before.missing_text, after.missing_text)
        yield Difference(severity, "quality", table, before.name, "without a value", *texts)
    # HyperLogLog counts: differences of some per cent mean nothing
    repeats = [it.count / max(it.distinct, 1) for it in (before, after)]
    if before.kind == after.kind == IDENTIFIER and abs(repeats[1] - repeats[0]) > 0.1 * repeats[0]:
        texts = (f"{repeats[0]:.1f}", f"{repeats[1]:.1f}")
        yield Difference("info", "statistics", table, before.name, "rows of one value", *texts)
    if before.kind in {NUMBER, DATE} and after.kind == before.kind:
        yield from _shift(table, before, after)
    if pair is not None:
        severity = _grade(pair.psi, _PSI)
        if severity:
            severity = "info" if pair.kind == DATE else severity
            yield Difference(severity, "distribution", table, before.name, f"PSI {pair.psi:.2f}", *_largest(pair))


def _shift(table: str, before: Column, after: Column) -> Iterator[Difference]:
    if before.mean is None or after.mean is None or not before.std:
        return
    severity = _grade(abs(after.mean - before.mean) / before.std, _SHIFT)
    if severity:
        severity = "info" if before.kind == DATE else severity  # newer data have newer dates
        texts = (before.shown(before.mean), after.shown(after.mean))
        yield Difference(severity, "statistics", table, before.name, "mean", *texts)


def _largest(pair: Pair) -> tuple[str, str]:
    """The bin or category that changed most."""
    index = max(range(len(pair.labels)), key=lambda i: abs(pair.after[i] - pair.before[i]))
    return f"{pair.labels[index]}: {pair.before[index]:.1%}", f"{pair.labels[index]}: {pair.after[index]:.1%}"


def _anomalies(before: Profile, after: Profile) -> Iterator[Difference]:
    old = {(it.table, it.column, it.what.split("(")[0]) for it in before.anomalies}
    known = {(it.table, it.column) for it in before.anomalies}
    for it in after.anomalies:
        if (it.table, it.column) not in known and (it.table, it.column, it.what.split("(")[0]) not in old:
            yield Difference(it.severity, "quality", it.table, it.column, "new anomaly", "none", it.what)


def _pair(table: str, before: Column, after: Column) -> Pair | None:
    """Shares on the reference's bins or categories; None for columns without a distribution."""
    if before.kind != after.kind or not before.count or not after.count:
        return None
    if before.kind == CATEGORY:
        there = {it.label: it.count for it in after.categories}
        labels = [it.label for it in before.categories]
        # where the reference's list is cut off, a category that it lacks need not be new
        complete = before.pooled < SMALLEST_CELL * max(1, before.distinct - len(labels))
        new = [it.label for it in after.categories if it.label not in labels and complete]
        mine = [*(it.count for it in before.categories), *(0 for _ in new), before.pooled]
        theirs = [there.get(label, 0) for label in [*labels, *new]]
        if not (before.named and after.named):
            labels, new = list(replace(before, named=False).labels), [f"new value {n}" for n in range(1, len(new) + 1)]
        labels = [*labels, *new, "all others"]
        theirs.append(after.count - sum(theirs))
        if max(mine[-1], theirs[-1]) < SMALLEST_CELL:  # a cell that stays empty
            labels, mine, theirs = labels[:-1], mine[:-1], theirs[:-1]
        if not labels:
            return None
    elif before.kind in {NUMBER, DATE} and before.bins and len(before.bins) == len(after.bins):
        labels = [_range(before, it.low, it.high) for it in before.bins]
        mine, theirs = [it.count for it in before.bins], [it.count for it in after.bins]
    else:
        return None
    shares = (_shares(mine), _shares(theirs))
    return Pair(table, before.name, before.kind, tuple(labels), *shares, round(_psi(mine, theirs), 4))


def _range(column: Column, low: float | None, high: float | None) -> str:
    if low is None:
        return f"up to {column.shown(high)}"
    return f"above {column.shown(low)}" if high is None else f"{column.shown(low)} to {column.shown(high)}"


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    """Shares; a cell of fewer than 11 rows counts as none, in the total too, so that no single person shows."""
    shown = [count if count >= SMALLEST_CELL else 0 for count in counts]
    return tuple(round(count / (sum(shown) or 1), 6) for count in shown)


def _psi(before: Sequence[int], after: Sequence[int]) -> float:
    """Population stability index, with half a row added to every cell so that empty ones stay finite."""
    cells = len(before)
    p = [(count + 0.5) / (sum(before) + 0.5 * cells) for count in before]
    q = [(count + 0.5) / (sum(after) + 0.5 * cells) for count in after]
    return sum((b - a) * math.log(b / a) for a, b in zip(p, q, strict=True))


def _grade(value: float, limits: tuple[tuple[float, str], ...]) -> str:
    return next((severity for limit, severity in limits if value > limit), "")
