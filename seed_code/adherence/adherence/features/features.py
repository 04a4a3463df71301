"""Features of index rows, from records dated on or before the index date only.

They are defined in ``definition.py``; here the SQL that was compiled from it runs on DuckDB, over what ``asof.py`` looked up.
"""

import hashlib
import inspect
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from adherence.data.fills import codes_of
from adherence.data.tables import frame_of
from adherence.errors import RefusedInput
from adherence.features import asof
from adherence.supply import ledger as ledger_module
from adherence.supply.index_rows import Rows
from adherence.supply.ledger import NEVER, Days, Ledger

Floats = npt.NDArray[np.float64]
_ROWS_AT_ONCE = 150_000
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
    "patient_late_mean_730",
    "patient_refills",
    "patient_lapses",
    "patient_refills_730",
    "patient_late_share_730",
    "patient_lapses_730",
    "first_fill",
    "second_fill",
    "copay_month",
    "copay_change",
    "refills_remaining",
    "mail",
    "reset_months",
    "other_active",
    "same_class_active",
    "other_overdue",
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


def make(sources: Sources, rows: Rows, chosen: Days) -> tuple[pd.DataFrame, dict[str, int]]:
    """The feature table (float64, missing as NaN) and what had to be converted, counted.

    ``rows`` are all that are active (they count as a patient's other medicines), ``chosen`` the places in it of the table's lines.
    """
    counts: dict[str, int] = {}
    tables = {"series": _series(sources), "stays": _stays(sources.stays), "patients": _patients(sources.patients)}
    order = np.argsort(chosen, kind="stable")  # the rows' own order is that of patients
    wanted = chosen[order]
    fills, known = _fills(sources), _known(sources, rows, wanted, counts)
    result = {name: np.empty(len(chosen)) for name in NUMERIC}
    for start in range(0, len(chosen), _ROWS_AT_ONCE):  # part by part, so that memory stays bounded
        part = slice(start, start + _ROWS_AT_ONCE)
        asked = _rows(sources, rows.take(wanted[part]), fills, {name: values[part] for name, values in known.items()})
        made = _run({"rows": asked} | _of_patients(tables, asked.column("patient").to_numpy()))
        place = order[part][made.column("row").to_numpy()]
        for name, values in result.items():
            values[place] = made.column(name).to_numpy()
    return frame_of(result), counts


def _of_patients(tables: dict[str, pa.Table], patient: npt.NDArray[np.int32]) -> dict[str, pa.Table]:
    """The tables' lines of the range of patients that are asked for; they are in order of patients."""
    result = {}
    for name, table in tables.items():
        low, high = np.searchsorted(table.column("patient").to_numpy(), [patient.min(), patient.max() + 1])
        result[name] = table.slice(low, high - low)
    return result


def _run(tables: dict[str, pa.Table]) -> pa.Table:
    try:
        import duckdb
    except ModuleNotFoundError:
        raise RefusedInput(
            "duckdb is not in this image (rule wheels.lock): the project's delivery fetches its wheel ('python3 -m delivery package'), "
            "or use an image that has it"
        ) from None
    with (
        tempfile.TemporaryDirectory(prefix="features-") as spilled,  # DuckDB's own choice is the working folder
        duckdb.connect(config={"preserve_insertion_order": "false", "temp_directory": spilled}) as connection,
    ):
        for name, table in tables.items():
            connection.register(name, table)
        return connection.sql(sql()).to_arrow_table()


def sql(dialect: str = "duckdb") -> str:
    """The compiled definition."""
    return (Path(__file__).with_name("sql") / f"features.{dialect}.sql").read_text()


def definition_hash() -> str:
    """Hash of what defines the features: the compiled definition, and the code of the ledger, the index rows and their windows below it."""
    from adherence.supply import index_rows

    text = sql() + "".join(inspect.getsource(module) for module in (index_rows, ledger_module, asof))
    return hashlib.sha256(text.encode()).hexdigest()


def _whole(values: Floats) -> pa.Array:
    """Whole numbers, null where NaN."""
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int32), mask=missing)


def _int(values: npt.NDArray[np.generic]) -> npt.NDArray[np.int32]:
    return values.astype(np.int32)


def _number(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _fills(sources: Sources) -> dict[str, Floats]:
    """What a fill tells beside the ledger."""
    frame = sources.ledger.frame

    def column(name: str) -> Floats:
        return frame[name].to_numpy(dtype=np.float64) if name in frame else np.full(len(frame), np.nan)

    mail = np.full(len(frame), np.nan)
    if "channel" in frame:
        channel = frame["channel"].to_numpy(dtype=object)
        mail = np.where(channel == "", np.nan, channel == "mail")
    return {
        "copay_month": column("copay") / np.maximum(sources.ledger.days_supply, 1) * 30,
        "refills_remaining": column("refills_remaining"),
        "fill_number": column("fill_number"),
        "mail": mail,
    }


def _known(sources: Sources, rows: Rows, wanted: Days, counts: dict[str, int]) -> dict[str, npt.NDArray[Any]]:
    """Windows, other series and tests of the wanted rows."""
    ledger, asked = sources.ledger, rows.take(wanted)
    others = asof.others(ledger, rows, _codes(sources, "drug_class"))
    return {
        **{name: values[wanted] for name, values in others.items()},
        **asof.own_fills(ledger, asked),
        **asof.covered_days(ledger, asked),
        **asof.habits(ledger, sources.gap, asked),
        **_tests(sources, asked, counts),
    }


def _codes(sources: Sources, name: str) -> Days:
    """Class or ingredient by series, as numbers."""
    return pd.factorize(sources.classes[name])[0].astype(np.int64)[sources.ledger.brand]


def _series(sources: Sources) -> pa.Table:
    ledger = sources.ledger
    return pa.table(
        {
            "series": _int(np.arange(ledger.count)),
            "patient": _int(ledger.patient),
            "first_day": _int(ledger.day[ledger.first]),
            "kind": _int(_codes(sources, "drug_class")),
            "drug": _int(_codes(sources, "ingredient")),
        }
    )


def _rows(sources: Sources, rows: Rows, fills: dict[str, Floats], known: dict[str, npt.NDArray[Any]]) -> pa.Table:
    """Rows with their last fill, the one before, and what was known."""
    ledger, series, fill = sources.ledger, rows.series, rows.fill
    first = ledger.first[series]
    before, none = np.maximum(fill - 1, first), fill == first
    whole = {
        "row": np.arange(len(rows)),
        "series": series,
        "patient": ledger.patient[series],
        "kind": _codes(sources, "drug_class")[series],
        "drug": _codes(sources, "ingredient")[series],
        "day": rows.date,
        "known": rows.known,
        "first_day": ledger.day[first],
        "number": fill - first + 1,
        "run_out": rows.run_out,
        "fill_day": ledger.day[fill],
        "days_supply": ledger.days_supply[fill],
    }
    numbers = {name: _number(values[fill]) for name, values in fills.items()}
    return pa.table(
        {name: _int(values) for name, values in whole.items()}
        | numbers
        | {name: pa.array(values) for name, values in known.items()}
        | {
            "imputed": ledger.frame["imputed"].to_numpy(dtype=bool)[fill],
            "late": _whole(ledger.late[fill]),
            "before_supply": pa.array(_int(ledger.days_supply[before]), mask=none),
            "before_copay": _number(np.where(none, np.nan, fills["copay_month"][before])),
        }
    )


def _tests(sources: Sources, rows: Rows, counts: dict[str, int]) -> dict[str, npt.NDArray[Any]]:
    """HbA1c in per cent; the IFCC unit is recognised by its name, or by a value that no percentage can have."""
    labs = sources.labs
    if labs is None:
        labs = pd.DataFrame({"patient_id": [], "lab_date": [], "loinc": [], "value": []})
    labs = labs[(labs["loinc"] == "4548-4").to_numpy(dtype=bool)]
    value = labs["value"].to_numpy(dtype=np.float64)
    mmol = (labs["unit"] == "mmol/mol").to_numpy() if "unit" in labs else np.zeros(len(labs), dtype=bool)
    mmol = mmol | (value > 25)
    counts["HbA1c converted from mmol/mol"] = int(mmol.sum())
    day = labs["lab_date"].to_numpy(dtype=np.float64).astype(np.int64)
    value = np.where(mmol, value / 10.929 + 2.15, value)
    return asof.tests(codes_of(sources.patients, labs["patient_id"]), day, value, sources.ledger, rows)


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
