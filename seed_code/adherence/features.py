"""Features of index rows, from records dated on or before the index date only.

Windows are bounded (at most a year), so that a feature's distribution does not depend on how long the data go back.
"""

import hashlib
import inspect
import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence import ledger as ledger_module
from adherence.index_rows import Rows
from adherence.ledger import Days, Ledger

Floats = npt.NDArray[np.float64]
_YEAR = 365
_BIG = 1 << 22
PAYERS = ("commercial", "medicare", "medicaid", "cash")

NUMERIC = (
    "days_left",
    "days_since_fill",
    "last_days_supply",
    "fills_180",
    "fills_365",
    "pdc_30",
    "pdc_90",
    "pdc_180",
    "late_last",
    "late_mean_3",
    "late_share_365",
    "first_fill",
    "second_fill",
    "copay_month",
    "copay_change",
    "refills_remaining",
    "mail",
    "reset_months",
    "other_active",
    "same_class_active",
    "recent_stay",
    "hba1c",
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


def make(sources: Sources, rows: Rows) -> tuple[pd.DataFrame, dict[str, int]]:
    """The feature table (float64, missing as NaN), one row per index row, and what had to be converted, counted."""
    counts: dict[str, int] = {}
    columns = _supply(sources.ledger, rows) | _refills(sources.ledger, rows) | _money(sources.ledger, rows)
    columns |= _other_drugs(sources, rows) | _clinical(sources, rows, counts) | _profile(sources, rows)
    return pd.DataFrame({name: columns[name] for name in NUMERIC}), counts


def definition_hash() -> str:
    """Hash of the code that defines the features (and of the ledger below them)."""
    from adherence import index_rows

    text = "".join(inspect.getsource(module) for module in (sys.modules[__name__], index_rows, ledger_module))
    return hashlib.sha256(text.encode()).hexdigest()


def _supply(ledger: Ledger, rows: Rows) -> dict[str, Floats]:
    since = rows.date - ledger.day[rows.fill]
    first_day = ledger.day[ledger.first[rows.series]]
    result = {
        "days_left": np.clip(rows.run_out - rows.date, -_YEAR, _YEAR).astype(np.float64),
        "days_since_fill": since.astype(np.float64),
        "last_days_supply": ledger.days_supply[rows.fill].astype(np.float64),
        "reset_months": _month(rows.run_out) <= 2,
        "first_fill": rows.fill == ledger.first[rows.series],
        "second_fill": rows.fill == ledger.first[rows.series] + 1,
    }
    for window in (30, 90, 180):
        begin = np.maximum(rows.date - window, first_day)
        covered = _covered(ledger, rows, rows.date) - _covered(ledger, rows, begin)
        result[f"pdc_{window}"] = covered / np.maximum(rows.date - begin, 1)
    return {name: np.asarray(values, dtype=np.float64) for name, values in result.items()}


def _month(day: Days) -> Days:
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12 + 1


def _covered(ledger: Ledger, rows: Rows, day: Days) -> Floats:
    """Days with supply from the series' first fill up to (not including) ``day``."""
    length = ledger.run_out - ledger.begin
    total = np.r_[0, np.cumsum(length)]
    origin = int(ledger.day.min())
    # supplies of a series begin one after the other, so they are sorted as the fills are
    keys = ledger.series * _BIG + (ledger.begin - origin)
    position = np.searchsorted(keys, rows.series * _BIG + np.maximum(day - origin, 0), side="right") - 1
    first = ledger.first[rows.series]
    inside = position >= first
    safe = np.maximum(position, first)
    partly = np.clip(day - ledger.begin[safe], 0, length[safe])
    return np.where(inside, total[safe] - total[first] + partly, 0).astype(np.float64)


def _refills(ledger: Ledger, rows: Rows) -> dict[str, Floats]:
    late = np.full(len(ledger.day), np.nan)
    refill = np.ones(len(ledger.day), dtype=bool)
    refill[ledger.first] = False
    index = np.nonzero(refill)[0]
    late[index] = np.clip(ledger.day[index] - ledger.run_out[index - 1], -60, 90)
    first = ledger.first[rows.series]
    recent = [
        np.where(rows.fill - back > first - 1, late[np.maximum(rows.fill - back, 0)], np.nan) for back in range(3)
    ]
    known = np.isfinite(np.array(recent))
    total, count = np.where(known, np.array(recent), 0.0).sum(axis=0), known.sum(axis=0)
    year = _first_since(ledger, rows, rows.date - _YEAR)
    slow = np.r_[0, np.cumsum(np.nan_to_num(late) > 7)]
    fills = rows.fill - year + 1
    return {
        "late_last": recent[0],
        "late_mean_3": np.where(count > 0, total / np.maximum(count, 1), np.nan),
        "late_share_365": (slow[rows.fill + 1] - slow[year]) / np.maximum(fills, 1),
        "fills_180": (rows.fill - _first_since(ledger, rows, rows.date - 180) + 1).astype(np.float64),
        "fills_365": fills.astype(np.float64),
    }


def _first_since(ledger: Ledger, rows: Rows, day: Days) -> Days:
    """Index of the series' first fill after ``day`` (at most the row's own fill)."""
    origin = int(ledger.day.min())
    keys = ledger.series * _BIG + (ledger.day - origin)
    found = np.searchsorted(keys, rows.series * _BIG + np.maximum(day - origin, -1) + 0, side="right")
    return np.clip(found, ledger.first[rows.series], rows.fill).astype(np.int64)


def _money(ledger: Ledger, rows: Rows) -> dict[str, Floats]:
    frame = ledger.frame

    def column(name: str) -> Floats:
        return frame[name].to_numpy(dtype=np.float64) if name in frame else np.full(len(frame), np.nan)

    monthly = column("copay") / np.maximum(ledger.days_supply, 1) * 30
    before = np.where(rows.fill > ledger.first[rows.series], monthly[np.maximum(rows.fill - 1, 0)], np.nan)
    now = monthly[rows.fill]
    mail = (
        (frame["channel"] == "mail").to_numpy(dtype=np.float64) if "channel" in frame else np.full(len(frame), np.nan)
    )
    return {
        "copay_month": now,
        "copay_change": np.clip((now + 1) / (before + 1), 0.1, 10.0),
        "refills_remaining": column("refills_remaining")[rows.fill],
        "mail": mail[rows.fill],
    }


def _other_drugs(sources: Sources, rows: Rows) -> dict[str, Floats]:
    """Other series of the patient that are active on the index date."""
    ledger = sources.ledger
    patient, drug_class = ledger.patient[rows.series], pd.factorize(sources.classes["drug_class"])[0]
    own = drug_class[ledger.brand[rows.series]]
    key = rows.date * np.int64(_BIG) + patient
    all_active = pd.Series(key).groupby(key).transform("size").to_numpy()
    classed = pd.DataFrame({"key": key, "class": own})
    same = classed.groupby(["key", "class"])["class"].transform("size").to_numpy()
    return {"other_active": all_active - 1.0, "same_class_active": same - 1.0}


def _clinical(sources: Sources, rows: Rows, counts: dict[str, int]) -> dict[str, Floats]:
    patient = sources.ledger.patient[rows.series]
    value, age = _last_hba1c(sources, patient, rows.date, counts)
    admit, discharge = sources.stays.admit[patient], sources.stays.discharge[patient]
    day = rows.date[:, None]
    recent = ((admit <= day) & (discharge > day - 90)).any(axis=1)
    return {"hba1c": value, "hba1c_age": age, "recent_stay": recent.astype(np.float64)}


def _last_hba1c(sources: Sources, patient: Days, day: Days, counts: dict[str, int]) -> tuple[Floats, Floats]:
    """The newest HbA1c (per cent) of the last year and its age in days; NaN where there is none."""
    missing = np.full(len(patient), np.nan)
    if sources.labs is None or len(sources.labs) == 0:
        return missing, missing
    codes = pd.Series(np.arange(len(sources.patients)), index=sources.patients["patient_id"].to_numpy(dtype=object))
    labs = sources.labs[(sources.labs["loinc"] == "4548-4").to_numpy()]
    value = labs["value"].to_numpy(dtype=np.float64)
    # the IFCC unit is recognised by its name, or by a value that no percentage can have
    mmol = (labs["unit"] == "mmol/mol").to_numpy() if "unit" in labs else np.zeros(len(labs), dtype=bool)
    mmol = mmol | (value > 25)
    counts["HbA1c converted from mmol/mol"] = int(mmol.sum())
    value = np.where(mmol, value / 10.929 + 2.15, value)
    who = codes.loc[labs["patient_id"].to_numpy(dtype=object)].to_numpy(dtype=np.int64)
    when = labs["lab_date"].to_numpy(dtype=np.float64).astype(np.int64)
    order = np.lexsort((value, when, who))
    who, when, value = who[order], when[order], value[order]
    origin = min(int(when.min()), int(day.min())) if len(when) else 0
    found = np.searchsorted(who * _BIG + (when - origin), patient * _BIG + (day - origin), side="right") - 1
    safe = np.maximum(found, 0)
    fresh = (
        (found >= 0) & (who[safe] == patient) & (day - when[safe] <= _YEAR)
        if len(who)
        else np.zeros(len(patient), bool)
    )
    return np.where(fresh, value[safe], np.nan), np.where(fresh, day - when[safe], np.nan)


def _profile(sources: Sources, rows: Rows) -> dict[str, Floats]:
    who = sources.ledger.patient[rows.series]
    people = sources.patients

    def column(name: str) -> Floats:
        return people[name].to_numpy(dtype=np.float64)[who] if name in people else np.full(len(who), np.nan)

    sex = people["sex"].to_numpy(dtype=object)[who]
    year = rows.date.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    payer = people["payer"].to_numpy(dtype=object)[who] if "payer" in people else np.full(len(who), "", dtype=object)
    result = {
        "age": year - column("birth_year"),
        "female": np.where(sex == "F", 1.0, np.where(sex == "M", 0.0, np.nan)),
        "depression": column("depression"),
        "n_comorbidities": column("n_comorbidities"),
        "n_chronic_meds": column("n_chronic_meds"),
    }
    known = payer != ""
    return result | {f"payer_{name}": np.where(known, (payer == name).astype(np.float64), np.nan) for name in PAYERS}
