"""From CSV tables to the table of index rows: keys, features, labels, flags."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from adherence.data.fills import count_pitfalls, prepare_fills
from adherence.data.tables import Tables, frame_of
from adherence.errors import RefusedInput
from adherence.features import features
from adherence.settings import Settings
from adherence.supply import index_rows, labels, ledger

KEYS = ["patient_id", "brand", "index_date"]
_WEEK = 7  # days


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
    frame, brands, counts = prepare_fills(tables["fills"], patients, usual_supply(tables))
    if len(frame) == 0:
        raise RefusedInput("fills.csv: no paid fill is left (rule at least one row)")
    stays = ledger.pad_stays(tables.get("stays"), patients)
    people = index_rows.make_people(patients, tables["enrolment"], stays)
    book = ledger.build(frame, stays, settings.carry_over_cap_days)
    classes = _classes(frame, len(brands))
    counts |= count_pitfalls(frame, classes, book.first) | ledger.count_hospital_days(book)
    end = data_end(tables, people, settings)
    rows = index_rows.active_rows(book, people, _dates(settings, as_of, book, end, counts), settings)
    counts["eligible rows"] = len(rows)
    chosen = np.arange(len(rows))
    labelled: dict[str, ledger.Days] = {}
    if as_of is None:
        chosen, labelled = _labelled(book, people, rows, classes, end, settings, counts)
    if len(chosen) == 0:
        raise RefusedInput(f"no (patient, brand) is eligible {_nowhere(as_of, end)}")
    order = _order(book, rows.take(chosen), patients)
    chosen = chosen[order]
    sources = features.Sources(book, patients, tables.get("labs"), stays, classes, settings.permissible_gap_days)
    made, converted = features.make(sources, rows, chosen)
    rows = rows.take(chosen)
    columns = _keys(book, rows, patients, brands, classes) | {name: made[name].to_numpy() for name in made.columns}
    columns |= _flags(book, rows, made, settings) | {name: values[order] for name, values in labelled.items()}
    table = frame_of(columns)
    return Dataset(table, {**counts, **converted, "rows": len(table), "index dates": len(np.unique(rows.date))})


def _labelled(  # noqa: PLR0917
    book: ledger.Ledger,
    people: index_rows.People,
    rows: index_rows.Rows,
    classes: pd.DataFrame,
    end: int,
    settings: Settings,
    counts: dict[str, Any],
) -> tuple[ledger.Days, dict[str, ledger.Days]]:
    """The rows that have a usable label, and their labels; what is left out is counted."""
    known = np.nonzero(labels.outcome_known(book, people, rows, end, settings))[0]
    counts["rows without a known outcome"] = len(rows) - len(known)
    found = labels.label(book, rows.take(known), classes, settings)
    counts["rows excluded as switches"] = int((~found.kept).sum())
    names = {"y": found.y, "y_any": found.stop_any, "y_switch": found.switch}
    return known[found.kept], {name: values[found.kept].astype(np.int64) for name, values in names.items()}


def _order(book: ledger.Ledger, rows: index_rows.Rows, patients: pd.DataFrame) -> ledger.Days:
    """By index date, patient_id and brand (brands are numbered by name)."""
    ids = patients["patient_id"].to_numpy(dtype=object)
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.argsort(ids, kind="stable")] = np.arange(len(ids))
    return np.lexsort((book.brand[rows.series], rank[book.patient[rows.series]], rows.date)).astype(np.int64)


def _nowhere(as_of: date | None, end: int) -> str:
    """On which dates nobody was, and what to look at; no date of the data is told."""
    if as_of is None:
        return "on any index date: check enrolment, dates and the index grid"
    late = _day(as_of) - end
    return f"on {as_of}: " + (f"that is {late} days after the data end" if late > 0 else "check enrolment and dates")


def _dates(
    settings: Settings, as_of: date | None, book: ledger.Ledger, end: int, counts: dict[str, Any]
) -> ledger.Days:
    """The index dates: the one to score, or all on the grid whose outcome the data can hold.

    Where the data end before the grid's first date could have an outcome, the grid goes on backwards, to the first fill.
    """
    if as_of is not None:
        return np.array([_day(as_of)])
    first, step = _day(settings.first_date), settings.step_days
    if first + settings.outcome_days > end:
        back = -(-(first - int(book.day.min())) // step)
        counts["index dates before index.first_date, because the data are older"] = max(back, 0)
        first -= max(back, 0) * step
    return index_rows.grid(first, step, end)


def data_end(tables: Tables, people: index_rows.People, settings: Settings) -> int:
    """The last day that the data cover; outcomes after it are unknown.

    Set in project.toml, or else the day of the newest record. Enrolment may reach into the future (planned ends), so it counts only
    where it ends within a week after the newest record.
    """
    if settings.data_end is not None:
        return _day(settings.data_end)
    dated = (("fills", "fill_date"), ("labs", "lab_date"), ("stays", "admit_date"), ("stays", "discharge_date"))
    columns = [tables[table][name] for table, name in dated if table in tables and name in tables[table]]
    enrolled = int(people.span_end.max(initial=0))
    newest = [int(column.max()) for column in columns if column.notna().any()]
    # a date after everybody's enrolment is a slip of the pen, or a patient's who has left: it does not make the data newer
    last = max((day for column in columns if (day := _last_until(column, enrolled)) is not None), default=max(newest))
    return enrolled if last <= enrolled <= last + _WEEK else last


def _last_until(column: pd.Series, limit: int) -> int | None:
    days = column.to_numpy(dtype=np.float64)
    days = days[np.isfinite(days) & (days <= limit)]
    return int(days.max()) if len(days) else None


def usual_supply(tables: Tables) -> dict[str, float]:
    """Days of supply by brand, from the dictionary."""
    brands = tables.get("brands")
    if brands is None or "default_days_supply" not in brands:
        return {}
    known = brands[brands["default_days_supply"].notna()]
    return dict(zip(known["brand"], known["default_days_supply"].astype(float), strict=True))


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _classes(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Ingredient and class by brand code, as the brand's earliest fill has them."""
    earliest = frame[frame["day"] == frame.groupby("brand")["day"].transform("min")].sort_values(
        "fill_id", kind="stable"
    )
    first = earliest.drop_duplicates("brand").set_index("brand").reindex(range(count))
    return first[["ingredient", "drug_class"]].reset_index(drop=True)


def _keys(
    book: ledger.Ledger, rows: index_rows.Rows, patients: pd.DataFrame, brands: list[str], classes: pd.DataFrame
) -> dict[str, Any]:
    brand = book.brand[rows.series]
    dates, place = np.unique(rows.date, return_inverse=True)
    return {
        "patient_id": patients["patient_id"].to_numpy(dtype=object)[book.patient[rows.series]],
        "brand": np.asarray(brands, dtype=object)[brand],
        "index_date": np.datetime_as_string(dates.astype("datetime64[D]")).astype(object)[place],
        "drug_class": classes["drug_class"].to_numpy(dtype=object)[brand],
    }


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
