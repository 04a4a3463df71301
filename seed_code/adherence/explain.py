"""Why: exact TreeSHAP contributions, summed within groups of concepts, in words.

Associations, not causes. Single features can take the wrong sign through correlation; groups are what can be worded.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adherence.encode import Matrix
from adherence.model import Model

Floats = npt.NDArray[np.float64]

_SUPPLY = ("days_left", "days_since_fill", "last_days_supply", "pdc_30", "pdc_90", "pdc_180")
_HABITS = ("late_last", "late_mean_3", "late_share_365", "refills_remaining", "mail")
_NEW = ("first_fill", "second_fill", "fills_180", "fills_365")
_COST = ("copay_month", "copay_change", "reset_months")
_CLINICAL = ("hba1c", "hba1c_age", "depression", "n_comorbidities", "recent_stay")
_OTHER = ("other_active", "same_class_active", "n_chronic_meds")
ACTIONABLE = {"supply", "habits", "new_to_brand", "cost", "clinical", "other_medicines"}


@dataclass(frozen=True)
class Factor:
    """One reason: a group's code, words, the value behind them, its contribution in log-odds."""

    code: str
    text: str
    contribution: float
    actionable: bool


def contributions(model: Model, matrix: Matrix) -> tuple[Floats, Floats]:
    """(per column, expected value) in calibrated log-odds; a row's sum plus its expected value is the calibrated margin."""
    import xgboost

    raw = np.asarray(model.booster.predict(xgboost.DMatrix(matrix), pred_contribs=True), dtype=np.float64)
    return raw[:, :-1] * model.platt.slope, raw[:, -1] * model.platt.slope + model.platt.intercept


def group_of(column: str) -> str:
    """The concept group of a matrix column."""
    for code, names in _GROUPS.items():
        if column in names:
            return code
    if column.startswith("payer_"):
        return "cost"
    return "brand" if column.startswith(("brand=", "class=")) else "profile"


_GROUPS: Mapping[str, tuple[str, ...]] = {
    "supply": _SUPPLY,
    "habits": _HABITS,
    "new_to_brand": _NEW,
    "cost": _COST,
    "clinical": _CLINICAL,
    "other_medicines": _OTHER,
}


def by_group(model: Model, per_column: Floats) -> tuple[list[str], Floats]:
    """(group codes, contributions summed per group)."""
    groups = [group_of(column) for column in model.encoder.columns]
    codes = sorted(set(groups))
    member = np.array([[group == code for code in codes] for group in groups], dtype=np.float64)
    return codes, per_column @ member


def factors(model: Model, rows: pd.DataFrame, matrix: Matrix, count: int = 3) -> list[list[Factor]]:
    """Per row the ``count`` groups that raise the risk most; fewer where fewer raise it."""
    codes, summed = by_group(model, contributions(model, matrix)[0])
    order = np.argsort(-summed, axis=1, kind="stable")[:, :count]
    records = rows.to_dict("records")
    return [
        [_factor(codes[group], record, float(summed[row, group])) for group in order[row] if summed[row, group] > 0]
        for row, record in enumerate(records)
    ]


def _factor(code: str, row: Mapping[str, Any], contribution: float) -> Factor:
    return Factor(code, _WORDS[code](row), round(contribution, 4), code in ACTIONABLE)


def _supply(row: Mapping[str, Any]) -> str:
    left = row["days_left"]
    if left <= 0:
        return f"Out of supply for {_days(-left)}"
    if left <= 30:
        return f"Supply ends in {_days(left)}"
    return f"{row['pdc_180']:.0%} of the last 180 days covered"


def _habits(row: Mapping[str, Any]) -> str:
    late = row["late_mean_3"]
    if not np.isnan(late) and late >= 1:
        return f"Last refills on average {_days(late)} late"
    if row["refills_remaining"] == 0:
        return "No refills remaining on the prescription"
    return "Refill pattern of the last year"


def _new(row: Mapping[str, Any]) -> str:
    if row["first_fill"] == 1:
        return "First fill of this brand"
    if row["second_fill"] == 1:
        return "Second fill of this brand"
    return f"{row['fills_365']:.0f} fills of this brand in the last year"


def _cost(row: Mapping[str, Any]) -> str:
    change, copay = row["copay_change"], row["copay_month"]
    if not np.isnan(change) and change >= 1.1:
        return f"Copay rose {change - 1:.0%} at the last fill"
    if not np.isnan(copay):
        return f"Copay of ${copay:.0f} a month"
    return "Insurance"


def _clinical(row: Mapping[str, Any]) -> str:
    if row["depression"] == 1:
        return "Depression recorded"
    if not np.isnan(row["hba1c"]):
        return f"HbA1c {row['hba1c']:.1f} % at the last test"
    return "No HbA1c test in the last year"


def _other(row: Mapping[str, Any]) -> str:
    if row["same_class_active"] > 0:
        return "Another medicine of the same class is in use"
    return f"{row['other_active']:.0f} other diabetes medicines in use"


def _days(value: float) -> str:
    days = round(value)
    return f"{days} day" if days == 1 else f"{days} days"


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "supply": _supply,
    "habits": _habits,
    "new_to_brand": _new,
    "cost": _cost,
    "clinical": _clinical,
    "other_medicines": _other,
    "brand": lambda row: f"Persistence with {row['brand']} in general",
    "profile": lambda _: "Age and sex",
}
