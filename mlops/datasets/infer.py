"""A Table Schema for tables that come without one: the narrowest type that every value of a column fits."""

import re
from pathlib import Path

from mlops.datasets.schema import Field, Schema, Table
from mlops.datasets.sql import INTEGER, NUMBER, connection, csv_source, name
from mlops.datasets.validation.source import Problem, Source, inspect
from mlops.errors import RefusedInput

_IDENTIFYING = re.compile(
    r"(^|_)(id|ssn|mrn|nbr|uuid|name|first|last|surname|email|phone|address|street|zip|postcode|birth.*|dob|lat|lon)$|"
    r"patient|person_|member|subscriber|passport",
    re.IGNORECASE,
)
_UNFIT = re.compile(r"[^a-z0-9]+")


def infer(folder: Path) -> Schema:
    """Schemas of all CSV files of a folder.

    Raises:
        RefusedInput: there is none, or one cannot be read.
    """
    paths = sorted(folder.glob("*.csv"))
    if not paths:
        raise RefusedInput(f"{folder.name}: no CSV files there")
    return Schema(tuple(_table(path) for path in paths))


def looks_identifying(column: str) -> bool:
    """Whether a column's name says that it identifies a person; its values are then never shown."""
    return bool(_IDENTIFYING.search(column))


def _table(path: Path) -> Table:
    source = inspect(path)
    if not isinstance(source, Source):
        raise RefusedInput("; ".join(_text(path, problem) for problem in source))
    columns = source.header
    kinds = ", ".join(_kind(column) for column in columns)
    with connection() as db:
        rows = db.execute(f"SELECT {kinds} FROM {csv_source(path, columns, rejects=True)}").fetchall()[0]
    fields = tuple(
        Field(column, _type(*found), identifying=looks_identifying(column))
        for column, found in zip(columns, zip(*[iter(rows)] * 4, strict=True), strict=True)
    )
    stem = _UNFIT.sub("-", path.stem.lower()).strip("-") or "table"
    return Table(stem, path.name, fields)


def _text(path: Path, problem: Problem) -> str:
    return path.name + problem.message


def _kind(column: str) -> str:
    """Four counts: values, dates, whole numbers (without leading zeros, which mean a code), numbers."""
    it = name(column)
    date = f"strlen({it}) = 10 AND CAST(TRY_CAST({it} AS DATE) AS VARCHAR) = {it}"
    code = f"regexp_full_match({it}, '0[0-9]+')"
    whole, number = f"regexp_full_match({it}, '{INTEGER}')", f"regexp_full_match({it}, '{NUMBER}')"
    counts = (f"{it} <> ''", date, f"{whole} AND NOT {code}", f"{number} AND NOT {code}")
    return ", ".join(f"count(*) FILTER ({condition})" for condition in counts)


def _type(values: int, dates: int, integers: int, numbers: int) -> str:
    for kind, count in (("date", dates), ("integer", integers), ("number", numbers)):
        if values and count == values:
            return kind
    return "string"
