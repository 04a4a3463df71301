"""From CSV tables to the table of index rows: keys, features, labels, flags."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from adherence import features, index_rows, labels, ledger
from adherence.errors import RefusedInput
from adherence.settings import Settings
from adherence.tables import Tables

KEYS = ["patient_id", "brand", "index_date"]
EXTRA = ["drug_class", "days_left_exact", "stratum", "imputed", "missing"]
LABELS = ["y", "y_any", "y_switch"]


@dataclass(frozen=True)
class Dataset:
    """The index rows and what was counted on the way."""

    rows: pd.DataFrame
    counts: dict[str, Any]


def build(tables: Tables, settings: Settings, as_of: date | None) -> Dataset:
    """Index rows for training (every grid date, with labels) or for scoring (``as_of`` only, no labels).

    Raises:
        RefusedInput: no row is eligible.
    """
    patients = tables["patients"]
    frame, brands, counts = ledger.prepare_fills(tables["fills"], patients)
    if len(frame) == 0:
        raise RefusedInput("fills.csv: no paid fill is left (rule at least one row)")
    stays = ledger.pad_stays(tables.get("stays"), patients)
    people = index_rows.make_people(patients, tables["enrolment"], stays)
    book = ledger.build(frame, stays, settings.carry_over_cap_days)
    classes = _classes(frame, len(brands))
    last = _day(as_of) if as_of else int(people.span_end.max())
    dates = np.array([last]) if as_of else index_rows.grid(_day(settings.first_date), settings.step_days, last)
    rows = index_rows.active_rows(book, people, dates, settings)
    counts["eligible rows"] = len(rows)
    found = None
    made, converted = features.make(features.Sources(book, patients, tables.get("labs"), stays, classes), rows)
    if as_of is None:
        known = labels.outcome_known(book, people, rows, settings)
        counts["rows without a known outcome"] = int((~known).sum())
        rows, made = rows.take(known), made[known].reset_index(drop=True)
        found = labels.label(book, rows, classes, settings)
        rows, made = rows.take(found.kept), made[found.kept].reset_index(drop=True)
    if len(rows) == 0:
        raise RefusedInput(
            "no (patient, brand) is eligible on any index date: check enrolment, dates and the index grid"
        )
    table = pd.concat([_keys(book, rows, patients, brands, classes), made], axis=1)
    table = table.assign(**_flags(book, rows, made, settings))
    if found is not None:
        table = table.assign(
            y=found.y[found.kept] * 1, y_any=found.stop_any[found.kept] * 1, y_switch=found.switch[found.kept] * 1
        )
    table = table.sort_values(["index_date", "patient_id", "brand"], kind="stable", ignore_index=True)
    return Dataset(
        table, {**counts, **converted, "rows": len(table), "index dates": int(table["index_date"].nunique())}
    )


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _classes(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Ingredient and class by brand code."""
    first = frame.drop_duplicates("brand").set_index("brand").reindex(range(count))
    return first[["ingredient", "drug_class"]].reset_index(drop=True)


def _keys(
    book: ledger.Ledger, rows: index_rows.Rows, patients: pd.DataFrame, brands: list[str], classes: pd.DataFrame
) -> pd.DataFrame:
    brand = book.brand[rows.series]
    return pd.DataFrame(
        {
            "patient_id": patients["patient_id"].to_numpy(dtype=object)[book.patient[rows.series]],
            "brand": np.asarray(brands, dtype=object)[brand],
            "index_date": np.datetime_as_string(rows.date.astype("datetime64[D]")).astype(object),
            "drug_class": classes["drug_class"].to_numpy(dtype=object)[brand],
        }
    )


def _flags(book: ledger.Ledger, rows: index_rows.Rows, made: pd.DataFrame, settings: Settings) -> dict[str, Any]:
    left = rows.run_out - rows.date
    due = left <= settings.horizon_days
    stratum = np.where(due & (left > 0), "due_on_supply", np.where(due, "overdue", "not_due"))
    return {
        "days_left_exact": left,
        "stratum": stratum.astype(object),
        "imputed": book.frame["imputed"].to_numpy(dtype=bool)[rows.fill],
        "missing": made[["hba1c", "copay_month", "female"]].isna().any(axis=1).to_numpy(),
    }
