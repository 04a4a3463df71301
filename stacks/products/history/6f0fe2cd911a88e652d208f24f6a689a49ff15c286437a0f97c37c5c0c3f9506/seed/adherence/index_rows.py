"""Which (patient, brand) are looked at on which index date, and the supply as it was known then."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.ledger import NEVER, Days, Ledger, Stays, join_spans
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
        place, admit, discharge = self.stays.of(patient)
        result = np.zeros(len(patient), dtype=bool)
        result[place] = ((admit <= day[place, None]) & (discharge > day[place, None])).any(axis=1)
        return result


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
    """Rows that are eligible by what is known on the index date (adherence contract, rule 2), by series and date."""
    rows = _last_fills(ledger, people, dates, settings)
    patient = ledger.patient[rows.series]
    since = np.maximum(ledger.day[ledger.first[rows.series]], rows.date - settings.look_back_days)
    age = _year(rows.date) - people.birth_year[patient]
    eligible = (rows.date < rows.run_out + settings.permissible_gap_days) & (age >= settings.minimum_age)
    eligible &= people.enrolled(patient, since, rows.date) & people.alive(patient, rows.date)
    eligible &= ~people.inpatient(patient, rows.date)
    return rows.take(eligible)


def _last_fills(ledger: Ledger, people: People, dates: Days, settings: Settings) -> Rows:
    """A row for every fill and date on which it was the newest one known, recent, and its supply and gap not over."""
    lag = settings.claims_lag_days
    following = np.r_[ledger.day[1:], NEVER]
    following[np.r_[ledger.first[1:], len(ledger.day)] - 1] = NEVER
    # hospital days that begin after the date can only make the run-out later: nobody is lost here
    end = np.minimum(ledger.run_out + settings.permissible_gap_days, ledger.day + settings.look_back_days)
    low = np.searchsorted(dates, ledger.day + lag)
    high = np.maximum(np.searchsorted(dates, np.minimum(following + lag, end)), low)
    fill = np.repeat(np.arange(len(ledger.day)), high - low)
    place = np.arange(len(fill)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    date = dates[low[fill] + place]
    series = ledger.series[fill]
    run_out = people.stays.real(ledger.patient[series], ledger.home_run_out[fill], date - lag)
    return Rows(series, fill, date, date - lag, run_out)


def _year(day: Days) -> npt.NDArray[np.int64]:
    return day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
