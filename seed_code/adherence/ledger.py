"""The supply ledger: when a patient's supply of a brand runs out, fill by fill (PQA overlap rule, carry-over, hospital days)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.int64]

NEVER = 10**7


@dataclass(frozen=True)
class Ledger:
    """One row per fill, sorted by patient, brand, day; a series is one patient's fills of one brand.

    ``begin`` is the first day on which the fill's supply is used, ``run_out`` the first day without supply.
    """

    series: Days
    day: Days
    days_supply: Days
    begin: Days
    run_out: Days
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
    """Hospital stays [admit, discharge), padded to the same number for every patient (NEVER: none)."""

    admit: Days  # (patients, stays)
    discharge: Days

    def clipped(self, patient: Days, last: Days) -> "Stays":
        """Stays of ``patient`` as known on day ``last``: nothing after it."""
        limit = last[:, None] + 1
        admit, discharge = self.admit[patient], self.discharge[patient]
        known = admit < limit
        return Stays(np.where(known, admit, NEVER), np.where(known, np.minimum(discharge, limit), NEVER))


def prepare_fills(fills: pd.DataFrame, patients: pd.DataFrame) -> tuple[pd.DataFrame, list[str], dict[str, int]]:
    """Fills with codes for patient and brand, pitfalls handled and counted; one row per patient, brand and day.

    Returns the frame (patient, brand, day, days_supply, imputed, ...), the brand names by code, and the counts.
    """
    counts: dict[str, int] = {}
    frame = fills.drop_duplicates("fill_id")
    counts["repeated fill_id"] = len(fills) - len(frame)
    if "status" in frame:
        reversed_ = (frame["status"] == "reversed").to_numpy()
        counts["reversed"] = int(reversed_.sum())
        frame = frame[~reversed_]
    codes = pd.Series(np.arange(len(patients)), index=patients["patient_id"].to_numpy(dtype=object))
    brands = sorted(set(frame["brand"].to_numpy(dtype=object)))
    brand = pd.Series(np.arange(len(brands)), index=np.asarray(brands, dtype=object))
    supply = frame["days_supply"].to_numpy(dtype=np.float64)
    frame = pd.DataFrame(
        {
            **{
                name: frame[name].to_numpy()
                for name in frame.columns
                if name not in {"patient_id", "brand", "fill_date"}
            },
            "patient": codes.loc[frame["patient_id"].to_numpy(dtype=object)].to_numpy(),
            "brand": brand.loc[frame["brand"].to_numpy(dtype=object)].to_numpy(),
            "day": frame["fill_date"].to_numpy(dtype=np.float64).astype(np.int64),
        }
    )
    frame["imputed"] = ~np.isfinite(supply)
    counts["days_supply imputed"] = int(frame["imputed"].sum())
    middle = frame[~frame["imputed"]].groupby("brand")["days_supply"].median()
    typical = np.floor(middle.reindex(frame["brand"]).to_numpy(dtype=np.float64))
    frame["days_supply"] = np.where(frame["imputed"], np.where(np.isfinite(typical), typical, 30.0), supply).astype(
        np.int64
    )
    merged = _merge_same_day(frame)
    counts["same-day fills merged"] = len(frame) - len(merged)
    return merged, brands, counts


def _merge_same_day(frame: pd.DataFrame) -> pd.DataFrame:
    """Fills of one brand on one day become one: days and copays add, the rest is the last line's."""
    frame = frame.sort_values(["patient", "brand", "day", "fill_id"], kind="stable", ignore_index=True)
    key = frame[["patient", "brand", "day"]].to_numpy()
    last = np.r_[(key[1:] != key[:-1]).any(axis=1), True] if len(frame) else np.zeros(0, dtype=bool)
    group = np.r_[0, np.cumsum(last)[:-1]] if len(frame) else np.zeros(0, dtype=np.int64)
    merged = frame[last].reset_index(drop=True)
    merged["days_supply"] = np.bincount(group, frame["days_supply"], len(merged)).astype(np.int64)
    merged["imputed"] = np.bincount(group, frame["imputed"], len(merged)) > 0
    if "copay" in frame:
        copay = frame["copay"].to_numpy(dtype=np.float64)
        known = np.bincount(group, np.isfinite(copay), len(merged)) > 0
        merged["copay"] = np.where(known, np.bincount(group, np.nan_to_num(copay), len(merged)), np.nan)
    return merged


def build(frame: pd.DataFrame, stays: Stays, cap: int) -> Ledger:
    """The ledger of merged fills."""
    patient, brand = frame["patient"].to_numpy(dtype=np.int64), frame["brand"].to_numpy(dtype=np.int64)
    change = np.r_[True, (patient[1:] != patient[:-1]) | (brand[1:] != brand[:-1])][: len(frame)]
    first = np.nonzero(change)[0].astype(np.int64)
    series = np.cumsum(change).astype(np.int64) - 1
    day, supply = frame["day"].to_numpy(dtype=np.int64), frame["days_supply"].to_numpy(dtype=np.int64)
    begin, run_out = run_outs(
        first, day, supply, Stays(stays.admit[patient[first]], stays.discharge[patient[first]]), cap
    )
    return Ledger(series, day, supply, begin, run_out, first, patient[first], brand[first], frame)


def run_outs(first: Days, day: Days, supply: Days, stays: Stays, cap: int) -> tuple[Days, Days]:
    """(begin, run_out) of every fill: run_out_k = max(run_out_{k-1}, fill_k) + supply_k, carry-over capped, stays added.

    ``stays`` has one row per series. Advances all series by one fill a round: the loop is over rounds, never over patients.
    """
    lengths = np.diff(np.r_[first, len(day)])
    order = np.argsort(-lengths, kind="stable")
    begin, run_out = np.empty_like(day), np.empty_like(day)
    previous = np.full(len(first), -NEVER, dtype=np.int64)
    # series without any stay, the most of them, skip that arithmetic
    has_stay = (stays.admit < NEVER).any(axis=1)
    for step in range(int(lengths.max()) if len(lengths) else 0):
        active = order[: np.searchsorted(-lengths[order], -step, side="left")]
        fill = first[active] + step
        start = np.clip(previous[active], day[fill], day[fill] + cap)
        end = start + supply[fill]
        inside = np.nonzero(has_stay[active])[0]
        if len(inside):
            rows = active[inside]
            overlap = np.minimum(stays.discharge[rows], end[inside, None]) - np.maximum(
                stays.admit[rows], start[inside, None]
            )
            end[inside] += np.maximum(overlap, 0).sum(axis=1)
        begin[fill], run_out[fill] = start, end
        previous[active] = end
    return begin, run_out


def pad_stays(stays: pd.DataFrame | None, patients: pd.DataFrame) -> Stays:
    """Stays by patient code; an open stay has no end, overlapping stays are joined."""
    count = len(patients)
    if stays is None or len(stays) == 0:
        return Stays(np.full((count, 1), NEVER), np.full((count, 1), NEVER))
    codes = pd.Series(np.arange(count), index=patients["patient_id"].to_numpy(dtype=object))
    frame = pd.DataFrame(
        {
            "patient": codes.loc[stays["patient_id"].to_numpy(dtype=object)].to_numpy(),
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
