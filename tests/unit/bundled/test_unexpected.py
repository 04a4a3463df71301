"""What jobs and commands say of errors that nobody expected: never an error's own text, which may quote the data."""

import io
import json
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pytest
from adherence import errors
from botocore.exceptions import ClientError

from mlops.bundled import unexpected

CANARY = "Zwergspitz4711"


def _nested() -> None:
    try:
        int(CANARY)
    except ValueError as error:
        raise KeyError(CANARY) from error


# every library that reads data here, made to quote what it could not read
QUOTING: dict[str, Callable[[], object]] = {
    "python int": lambda: int(CANARY),
    "python dict": lambda: {}[CANARY],
    "chain": _nested,
    "pandas": lambda: pd.to_datetime(pd.Series([CANARY]), format="%Y-%m-%d"),
    "pandas number": lambda: pd.to_numeric(pd.Series([CANARY])),
    "numpy": lambda: np.array([CANARY]).astype(float),
    "duckdb": lambda: duckdb.sql(f"SELECT CAST('{CANARY}' AS INTEGER)").fetchall(),
    "pyarrow": lambda: pa.array([CANARY]).cast(pa.int64()),
    "pyarrow csv": lambda: pyarrow.csv.read_csv(io.BytesIO(f"a,b\n1,2\n{CANARY}\n".encode())),
    "polars": lambda: pl.Series([CANARY]).str.to_date("%Y-%m-%d"),
    "python json": lambda: json.loads(f'{{"a": "\\{CANARY[0]}"}}'),
    "os": lambda: (_ for _ in ()).throw(OSError(CANARY)),
}


def caught(work: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as found:  # noqa: PT011 (of whatever kind)
        work()
    return found.value


@pytest.mark.parametrize("module", [unexpected, errors], ids=["library", "seed"])
@pytest.mark.parametrize("kind", QUOTING)
def test_an_error_that_quotes_a_value_is_reported_without_it(module: Any, kind: str) -> None:
    """Type and place are told, the text is not, neither in the line nor in the trace."""
    error = caught(QUOTING[kind])
    assert CANARY in repr(error) or kind in {"chain", "python json"}  # the last quotes one sign only
    line, trace = module.described(error), module.trace(error)
    assert CANARY not in line + trace
    assert type(error).__name__ in line
    assert "test_unexpected.py:" in trace
    assert "\n" not in line


@pytest.mark.parametrize("module", [unexpected, errors], ids=["library", "seed"])
def test_what_quotes_nothing_is_told(module: Any) -> None:
    """A missing module and the operating system's own words help, and hold no data; a file's name is left out."""
    assert "No module named 'no_such_module'" in module.described(caught(lambda: __import__("no_such_module")))
    described = module.described(caught(lambda: open("/nowhere/of-somebody.csv")))  # noqa: PTH123, SIM115
    assert "No such file or directory" in described
    assert "somebody" not in described


def test_an_answer_of_aws_is_told() -> None:
    """Its words are the service's."""
    error = ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "PutObject")
    assert "Rate exceeded" in unexpected.described(error)
