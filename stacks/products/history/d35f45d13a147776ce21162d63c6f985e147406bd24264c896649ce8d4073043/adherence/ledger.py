"""The supply ledger: when a patient's supply of a brand runs out, fill by fill (PQA overlap rule, carry-over, hospital days)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.int64]

NEVER = 10**7
_OPEN = 3650  # a supply that is moved further waits for the end of an open stay


@dataclass(frozen=True)
class Ledger:
    """One row per fill, sorted by patient, brand, day; a series is one patient's fills of one brand.

    ``begin`` is the first day on which the fill's supply is used, ``run_out`` the first day without supply. Days in hospital use
    none of it: what they overlap is used after the discharge (as in the CMS adjustment of the PDC for inpatient stays).
    """

    series: Days
    day: Days
    days_supply: Days
    begin: Days
    run_out: Days
    home_run_out: Days  # the same on the clock that stands still in hospital
    late: npt.NDArray[np.float64]  # days from the run-out before to the fill
    first: Days  # per series: index of its first fill
    patient: Days  # per series
    brand: Days  # per series
    frame: pd.DataFrame  # the merged fills, row by row

    @property
    def count(self) -> int:
        """Number of series."""
        return len(self.first)


@dataclass(frozen=True)
class Stays:
    """Hospital stays [admit, discharge), disjoint and sorted, padded to the same number for every patient (NEVER: none)."""

    admit: Days  # (patients, stays)
    discharge: Days

    def of(self, patient: Days) -> tuple[Days, Days, Days]:
        """(positions of patients with any stay, their admissions, their discharges): most have none and are left out."""
        place = np.nonzero((self.admit[:, 0] < NEVER)[patient])[0]
        return place, self.admit[patient[place]], self.discharge[patient[place]]

    def home(self, patient: Days, day: Days) -> Days:
        """Days of the patient's life before ``day`` that were not spent in hospital (up to a constant)."""
        result = day.copy()
        place, admit, discharge = self.of(patient)
        result[place] -= np.clip(day[place, None] - admit, 0, discharge - admit).sum(axis=1)
        return result

    def real(self, patient: Days, home: Days, known: Days | None = None) -> Days:
        """The first day with that many days at home before it; stays admitted after ``known`` are not counted."""
        result = home.copy()
        place, admit, discharge = self.of(patient)
        moved = home[place]
        for number in range(admit.shape[1]):  # in order of time
            counts = moved > admit[:, number]
            if known is not None:
                counts &= admit[:, number] <= known[place]
            moved = moved + np.where(counts, discharge[:, number] - admit[:, number], 0)
        result[place] = moved
        return result


def build(frame: pd.DataFrame, stays: Stays, cap: int) -> Ledger:
    """The ledger of merged fills."""
    patient, brand = frame["patient"].to_numpy(dtype=np.int64), frame["brand"].to_numpy(dtype=np.int64)
    change = np.r_[True, (patient[1:] != patient[:-1]) | (brand[1:] != brand[:-1])][: len(frame)]
    first = np.nonzero(change)[0].astype(np.int64)
    series = np.cumsum(change).astype(np.int64) - 1
    day, supply = frame["day"].to_numpy(dtype=np.int64), frame["days_supply"].to_numpy(dtype=np.int64)
    home_begin, home_end = run_outs(first, stays.home(patient, day), supply, cap)
    begin = np.maximum(stays.real(patient, home_begin), day)
    return Ledger(
        series,
        day,
        supply,
        begin,
        stays.real(patient, home_end),
        home_end,
        _lateness(first, patient, day, home_end, stays),
        first,
        patient[first],
        brand[first],
        frame,
    )


def run_outs(first: Days, day: Days, supply: Days, cap: int) -> tuple[Days, Days]:
    """(begin, run_out) of every fill: run_out_k = max(run_out_{k-1}, day_k) + supply_k, where at most ``cap`` days carry over.

    Without the cap run_out_k = S_k + max_{j<=k}(day_j - S_{j-1}), S being cumulative supply; series where it binds are done step by step.
    """
    if len(day) == 0:
        return day.copy(), day.copy()
    lengths = np.diff(np.r_[first, len(day)])
    series = np.repeat(np.arange(len(first)), lengths)
    before = np.cumsum(supply) - supply
    before -= before[first][series]
    # a running maximum that starts anew in every series: series are lifted above each other
    lift = series * np.int64(1 << 32)
    run_out = np.maximum.accumulate(day - before + lift) - lift + before + supply
    begin = run_out - supply
    over = np.unique(series[begin - day > cap])
    if len(over):
        _step_by_step(over, first, lengths, day, supply, cap, begin, run_out)
    return begin, run_out


def _step_by_step(  # noqa: PLR0917
    over: Days, first: Days, lengths: Days, day: Days, supply: Days, cap: int, begin: Days, run_out: Days
) -> None:
    """The recursion with the cap for the series ``over``, all advanced by one fill a round."""
    order = over[np.argsort(-lengths[over], kind="stable")]
    previous = np.full(len(first), -NEVER, dtype=np.int64)
    for step in range(int(lengths[order[0]])):
        active = order[: np.searchsorted(-lengths[order], -step, side="left")]
        fill = first[active] + step
        begin[fill] = np.clip(previous[active], day[fill], day[fill] + cap)
        run_out[fill] = begin[fill] + supply[fill]
        previous[active] = run_out[fill]


def _lateness(first: Days, patient: Days, day: Days, home_end: Days, stays: Stays) -> npt.NDArray[np.float64]:
    """Days from the run-out before to the fill, as known on the fill's day (negative: early); NaN for a first fill."""
    late = np.full(len(day), np.nan)
    if len(day) < 2:
        return late
    known = stays.real(patient[1:], home_end[:-1], day[1:])
    late[1:] = day[1:] - known
    late[first] = np.nan
    return late


def count_hospital_days(ledger: Ledger) -> dict[str, int]:
    """Days by which hospital stays moved run-outs (each counted for every supply that it moved)."""
    moved = ledger.run_out - np.maximum(ledger.begin, ledger.day) - ledger.days_supply
    return {"hospital days added to run-outs": int(moved[(moved > 0) & (moved < _OPEN)].sum())}


def pad_stays(stays: pd.DataFrame | None, patients: pd.DataFrame) -> Stays:
    """Stays by patient code; an open stay has no end, overlapping stays are joined."""
    count = len(patients)
    if stays is None or len(stays) == 0:
        return Stays(np.full((count, 1), NEVER), np.full((count, 1), NEVER))
    codes = pd.Index(patients["patient_id"].to_numpy(dtype=object))
    frame = pd.DataFrame(
        {
            "patient": codes.get_indexer(stays["patient_id"].to_numpy(dtype=object)),
            "admit": stays["admit_date"].to_numpy(dtype=np.float64).astype(np.int64),
            "discharge": np.nan_to_num(stays["discharge_date"].to_numpy(dtype=np.float64), nan=NEVER).astype(np.int64)
            if "discharge_date" in stays
            else NEVER,
        }
    ).sort_values(["patient", "admit"], kind="stable", ignore_index=True)
    frame = join_spans(frame, "admit", "discharge", touching=0)
    position = frame.groupby("patient").cumcount().to_numpy()
    admit, discharge = (np.full((count, int(position.max()) + 1), NEVER) for _ in range(2))
    rows = frame["patient"].to_numpy()
    admit[rows, position], discharge[rows, position] = frame["admit"].to_numpy(), frame["discharge"].to_numpy()
    return Stays(admit, discharge)


def join_spans(frame: pd.DataFrame, begin: str, end: str, touching: int) -> pd.DataFrame:
    """Spans sorted by patient and begin, joined where they overlap or lie at most ``touching`` days apart."""
    patient, low = frame["patient"].to_numpy(), frame[begin].to_numpy()
    reach = frame.groupby("patient")[end].cummax().to_numpy()
    fresh = np.r_[True, (patient[1:] != patient[:-1]) | (low[1:] > reach[:-1] + touching)]
    group = np.cumsum(fresh) - 1
    high = np.full(int(group[-1]) + 1, -NEVER)
    np.maximum.at(high, group, reach)
    return pd.DataFrame({"patient": patient[fresh], begin: low[fresh], end: high})
