"""Concepts behind the features, and what they say in words. Associations, not causes: no sentence claims that something would help."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Any

from adherence.features import PAYERS

Row = Mapping[str, Any]
Said = tuple[str, float | None]


@dataclass(frozen=True)
class Concept:
    """Features that tell one thing; ``words`` give the sentence and the number behind it."""

    columns: tuple[str, ...]
    words: Callable[[Row], Said]
    actionable: bool = True


def _days(value: float) -> str:
    days = round(abs(value))
    return f"{days} day" if days == 1 else f"{days} days"


def _number(row: Row, name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None else float(value)


def _supply(row: Row) -> Said:
    left = _number(row, "days_left")
    if left <= 0:
        return ("Supply ends today" if left == 0 else f"Out of supply for {_days(left)}"), -left
    return f"Supply ends in {_days(left)}", left


def _covered(row: Row) -> Said:
    share = _number(row, "pdc_180")
    return f"{100 * share:.0f} % of the last 180 days covered", round(share, 3)


def _pack(row: Row) -> Said:
    change, supply = _number(row, "days_supply_change"), _number(row, "last_days_supply")
    if _number(row, "supply_imputed") == 1:
        return "Days of supply of the last fill unknown", None
    if not isnan(change) and change != 0:
        return f"Last fill for {_days(supply)}, the one before for {_days(supply - change)}", supply
    return f"Last fill for {_days(supply)}", supply


def _late(row: Row) -> Said:
    late, last = _number(row, "late_mean_3"), _number(row, "late_last")
    if isnan(late):
        return "No refill of this brand so far", None
    if round(last) > round(late) and round(last) >= 1:
        return f"Last refill {_days(last)} late", last
    if abs(late) < 0.5:
        return "Last 3 refills on average on time", round(late, 1)
    return f"Last 3 refills on average {_days(late)} {'late' if late > 0 else 'early'}", round(late, 1)


def _patient(row: Row) -> Said:
    lapses, late = _number(row, "patient_lapses"), _number(row, "patient_late_mean")
    if lapses > 0:
        return f"{lapses:.0f} {'lapse' if lapses == 1 else 'lapses'} of a diabetes medicine in the last year", lapses
    if isnan(late):
        return "No refills of any diabetes medicine in the last year", None
    return f"Refills of all diabetes medicines on average {_days(late)} {'early' if late < 0 else 'late'}", round(
        late, 1
    )


def _refills(row: Row) -> Said:
    left = _number(row, "refills_remaining")
    if isnan(left):
        return "Refills remaining unknown", None
    return ("No refills remaining" if left == 0 else f"{left:.0f} refills remaining"), left


def _mail(row: Row) -> Said:
    return ("Mail order" if _number(row, "mail") == 1 else "No mail order"), _number(row, "mail")


def _new(row: Row) -> Said:
    if row["first_fill"] == 1:
        return "First fill of this brand", 1.0
    if row["second_fill"] == 1:
        return "Second fill of this brand", 2.0
    fills = _number(row, "fills_365")
    return f"{fills:.0f} {'fill' if fills == 1 else 'fills'} of this brand in the last year", fills


def _copay(row: Row) -> Said:
    change, copay = _number(row, "copay_change"), _number(row, "copay_month")
    if not isnan(change) and change >= 1.1:
        return f"Copay rose {100 * (change - 1):.0f} % at the last fill", round(change - 1, 3)
    return ("Copay unknown", None) if isnan(copay) else (f"Copay of ${copay:.0f} a month", round(copay, 2))


def _reset(row: Row) -> Said:
    return ("Supply ends at the turn of the insurance year" if row["reset_months"] == 1 else "Season"), None


def _payer(row: Row) -> Said:
    payer = next((name for name in PAYERS if _number(row, f"payer_{name}") == 1), "unknown")
    return f"Insurance: {payer}", None


def _hba1c(row: Row) -> Said:
    value = _number(row, "hba1c")
    return (
        ("No HbA1c test in the last year", None)
        if isnan(value)
        else (f"HbA1c {value:.1f} % at the last test", round(value, 1))
    )


def _depression(row: Row) -> Said:
    known = _number(row, "depression")
    return ("Depression recorded" if known == 1 else "No depression recorded"), None if isnan(known) else known


def _comorbidity(row: Row) -> Said:
    count = _number(row, "n_comorbidities")
    return ("Comorbidities unknown", None) if isnan(count) else (f"{count:.0f} comorbidities", count)


def _stay(row: Row) -> Said:
    stayed = _number(row, "recent_stay")
    return ("In hospital within the last 90 days" if stayed == 1 else "No hospital stay in the last 90 days"), stayed


def _related(row: Row) -> Said:
    if row["related_started"] == 1:
        return "Another product of the same class was started", 1.0
    if _number(row, "same_class_active") > 0:
        return "Another medicine of the same class is in use", _number(row, "same_class_active")
    return "No other product of the same class in use", 0.0


def _other(row: Row) -> Said:
    count = _number(row, "other_active")
    return f"{count:.0f} other diabetes {'medicine' if count == 1 else 'medicines'} in use", count


def _chronic(row: Row) -> Said:
    count = _number(row, "n_chronic_meds")
    return ("Number of chronic medicines unknown", None) if isnan(count) else (f"{count:.0f} chronic medicines", count)


def _age(row: Row) -> Said:
    return f"Age {row['age']:.0f}", row["age"]


def _sex(row: Row) -> Said:
    female = _number(row, "female")
    return ("Sex unknown", None) if isnan(female) else ("Female" if female == 1 else "Male", female)


def _brand(row: Row) -> Said:
    return f"Persistence with {row['brand']} in general", None


GROUPS: Mapping[str, tuple[Concept, ...]] = {
    "supply": (
        Concept(("days_left", "days_since_fill"), _supply),
        Concept(("pdc_30", "pdc_90", "pdc_180", "pdc_365"), _covered),
        Concept(("last_days_supply", "days_supply_change", "supply_imputed"), _pack),
    ),
    "habits": (
        Concept(("late_last", "late_mean_3", "late_mean_365", "late_share_365"), _late),
        Concept(("patient_late_mean", "patient_refills", "patient_lapses"), _patient),
        Concept(("refills_remaining",), _refills),
        Concept(("mail",), _mail),
    ),
    "new_to_brand": (Concept(("first_fill", "second_fill", "fills_180", "fills_365", "fill_number"), _new),),
    "cost": (
        Concept(("copay_month", "copay_change"), _copay),
        Concept(("reset_months",), _reset, actionable=False),
        Concept(tuple(f"payer_{payer}" for payer in PAYERS), _payer, actionable=False),
    ),
    "clinical": (
        Concept(("hba1c", "hba1c_mean", "hba1c_age"), _hba1c),
        Concept(("depression",), _depression),
        Concept(("n_comorbidities",), _comorbidity, actionable=False),
        Concept(("recent_stay",), _stay, actionable=False),
    ),
    "other_medicines": (
        Concept(("same_class_active", "related_started", "related_before"), _related),
        Concept(("other_active",), _other),
        Concept(("n_chronic_meds",), _chronic),
    ),
    "profile": (Concept(("age",), _age, actionable=False), Concept(("female",), _sex, actionable=False)),
    "brand": (Concept(("brand", "drug_class"), _brand, actionable=False),),
}
