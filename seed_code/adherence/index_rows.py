"""Which (patient, brand) are looked at on which index date, and the supply as it was known then."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.ledger import Days, Ledger, Stays, join_spans
from adherence.settings import Settings

Flags = npt.NDArray[np.bool_]
_BIG = 1 << 22  # more than the days that any two dates lie apart


@dataclass(frozen=True)
class Rows:
    """One row per (series, index date): ``fill`` is the last fill known then, ``run_out`` as known then.

    ``known`` is the last day whose records were available on the index date (the claims lag before it).
    """

    series: Days
    fill: Days
    date: Days
    known: Days
    run_out: Days

    def take(self, chosen: npt.NDArray[np.generic]) -> "Rows":
        """The chosen rows."""
        return Rows(*(getattr(self, name)[chosen] for name in ("series", "fill", "date", "known", "run_out")))

    def __len__(self) -> int:
        return len(self.series)


@dataclass(frozen=True)
class People:
    """What eligibility needs of the patients, by patient code; enrolment spans joined and sorted."""

    birth_year: npt.NDArray[np.float64]
    death: npt.NDArray[np.float64]
    stays: Stays
    span_patient: Days
    span_begin: Days
    span_end: Days

    def enrolled(self, patient: Days, begin: Days, end: Days) -> Flags:
        """Whether one span covers [begin, end]."""
        if len(self.span_patient) == 0:
            return np.zeros(len(patient), dtype=bool)
        origin = int(self.span_begin.min())
        keys = self.span_patient * _BIG + (self.span_begin - origin)
        found = np.searchsorted(keys, patient * _BIG + np.maximum(begin - origin, 0), side="right") - 1
        safe = np.maximum(found, 0)
        covers = (self.span_begin[safe] <= begin) & (self.span_end[safe] >= end)
        return (found >= 0) & (self.span_patient[safe] == patient) & covers

    def alive(self, patient: Days, day: Days) -> Flags:
        """Whether the patient lives on that day, as far as known."""
        death = self.death[patient]
        return ~np.isfinite(death) | (death > day)

    def inpatient(self, patient: Days, day: Days) -> Flags:
        """Whether the patient is in hospital on that day."""
        return ((self.stays.admit[patient] <= day[:, None]) & (self.stays.discharge[patient] > day[:, None])).any(
            axis=1
        )


def make_people(patients: pd.DataFrame, enrolment: pd.DataFrame, stays: Stays) -> People:
    """People from the tables."""
    codes = pd.Series(np.arange(len(patients)), index=patients["patient_id"].to_numpy(dtype=object))
    spans = pd.DataFrame(
        {
            "patient": codes.loc[enrolment["patient_id"].to_numpy(dtype=object)].to_numpy(),
            "begin": enrolment["enrol_start"].to_numpy(dtype=np.float64).astype(np.int64),
            "end": enrolment["enrol_end"].to_numpy(dtype=np.float64).astype(np.int64),
        }
    ).sort_values(["patient", "begin"], kind="stable", ignore_index=True)
    spans = join_spans(spans, "begin", "end", touching=1)
    death = (
        patients["death_date"].to_numpy(dtype=np.float64)
        if "death_date" in patients
        else np.full(len(patients), np.nan)
    )
    return People(
        patients["birth_year"].to_numpy(dtype=np.float64),
        death,
        stays,
        *(spans[name].to_numpy(dtype=np.int64) for name in ("patient", "begin", "end")),
    )


def grid(first: int, step: int, last: int) -> Days:
    """Index dates from ``first`` on, not after ``last``."""
    return np.arange(first, last + 1, step, dtype=np.int64)


def active_rows(ledger: Ledger, people: People, dates: Days, settings: Settings) -> Rows:
    """Rows that are eligible by what is known on the index date (adherence contract, rule 2)."""
    origin = int(ledger.day.min())
    keys = ledger.series * _BIG + (ledger.day - origin)
    every = np.arange(ledger.count, dtype=np.int64)
    parts = [_on(ledger, people, keys, every, date=int(date), settings=settings) for date in dates]
    rows = Rows(
        *(np.concatenate([part[name] for part in parts]) for name in ("series", "fill", "date", "known", "run_out"))
    )
    patient = ledger.patient[rows.series]
    since = np.maximum(ledger.day[ledger.first[rows.series]], rows.date - settings.look_back_days)
    age = _year(rows.date) - people.birth_year[patient]
    eligible = (rows.date < rows.run_out + settings.permissible_gap_days) & (age >= settings.minimum_age)
    eligible &= people.enrolled(patient, since, rows.date) & people.alive(patient, rows.date)
    eligible &= ~people.inpatient(patient, rows.date)
    return rows.take(eligible)


def _on(ledger: Ledger, people: People, keys: Days, every: Days, *, date: int, settings: Settings) -> dict[str, Days]:
    """Series with a recent fill that was known on the date; supplies that have ended long ago are left out early."""
    known = date - settings.claims_lag_days
    origin = int(ledger.day.min())
    fill = np.searchsorted(keys, every * _BIG + max(known - origin, -1), side="right") - 1
    series = np.nonzero((fill >= ledger.first) & (ledger.day[np.maximum(fill, 0)] > date - settings.look_back_days))[0]
    fill = fill[series]
    # hospital days that begin after the date can only make the run-out later, and nobody knows of them
    open_ = date < ledger.run_out[fill] + settings.permissible_gap_days
    series, fill = series[open_], fill[open_]
    day = np.full(len(series), known, dtype=np.int64)
    run_out = people.stays.real(ledger.patient[series], ledger.home_run_out[fill], day)
    return {"series": series, "fill": fill, "date": day + settings.claims_lag_days, "known": day, "run_out": run_out}


def _year(day: Days) -> npt.NDArray[np.int64]:
    return day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
