"""The tables that every importer gives, and what it had to leave out.

Rows go to files as they come and are joined, completed and sorted by DuckDB on disk: memory does not grow with the source.
"""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from mlops.adherence.importers.drugs import Drug
from mlops.datasets.sql import connection, csv_source, literal
from mlops.errors import RefusedInput

if TYPE_CHECKING:
    import duckdb

HBA1C = "4548-4"
_COLUMNS = {
    "patients": ("patient_id", "birth_year", "sex", "payer", "region", "death_date", "race"),
    "fills": (
        "fill_id",
        "patient_id",
        "fill_date",
        "brand",
        "ndc",
        "rxcui",
        "ingredient",
        "drug_class",
        "days_supply",
        "quantity",
        "copay",
        "refills_remaining",
        "fill_number",
        "channel",
        "pharmacy_id",
        "prescriber_id",
        "status",
    ),
    "enrolment": ("patient_id", "enrol_start", "enrol_end"),
    "labs": ("patient_id", "lab_date", "loinc", "value", "unit"),
    "stays": ("patient_id", "admit_date", "discharge_date"),
    "brands": ("brand", "ingredient", "drug_class", "atc", "route", "default_days_supply", "rxcui"),
}
_ORDER = {
    "patients": ("patient_id",),
    "fills": ("fill_date", "patient_id", "brand", "fill_id"),
    "enrolment": ("patient_id", "enrol_start"),
    "labs": ("patient_id", "lab_date", "value"),
    "stays": ("patient_id", "admit_date"),
    "brands": ("brand",),
}


_FACTS = ("patient_id", "column", "rank", "value")
_MEMORY = "512MB"  # of the database; the rest of the process needs some 100 MB

# spans that overlap or follow each other without a day between (a new insurance year) become one; who has no enrolment is taken
# as enrolled from his first dispensing to the last day of all data
_ENROLMENT = """
WITH spans AS (
    SELECT patient_id, enrol_start, enrol_end FROM enrolment SEMI JOIN kept USING (patient_id)
    UNION ALL SELECT patient_id, first, (SELECT max(last) FROM bounds) FROM bounds WHERE NOT enrolled),
before AS (SELECT *, max(enrol_end) OVER (PARTITION BY patient_id ORDER BY enrol_start, enrol_end
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until FROM spans),
islands AS (SELECT *, sum(CASE WHEN until IS NULL OR CAST(enrol_start AS DATE) > CAST(until AS DATE) + 1 THEN 1 ELSE 0 END)
    OVER (PARTITION BY patient_id ORDER BY enrol_start, enrol_end) AS island FROM before)
SELECT patient_id, min(enrol_start) AS enrol_start, max(enrol_end) AS enrol_end FROM islands GROUP BY patient_id, island
"""
_BOUNDS = """
CREATE TABLE bounds AS SELECT patient_id, min(fill_date) AS first, max(fill_date) AS last,
    patient_id IN (SELECT patient_id FROM enrolment) AS enrolled
FROM fills SEMI JOIN kept USING (patient_id) GROUP BY patient_id
"""


class Conversion:
    """Rows per table in files of ``work``, and counted warnings: nothing is left out silently.

    ``newest``: a source that has several rows a patient; the last one counts, and one without a year of birth is left out with
    this warning.
    """

    def __init__(self, form: str, work: Path) -> None:
        self.format, self.newest = form, ""
        self.warnings: Counter[str] = Counter()
        self._work, self._drugs = work, dict[str, Drug]()
        self._counts: Counter[str] = Counter()
        work.mkdir(parents=True)
        self._streams = {name: _spool(work, name).open("w", encoding="utf-8", newline="") for name in _SPOOLED}
        self._write: dict[str, Callable[[list[str]], Any]] = {
            name: csv.writer(stream, lineterminator="\n").writerow for name, stream in self._streams.items()
        }
        for name, columns in _SPOOLED.items():
            self._write[name](list(columns))

    def __enter__(self) -> "Conversion":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._streams.values():
            stream.close()

    def warn(self, what: str, count: int = 1) -> None:
        """Count something that was left out or filled in."""
        if count:
            self.warnings[what] += count

    def add(self, table: str, **values: str) -> None:
        """Add a row."""
        self._counts[table] += 1
        self._write[table]([values.get(column, "") for column in _SPOOLED[table]])

    def fact(self, patient: str, column: str, value: str, rank: str = "") -> None:
        """A patient's value that stands in another table than he does; the one of the highest rank counts, then the last."""
        self.add("facts", patient_id=patient, column=column, rank=rank, value=value)

    def fill(self, drug: Drug, when: date, **values: str) -> None:
        """Add a dispensing."""
        self._drugs[drug.brand] = drug
        named = {"brand": drug.brand, "ingredient": drug.ingredient, "drug_class": drug.drug_class}
        rxcui = values.pop("rxcui", "") or drug.rxcui
        self.add(
            "fills", fill_date=when.isoformat(), rxcui=rxcui, status=values.pop("status", "paid"), **named, **values
        )

    def write(self, folder: Path) -> None:
        """Write the tables that have rows: patients that have dispensings, their enrolment completed, sorted.

        Raises:
            RefusedInput: no dispensing with a date is left; the message says why.
        """
        if not self._counts["fills"]:
            reasons = "; ".join(f"{what}: {count}" for what, count in sorted(self.warnings.items()))
            raise RefusedInput(
                f"--format {self.format}: no dispensing of a glucose-lowering drug with its date was found "
                f"(rule dispensing dates: adherence cannot be measured without them){'; ' + reasons if reasons else ''}"
            )
        for drug in self._drugs.values():
            self.add("brands", **{name: getattr(drug, name) for name in _COLUMNS["brands"]})
        self.__exit__(None, None, None)
        folder.mkdir(parents=True, exist_ok=True)
        with connection(_MEMORY, self._work) as db:
            for name, columns in _SPOOLED.items():
                db.execute(f"CREATE TABLE {name} AS SELECT * FROM {csv_source(_spool(self._work, name), columns)}")
            self._patients(db)
            self._keep_patients(db)
            self._enrolled(db)
            for name, columns in _COLUMNS.items():
                _export(db, name, columns, folder / f"{name}.csv")

    def _patients(self, db: "duckdb.DuckDBPyConnection") -> None:
        """One row of each, with the facts that other tables say of him."""
        if self.newest:
            db.execute("DELETE FROM patients WHERE rowid NOT IN (SELECT max(rowid) FROM patients GROUP BY patient_id)")
            self.warn(self.newest, _count(db, "patients WHERE birth_year = ''"))
            db.execute("DELETE FROM patients WHERE birth_year = ''")
        for (column,) in db.execute('SELECT DISTINCT "column" FROM facts').fetchall():
            best = 'SELECT patient_id, arg_max(value, {"rank": rank, "row": rowid}) AS value FROM facts'
            best += f' WHERE "column" = {literal(column)} GROUP BY patient_id'
            db.execute(
                f"UPDATE patients SET {column} = best.value FROM ({best}) AS best WHERE best.patient_id = patients.patient_id"
            )

    def _keep_patients(self, db: "duckdb.DuckDBPyConnection") -> None:
        db.execute("CREATE TABLE known AS SELECT DISTINCT patient_id FROM patients")
        db.execute("CREATE TABLE kept AS SELECT DISTINCT patient_id FROM fills SEMI JOIN known USING (patient_id)")
        self.warn("dispensings of unknown patients ignored", _count(db, "fills ANTI JOIN known USING (patient_id)"))
        idle = _count(db, "known ANTI JOIN kept USING (patient_id)")
        self.warn("patients without a glucose-lowering dispensing ignored", idle)

    def _enrolled(self, db: "duckdb.DuckDBPyConnection") -> None:
        db.execute(_BOUNDS)
        missing = _count(db, "bounds WHERE NOT enrolled")
        self.warn("patients without enrolment: taken from first dispensing to end of data", missing)
        db.execute(f"CREATE OR REPLACE TABLE enrolment AS {_ENROLMENT}")


_SPOOLED = {**_COLUMNS, "facts": _FACTS}


def _spool(work: Path, name: str) -> Path:
    return work / f"{name}.csv"


def _count(db: "duckdb.DuckDBPyConnection", what: str) -> int:
    found = db.execute(f"SELECT count(*) FROM {what}").fetchone()
    return int(found[0]) if found else 0


def _export(db: "duckdb.DuckDBPyConnection", name: str, columns: tuple[str, ...], path: Path) -> None:
    """Write a table, of the columns that have values; nothing where it has no rows."""
    kept = name if name == "brands" else f"{name} SEMI JOIN kept USING (patient_id)"
    counted = ", ".join(f"count(nullif({column}, ''))" for column in columns)
    values = db.execute(f"SELECT {counted} FROM {kept}").fetchone() or ()
    used = [column for column, count in zip(columns, values, strict=True) if count]
    if used:
        chosen = ", ".join(f"nullif({column}, '') AS {column}" for column in used)
        order = ", ".join(f"{name}.{column}" for column in (*_ORDER[name], "rowid"))
        db.execute(f"COPY (SELECT {chosen} FROM {kept} ORDER BY {order}) TO {literal(str(path))} (FORMAT csv, HEADER)")
