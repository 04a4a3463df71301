"""Features of index rows, from records dated on or before the index date only.

They are defined in ``definition.py``; here the SQL that was compiled from it runs on DuckDB, over the ledger's arrays.
"""

import hashlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from adherence import ledger as ledger_module
from adherence.index_rows import Rows
from adherence.ledger import NEVER, Days, Ledger

Floats = npt.NDArray[np.float64]
_ROWS_AT_ONCE = 300_000
PAYERS = ("commercial", "medicare", "medicaid", "cash")

NUMERIC = (
    "days_left",
    "days_since_fill",
    "last_days_supply",
    "days_supply_change",
    "supply_imputed",
    "fills_180",
    "fills_365",
    "fill_number",
    "pdc_30",
    "pdc_90",
    "pdc_180",
    "pdc_365",
    "late_last",
    "late_mean_3",
    "late_mean_365",
    "late_share_365",
    "patient_late_mean",
    "patient_refills",
    "patient_lapses",
    "first_fill",
    "second_fill",
    "copay_month",
    "copay_change",
    "refills_remaining",
    "mail",
    "reset_months",
    "other_active",
    "same_class_active",
    "related_started",
    "related_before",
    "recent_stay",
    "hba1c",
    "hba1c_mean",
    "hba1c_age",
    "age",
    "female",
    "depression",
    "n_comorbidities",
    "n_chronic_meds",
    *(f"payer_{payer}" for payer in PAYERS),
)


@dataclass(frozen=True)
class Sources:
    """What features are made of."""

    ledger: Ledger
    patients: pd.DataFrame
    labs: pd.DataFrame | None
    stays: ledger_module.Stays
    classes: pd.DataFrame
    gap: int  # permissible gap in days


def make(sources: Sources, rows: Rows) -> tuple[pd.DataFrame, dict[str, int]]:
    """The feature table (float64, missing as NaN), one row per index row, and what had to be converted, counted."""
    counts: dict[str, int] = {}
    tables = {
        "fills": _fills(sources),
        "series": _series(sources),
        "rows": _rows(sources.ledger, rows),
        "labs": _labs(sources, counts),
        "stays": _stays(sources.stays),
        "patients": _patients(sources.patients),
    }
    result = {name: np.full(len(rows), np.nan) for name in NUMERIC}
    for part in _parts(tables):
        made = _run(part)
        place = made.column("row").to_numpy()
        for name, values in result.items():
            values[place] = made.column(name).to_numpy()
    return pd.DataFrame(result, copy=False), counts


def _parts(tables: dict[str, pa.Table]) -> Iterator[dict[str, pa.Table]]:
    """The tables patient range by patient range, so that memory stays bounded."""
    tables = {name: table.sort_by("patient") if name in {"rows", "labs"} else table for name, table in tables.items()}
    patient = {name: table.column("patient").to_numpy() for name, table in tables.items()}
    edges = patient["rows"][::_ROWS_AT_ONCE][1:]
    bounds = [0, *np.unique(edges).tolist(), len(tables["patients"])]
    for low, high in pairwise(bounds):
        ends = {name: np.searchsorted(codes, [low, high]) for name, codes in patient.items()}
        yield {name: table.slice(ends[name][0], ends[name][1] - ends[name][0]) for name, table in tables.items()}


def _run(tables: dict[str, pa.Table]) -> pa.Table:
    import duckdb

    with duckdb.connect(config={"preserve_insertion_order": "false"}) as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return connection.sql(sql()).to_arrow_table()


def sql(dialect: str = "duckdb") -> str:
    """The compiled definition."""
    return (Path(__file__).with_name("sql") / f"features.{dialect}.sql").read_text()


def definition_hash() -> str:
    """Hash of what defines the features: the compiled definition, and the code of the ledger and the index rows below it."""
    from adherence import index_rows

    text = sql() + "".join(inspect.getsource(module) for module in (index_rows, ledger_module))
    return hashlib.sha256(text.encode()).hexdigest()


def _whole(values: Floats) -> pa.Array:
    """Whole numbers, null where NaN."""
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int32), mask=missing)


def _int(values: npt.NDArray[np.generic]) -> npt.NDArray[np.int32]:
    return values.astype(np.int32)


def _number(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _fills(sources: Sources) -> pa.Table:
    ledger, frame = sources.ledger, sources.ledger.frame

    def column(name: str) -> Floats:
        return frame[name].to_numpy(dtype=np.float64) if name in frame else np.full(len(frame), np.nan)

    mail = np.full(len(frame), np.nan)
    if "channel" in frame:
        channel = frame["channel"].to_numpy(dtype=object)
        mail = np.where(channel == "", np.nan, channel == "mail")
    return pa.table(
        {
            "fill": _int(np.arange(len(ledger.day))),
            "series": _int(ledger.series),
            "patient": _int(ledger.patient[ledger.series]),
            "day": _int(ledger.day),
            "days_supply": _int(ledger.days_supply),
            "imputed": frame["imputed"].to_numpy(dtype=bool),
            "begin": _int(ledger.begin),
            "end": _int(_ends(ledger)),
            "run_out": _int(ledger.run_out),
            "late": _whole(ledger.late),
            "lapse": _whole(_lapses(ledger, sources.gap)),
            "copay_month": _number(column("copay") / np.maximum(ledger.days_supply, 1) * 30),
            "refills_remaining": _number(column("refills_remaining")),
            "fill_number": _number(column("fill_number")),
            "mail": _number(mail),
        }
    )


def _ends(ledger: Ledger) -> Days:
    """Ends of use: the run-out, or the next supply's begin where that discards what was carried beyond the cap."""
    following = np.r_[ledger.begin[1:], NEVER]
    following[np.r_[ledger.first[1:], len(ledger.day)] - 1] = NEVER
    return np.minimum(ledger.run_out, following)


def _lapses(ledger: Ledger, gap: int) -> Floats:
    """The day on which a fill's gap became longer than permissible; NaN where a refill came before."""
    last = np.zeros(len(ledger.day), dtype=bool)
    last[np.r_[ledger.first[1:], len(ledger.day)] - 1] = True
    following = np.where(last, NEVER, np.r_[ledger.day[1:], NEVER])
    end = ledger.run_out + gap
    return np.where(following > end, end.astype(np.float64), np.nan)


def _series(sources: Sources) -> pa.Table:
    ledger = sources.ledger
    kind, drug = (pd.factorize(sources.classes[name])[0][ledger.brand] for name in ("drug_class", "ingredient"))
    return pa.table(
        {
            "series": _int(np.arange(ledger.count)),
            "patient": _int(ledger.patient),
            "first_fill": _int(ledger.first),
            "first_day": _int(ledger.day[ledger.first]),
            "kind": _int(kind),
            "drug": _int(drug),
        }
    )


def _rows(ledger: Ledger, rows: Rows) -> pa.Table:
    return pa.table(
        {
            "row": _int(np.arange(len(rows))),
            "series": _int(rows.series),
            "patient": _int(ledger.patient[rows.series]),
            "fill": _int(rows.fill),
            "day": _int(rows.date),
            "known": _int(rows.known),
            "run_out": _int(rows.run_out),
        }
    )


def _labs(sources: Sources, counts: dict[str, int]) -> pa.Table:
    """HbA1c tests in per cent; the IFCC unit is recognised by its name, or by a value that no percentage can have."""
    labs = sources.labs
    if labs is None:
        labs = pd.DataFrame({"patient_id": [], "lab_date": [], "loinc": [], "value": []})
    labs = labs[(labs["loinc"] == "4548-4").to_numpy(dtype=bool)]
    value = labs["value"].to_numpy(dtype=np.float64)
    mmol = (labs["unit"] == "mmol/mol").to_numpy() if "unit" in labs else np.zeros(len(labs), dtype=bool)
    mmol = mmol | (value > 25)
    counts["HbA1c converted from mmol/mol"] = int(mmol.sum())
    codes = pd.Series(np.arange(len(sources.patients)), index=sources.patients["patient_id"].to_numpy(dtype=object))
    return pa.table(
        {
            "patient": codes.loc[labs["patient_id"].to_numpy(dtype=object)].to_numpy(dtype=np.int32),
            "day": _int(labs["lab_date"].to_numpy(dtype=np.float64)),
            "value": np.where(mmol, value / 10.929 + 2.15, value),
        }
    )


def _stays(stays: ledger_module.Stays) -> pa.Table:
    patient, number = np.nonzero(stays.admit < NEVER)
    admit, discharge = stays.admit[patient, number], stays.discharge[patient, number]
    return pa.table({"patient": _int(patient), "admit": _int(admit), "discharge": _int(discharge)})


def _patients(people: pd.DataFrame) -> pa.Table:
    def column(name: str) -> Floats:
        return people[name].to_numpy(dtype=np.float64) if name in people else np.full(len(people), np.nan)

    sex = people["sex"].to_numpy(dtype=object)
    payer: Any = people["payer"].to_numpy(dtype=object) if "payer" in people else np.full(len(people), "", dtype=object)
    return pa.table(
        {
            "patient": _int(np.arange(len(people))),
            "birth_year": _int(column("birth_year")),
            "female": _number(np.where(sex == "F", 1.0, np.where(sex == "M", 0.0, np.nan))),
            "depression": _number(column("depression")),
            "n_comorbidities": _number(column("n_comorbidities")),
            "n_chronic_meds": _number(column("n_chronic_meds")),
            "payer": pa.array(payer, mask=payer == "", type=pa.string()),
        }
    )
