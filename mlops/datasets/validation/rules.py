"""Table Schema -> one SQL query that finds every value that breaks a rule."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlops.datasets.schema import Field, ForeignKey, Table
from mlops.datasets.sql import INTEGER, NUMBER, csv_source, literal, name
from mlops.datasets.validation.source import Source

ERROR, WARNING = "error", "warning"
NOTHING = "CAST(NULL AS STRUCT(c INTEGER, v VARCHAR))"


@dataclass(frozen=True)
class Check:
    """One rule of one column; ``sql`` is true where the value breaks it."""

    column: str
    rule: str
    text: str
    sql: str
    severity: str = ERROR
    shows_value: bool = True


def value_checks(table: Table, source: Source) -> list[Check]:
    """Checks on single values, for the columns that are there."""
    header, required = source.header, [field for field in table.fields if field.required]
    present = [field for field in table.fields if field.name in header]
    found = [_required(field, header) for field in required if {field.name, *field.instead} & set(header)]
    return found + [check for field in present for check in _field_checks(field, source.controls)]


def _required(field: Field, header: tuple[str, ...]) -> Check:
    """No value, neither in the column nor in one that may stand in for it."""
    blank = " AND ".join(f"s.{name(column)} = ''" for column in (field.name, *field.instead) if column in header)
    severity = WARNING if field.repaired else ERROR
    return Check(field.name, "required", "the value is missing (rule required)", blank, severity, False)


def _field_checks(field: Field, controls: bool) -> Iterator[Check]:
    column = f"s.{name(field.name)}"
    severity = WARNING if field.repaired else ERROR
    shown = not field.identifying
    if field.type == "date":
        yield Check(field.name, "date", "is not a date written YYYY-MM-DD (rule date)", _not_date(column), ERROR, shown)
    elif field.type in {"integer", "number"}:
        yield from _number_checks(field, column, severity, shown)
    elif field.enum:
        listed = ", ".join(literal(item) for item in field.enum)
        text = f"is none of {', '.join(field.enum)} (rule category)"
        yield Check(field.name, "category", text, f"{column} <> '' AND {column} NOT IN ({listed})", ERROR, shown)
    else:
        yield from _text_checks(field, column, controls)


def _not_date(column: str) -> str:
    """The cast alone would take other spellings; a date of 10 bytes that reads back as it was written is ISO."""
    iso = f"strlen({column}) = 10 AND CAST(TRY_CAST({column} AS DATE) AS VARCHAR) = {column}"
    return f"CASE WHEN {iso} THEN false ELSE {column} <> '' END"


def _number_checks(field: Field, column: str, severity: str, shown: bool) -> Iterator[Check]:
    whole = field.type == "integer"
    pattern, kind = (INTEGER, "a whole number") if whole else (NUMBER, "a number")
    shaped = f"regexp_full_match({column}, '{pattern}')"
    # most whole numbers read back as they are written, which is cheaper to see than the pattern
    quick = f"CAST(TRY_CAST({column} AS INTEGER) AS VARCHAR) = {column}" if whole else "false"
    wrong = f"CASE WHEN {quick} THEN false WHEN {column} = '' THEN false ELSE NOT {shaped} END"
    yield Check(field.name, field.type, f"is not {kind} (rule {field.type})", wrong, ERROR, shown)
    if field.minimum is not None or field.maximum is not None:
        low, high = _shown(field.minimum, "-inf"), _shown(field.maximum, "inf")
        value = f"TRY_CAST({column} AS DOUBLE)"
        outside = f"{value} NOT BETWEEN '{low}'::DOUBLE AND '{high}'::DOUBLE AND {shaped}"
        yield Check(field.name, "range", f"lies outside {low} to {high} (rule range)", outside, severity, shown)


def _shown(limit: float | None, otherwise: str) -> str:
    return otherwise if limit is None else str(limit)


def _text_checks(field: Field, column: str, controls: bool) -> Iterator[Check]:
    """Text that a spreadsheet would execute, or that would play tricks on a terminal."""
    signs = f"{column}[1] IN ('=', '@', '+', '-') AND NOT regexp_full_match({column}, '[+-][0-9.]*')"
    formula = f"CASE WHEN {column} >= 'A' THEN false ELSE {signs} END"  # letters sort after every sign
    yield Check(field.name, "formula", "begins like a spreadsheet formula (rule formula)", formula, ERROR, False)
    if controls:
        found = f"regexp_matches({column}, '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]')"
        yield Check(field.name, "control", "has a control character (rule printable text)", found, ERROR, False)


def key_check(table: Table) -> Check:
    """The primary key's."""
    if table.drop_repeated:
        return Check(table.key, "unique", f"repeated {table.key} dropped", "", WARNING, False)
    return Check(table.key, "unique", "is there twice (rule unique)", "", ERROR, False)


def foreign_check(key: ForeignKey, number: int, parent: Table) -> Check:
    """A foreign key's; ``number`` is that of its join."""
    text = f"is not in {parent.path} (rule known {key.column})"
    sql = f"p{number}.k IS NULL AND s.{name(key.column)} <> ''"
    return Check(key.column, "known", text, sql, ERROR, False)


@dataclass(frozen=True)
class Query:
    """The compiled query over a whole file, one row a record in the file's order: ``k`` its key, ``found`` what is wrong.

    ``found`` lists {c: number of the check, v: value}; it is NULL where nothing is wrong, which is nearly everywhere.
    """

    sql: str
    checks: list[Check]
    key: Check | None


def compile_query(source: Source, table: Table, parents: dict[str, tuple[Table, Source]]) -> Query:
    """One query for the whole table; ``parents`` are the readable tables that its foreign keys name."""
    header = source.header
    foreign = [
        key
        for key in table.foreign_keys
        if key.column in header and key.of_table in parents and key.of_column in parents[key.of_table][1].header
    ]
    checks = value_checks(table, source)
    checks += [foreign_check(key, number, parents[key.of_table][0]) for number, key in enumerate(foreign)]
    joins = " ".join(_join(key, number, parents[key.of_table][1]) for number, key in enumerate(foreign))
    key = table.key if table.key in header else ""
    any_wrong = " OR ".join(f"({check.sql})" for check in checks) or "false"
    each = ", ".join(
        f"CASE WHEN {check.sql} THEN {{'c': {number}, 'v': {_value(check)}}} END" for number, check in enumerate(checks)
    )
    found = f"CASE WHEN {any_wrong} THEN list_filter([{each or NOTHING}], lambda x: x IS NOT NULL) END AS found"
    rows = csv_source(source.path, header, rejects=True)
    sql = f"SELECT {f's.{name(key)}' if key else 'NULL'} AS k, {found} FROM {rows} s {joins}"
    return Query(sql, checks, key_check(table) if key else None)


def _value(check: Check) -> str:
    return f"s.{name(check.column)}" if check.shows_value else "''"


def _join(key: ForeignKey, number: int, parent: Source) -> str:
    keys = f"SELECT DISTINCT {name(key.of_column)} AS k FROM {csv_source(parent.path, parent.header, rejects=True)}"
    return f"LEFT JOIN ({keys}) p{number} ON p{number}.k = s.{name(key.column)}"


def unreadable(path: Path) -> str:
    """How a file that DuckDB gives up on is reported."""
    return f"{path.name}: cannot be read as CSV (rule CSV)"
