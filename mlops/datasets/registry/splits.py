"""The split by unit: u = int(md5("<salt>:<id>")[:8], 16) / 2^32, the same in Python, DuckDB and Spark.

A unit's place depends on its id and the salt only: rows that are appended later never move it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops.datasets.sql import connection, csv_source, literal, name
from mlops.datasets.validation.source import Source, inspect


@dataclass(frozen=True)
class Split:
    """Which share of the units is held out for the test, and which calibrates."""

    salt: str
    test: float
    calibration: float
    table: str = "patients.csv"
    unit: str = "patient_id"

    @classmethod
    def from_project(cls, settings: Mapping[str, Any]) -> "Split":
        """From the ``[split]`` of a project.toml."""
        found = settings["split"]
        return cls(str(found["salt"]), float(found["test_patients"]), float(found["calibration_patients"]))

    def fold(self, unit: str) -> str:
        """``test``, ``calibration`` or ``train``."""
        u = share(self.salt, unit)
        return "test" if u < self.test else "calibration" if u < self.test + self.calibration else "train"

    def record(self, folder: Path) -> dict[str, Any]:
        """The split as a manifest states it, with the number of units a fold."""
        source = inspect(folder / self.table)
        counts = self._count(source) if isinstance(source, Source) and self.unit in source.header else {}
        rule = 'u = int(md5("<salt>:<unit>")[:8], 16) / 2^32; test: u < test; calibration: u < test + calibration'
        shares = {"test": self.test, "calibration": self.calibration}
        return {"rule": rule, "salt": self.salt, "unit": self.unit, **shares, "units": counts}

    def _count(self, source: Source) -> dict[str, int]:
        u = share_sql(self.salt, name(self.unit))
        limit = self.test + self.calibration
        fold = f"CASE WHEN u < {self.test!r} THEN 'test' WHEN u < {limit!r} THEN 'calibration' ELSE 'train' END"
        units = f"SELECT DISTINCT {u} AS u, {name(self.unit)} AS id FROM {csv_source(source.path, source.header)}"
        with connection() as db:
            rows = db.execute(f"SELECT {fold} AS fold, count(*) FROM ({units}) GROUP BY 1 ORDER BY 1").fetchall()
        return {str(fold): int(count) for fold, count in rows}


def share(salt: str, unit: str) -> float:
    """u of one unit."""
    digest = hashlib.md5(f"{salt}:{unit}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) / 2**32


def share_sql(salt: str, column: str) -> str:
    """u as a DuckDB expression over a text column."""
    return f"CAST('0x' || md5({literal(salt + ':')} || {column})[1:8] AS UBIGINT) / 4294967296.0"
