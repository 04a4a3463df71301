"""Can the training pipeline use these tables? Yes, or no and why."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mlops.datasets.schema import Schema


@dataclass(frozen=True)
class Fit:
    """The answer; the reason says why not, or how."""

    usable: bool
    reason: str = ""

    def __str__(self) -> str:
        if self.usable:
            return f"yes, {self.reason}" if self.reason else "yes"
        return f"no: {self.reason}"


def of_tables(columns: Mapping[str, Collection[str]], wanted: Schema) -> Fit:
    """``columns``: file name -> its columns; ``wanted``: the pipeline's schema."""
    missing = [table.path for table in wanted.tables if table.required and table.path not in columns]
    if missing:
        return Fit(False, f"{', '.join(missing)} missing (dispensings with dates per patient are needed)")
    for table in wanted.tables:
        absent = table.missing(columns[table.path]) if table.path in columns else []
        if absent:
            return Fit(False, f"{table.path}: column {', '.join(absent)} missing")
    return Fit(True)
