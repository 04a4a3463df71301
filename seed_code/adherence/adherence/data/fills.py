"""Fills as they are delivered -> one clean fill per patient, brand and day; every pitfall is handled and counted."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.data.tables import frame_of

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]
_UNKNOWN_SUPPLY = 30.0  # days, where a brand has no usable fill so far and the dictionary does not know it
_LONGEST = 365
_USED = (
    "fill_id",
    "ingredient",
    "drug_class",
    "days_supply",
    "quantity",
    "copay",
    "refills_remaining",
    "fill_number",
    "channel",
)


def prepare_fills(
    fills: pd.DataFrame, patients: pd.DataFrame, usual_supply: Mapping[str, float] | None = None
) -> tuple[pd.DataFrame, list[str], dict[str, int]]:
    """Fills with codes for patient and brand; one row per patient, brand and day, sorted so.

    Returns the frame (patient, brand, day, days_supply, imputed, ...), the brand names by code, and the counts.
    """
    counts: dict[str, int] = {}
    frame = _without_reversed(_without_repeated(fills, counts), counts)
    brands = sorted(set(frame["brand"].to_numpy(dtype=object)))
    coded = frame_of(
        {
            **{name: frame[name].to_numpy() for name in _USED if name in frame},
            "patient": codes_of(patients, frame["patient_id"]),
            "brand": pd.Index(np.asarray(brands, dtype=object)).get_indexer(frame["brand"].to_numpy(dtype=object)),
            "day": frame["fill_date"].to_numpy(dtype=np.float64).astype(np.int64),
        }
    )
    supply = coded["days_supply"].to_numpy(dtype=np.float64)
    imputed = ~((supply >= 1) & (supply <= _LONGEST))
    usual = np.array([(usual_supply or {}).get(name, _UNKNOWN_SUPPLY) for name in brands])
    day, brand = coded["day"].to_numpy(), coded["brand"].to_numpy()
    coded["days_supply"] = _impute(supply, imputed, brand, day, usual).astype(np.int64)
    coded["imputed"] = imputed
    counts["days_supply imputed"] = int(imputed.sum())
    merged = _merge_same_day(coded)
    counts["same-day fills merged"] = len(coded) - len(merged)
    return merged, brands, counts


def codes_of(patients: pd.DataFrame, ids: pd.Series) -> Days:
    """Row numbers in ``patients``."""
    known = pd.Index(patients["patient_id"].to_numpy(dtype=object))
    codes: Days = known.get_indexer(ids.to_numpy(dtype=object)).astype(np.int64)
    return codes


def _without_repeated(fills: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    """One line a fill_id: of several the reversed one, else the first in order of its values, wherever it stands in the file."""
    repeated = fills.duplicated("fill_id", keep=False).to_numpy()
    counts["repeated fill_id"] = 0
    if not repeated.any():
        return fills
    order = [name for name in ("fill_id", "status", "fill_date", "patient_id", "brand", "days_supply") if name in fills]
    several = fills[repeated].sort_values(order, ascending=[name != "status" for name in order], kind="stable")
    kept = several.drop_duplicates("fill_id")
    counts["repeated fill_id"] = len(several) - len(kept)
    return pd.concat([fills[~repeated], kept])


def _without_reversed(fills: pd.DataFrame, counts: dict[str, int]) -> pd.DataFrame:
    gone = (
        (fills["status"] == "reversed").to_numpy(dtype=bool) if "status" in fills else np.zeros(len(fills), dtype=bool)
    )
    counts["reversed"] = int(gone.sum())
    return fills[~gone]


def _impute(supply: Floats, imputed: npt.NDArray[np.bool_], brand: Days, day: Days, usual: Floats) -> Floats:
    """Days of supply, where unusable the median of the brand's usable fills up to that day: nothing later is looked at."""
    result = np.where(imputed, 0.0, supply)
    for one in np.unique(brand[imputed]):
        mine = brand == one
        wanted = np.nonzero(mine & imputed)[0]
        known = mine & ~imputed
        result[wanted] = _running_median(day[known], supply[known].astype(np.int64), day[wanted], float(usual[one]))
    return result


def _running_median(day: Days, value: Days, wanted: Days, otherwise: float) -> Floats:
    """Median (rounded down) of the values dated up to each wanted day."""
    days, position = np.unique(wanted, return_inverse=True)
    histogram = np.zeros((len(days) + 1, _LONGEST + 1), dtype=np.int64)
    np.add.at(histogram, (np.searchsorted(days, day, side="left"), value), 1)
    upto = np.cumsum(np.cumsum(histogram[:-1], axis=0), axis=1)
    total = upto[:, -1:]
    low, high = (upto >= (total + 1) // 2).argmax(axis=1), (upto >= total // 2 + 1).argmax(axis=1)
    return np.where(total[:, 0] > 0, (low + high) // 2, otherwise)[position]


def _merge_same_day(frame: pd.DataFrame) -> pd.DataFrame:
    """Fills of one brand on one day become one: days and copays add, the rest is that of the last fill_id."""
    patient, brand, day = (frame[name].to_numpy(dtype=np.int64) for name in ("patient", "brand", "day"))
    order = np.lexsort((day, brand, patient))
    frame = frame.iloc[_ties_by_id(frame["fill_id"].to_numpy(dtype=object), order, (patient, brand, day))]
    patient, brand, day = (frame[name].to_numpy(dtype=np.int64) for name in ("patient", "brand", "day"))
    last = ~_same_as_before(patient, brand, day)[1:]
    last = np.r_[last, True][: len(frame)]
    group = np.r_[0, np.cumsum(last)[:-1]][: len(frame)].astype(np.int64)
    merged: pd.DataFrame = frame[last].reset_index(drop=True)
    merged["days_supply"] = np.bincount(group, frame["days_supply"], len(merged)).astype(np.int64)
    merged["imputed"] = np.bincount(group, frame["imputed"], len(merged)) > 0
    if "copay" in frame:
        copay = frame["copay"].to_numpy(dtype=np.float64)
        known = np.bincount(group, np.isfinite(copay), len(merged)) > 0
        merged["copay"] = np.where(known, np.bincount(group, np.nan_to_num(copay), len(merged)), np.nan)
    return merged


def _same_as_before(*keys: Days) -> npt.NDArray[np.bool_]:
    same: npt.NDArray[np.bool_] = np.r_[False, np.logical_and.reduce([key[1:] == key[:-1] for key in keys])]
    return same


def _ties_by_id(ids: npt.NDArray[np.object_], order: Days, keys: tuple[Days, ...]) -> Days:
    """``order`` with equal keys sorted by fill_id, so that the order of the file does not matter."""
    same = _same_as_before(*(key[order] for key in keys))
    places = np.nonzero(same | np.r_[same[1:], False])[0]
    if len(places) == 0:
        return order
    tied = order[places]
    arranged = pd.DataFrame({str(number): key[tied] for number, key in enumerate(keys)} | {"id": ids[tied]})
    order = order.copy()
    order[places] = tied[arranged.sort_values(list(arranged.columns), kind="stable").index.to_numpy()]
    return order


def count_pitfalls(frame: pd.DataFrame, classes: pd.DataFrame, first: Days) -> dict[str, int]:
    """What else the data hold that deserves a look; ``classes`` by brand code, ``first`` the first fill of every series."""
    drug_class = pd.Series(classes["drug_class"].to_numpy(dtype=object)).str.lower().to_numpy(dtype=object)
    insulin = np.array(["insulin" in str(name) for name in drug_class], dtype=bool)
    brand, supply = frame["brand"].to_numpy(), frame["days_supply"].to_numpy()
    again = np.ones(len(frame), dtype=bool)
    again[first] = False
    changed = np.r_[False, supply[1:] != supply[:-1]] & again
    ingredient = classes["ingredient"].to_numpy(dtype=object)
    products = pd.DataFrame({"patient": frame["patient"].to_numpy()[first], "ingredient": ingredient[brand[first]]})
    result: dict[str, Any] = {
        "insulin fills (days_supply unreliable)": insulin[brand].sum(),
        "fills of 28-day packs": ((supply % 28 == 0) & (supply > 0)).sum(),
        "changes of days_supply within a series": changed.sum(),
        "substitutions (same ingredient, another product)": products.duplicated().sum(),
    }
    if "quantity" in frame:
        rate = frame["quantity"].to_numpy(dtype=np.float64) / np.maximum(supply, 1)
        step = np.abs(np.r_[0.0, rate[1:] / np.maximum(rate[:-1], 1e-9) - 1])
        result["dose changes (quantity a day by more than 20 %)"] = (again & (np.nan_to_num(step) > 0.2)).sum()
    return {name: int(value) for name, value in result.items()}
