"""DuckDB over all-varchar CSV: nothing is inferred, 00123 stays 00123 and NA stays NA."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# how numbers are written; the seed code's patterns
INTEGER = r"[+-]?\d{1,15}"
NUMBER = r"[+-]?(\d{1,15}(\.\d*)?|\.\d+)"


@contextmanager
def connection(memory: str = "1GB", folder: Path | None = None) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A database that reads no settings and loads no extensions; on disk in ``folder``, else in memory.

    What does not fit spills to a folder of the system's temporary ones, which is gone afterwards (DuckDB's own choice would be the
    user's working folder).
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="mlops-", dir=folder) as spilled:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "threads": min(4, os.cpu_count() or 1),
            "temp_directory": spilled,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        found = duckdb.connect(str(folder / "tables.duckdb") if folder is not None else ":memory:", config=config)
        try:
            yield found
        finally:
            found.close()


def name(text: str) -> str:
    """A quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A quoted string."""
    return "'" + text.replace("'", "''") + "'"


def csv_source(path: Path, header: Sequence[str], *, rejects: bool = False) -> str:
    """A table function that reads the file as text; with ``rejects`` malformed rows go to the table ``reject_errors``."""
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in header)
    every = ", ".join(literal(column) for column in header)
    tail = ", store_rejects = true" if rejects else ""
    return (
        f"read_csv({literal(str(path))}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{{columns}}}, force_not_null = [{every}], strict_mode = true, max_line_size = 16777216{tail})"
    )
