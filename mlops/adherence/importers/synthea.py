"""Synthea's CSV export: medications (expanded to dispenses), patients; payers, payer_transitions, observations, encounters if there."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from mlops.adherence.importers.drugs import identify
from mlops.adherence.importers.reading import Row, day, need, need_columns, number, rows, whole
from mlops.adherence.importers.records import enrolment, hba1c, iso, stay
from mlops.adherence.importers.tables import HBA1C, Conversion

_PAYERS = {"medicare": "medicare", "medicaid": "medicaid", "dual eligible": "medicare", "no_insurance": "cash"}
_USUAL_DAYS = 30  # between dispenses of a prescription that has no end
_LONGEST_DAYS = 365


def convert(folder: Path, found: Conversion) -> None:
    """Add the rows.

    Raises:
        RefusedInput: a needed file or column is missing, or nothing was dispensed.
    """
    medications = need(folder, "medications", "it holds the prescriptions and their dispenses")
    need(folder, "patients", "it holds the patients")
    need_columns(medications, "medications.csv", "DESCRIPTION", "DISPENSES", "PATIENT", "START")
    names = _payer_names(folder)
    numbers: Counter[str] = Counter()
    for row in rows(folder, "medications"):
        _medication(row, numbers, found)
        payer = names.get(row.get("payer", ""), "")
        found.fact(row["patient"], "payer", payer, rank=f"{row['start']} {payer}")
    for row in rows(folder, "patients"):
        _patient(row, found)
    _enrolment(folder, found)
    _labs(folder, found)
    for row in rows(folder, "encounters"):
        begin, end = day(row["start"]), day(row.get("stop", ""))
        if row.get("encounterclass", "") == "inpatient" and begin:
            stay(found, row["patient"], begin, end)


def _medication(row: Row, numbers: "Counter[str]", found: Conversion) -> None:
    drug = identify(row["description"])
    if drug is None:
        found.warn("medications: not a glucose-lowering drug that is known, ignored")
        return
    begin, dispenses = day(row["start"]), whole(row["dispenses"])
    if begin is None or not dispenses or int(dispenses) < 1:
        found.warn("medications: no START or no DISPENSES, ignored")
        return
    dates, supply = _dispenses(begin, day(row.get("stop", "")), int(dispenses), found)
    for number_, when in enumerate(dates):
        numbers[row["patient"]] += 1
        found.fill(
            drug,
            when,
            fill_id=f"{row['patient']}-{numbers[row['patient']]:05d}",
            patient_id=row["patient"],
            rxcui=row.get("code", ""),
            days_supply=str(supply),
            copay=_copay(row),
            refills_remaining=str(len(dates) - number_ - 1),
            fill_number=str(number_),
        )


def _dispenses(begin: date, end: date | None, count: int, found: Conversion) -> tuple[list[date], int]:
    """Dates of the dispenses, evenly from START to STOP, and the days that each supplies."""
    days = _USUAL_DAYS
    if end is not None and end > begin:
        days = max(1, (end - begin).days // count)
    else:
        found.warn(f"medications: no STOP, a dispense every {_USUAL_DAYS} days")
    if days > _LONGEST_DAYS:
        found.warn("medications: more than a year between dispenses, supply taken as 30 days")
        return [begin + timedelta(days=days * step) for step in range(count)], _USUAL_DAYS
    return [begin + timedelta(days=days * step) for step in range(count)], days


def _copay(row: Row) -> str:
    """What the patient paid for one dispense: its cost without the payer's part."""
    cost, covered = number(row.get("base_cost", "")), number(row.get("payer_coverage", ""))
    return number(str(max(0.0, round(float(cost) - float(covered), 2)))) if cost and covered else ""


def _payer_names(folder: Path) -> dict[str, str]:
    return {row["id"]: _PAYERS.get(row["name"].lower(), "commercial") for row in rows(folder, "payers")}


def _patient(row: Row, found: Conversion) -> None:
    born, died = day(row.get("birthdate", "")), day(row.get("deathdate", ""))
    if born is None:
        found.warn("patients: no BIRTHDATE, ignored")
        return
    found.add(
        "patients",
        patient_id=row["id"],
        birth_year=str(born.year),
        sex=row.get("gender", "") if row.get("gender", "") in {"F", "M"} else "U",
        region=row.get("state", ""),
        death_date=iso(died),
        race=row.get("race", ""),
    )


def _enrolment(folder: Path, found: Conversion) -> None:
    """Insured times; the columns were START_YEAR and END_YEAR in older exports."""
    names = {row["id"] for row in rows(folder, "payers") if row["name"].upper() == "NO_INSURANCE"}
    for row in rows(folder, "payer_transitions"):
        if row.get("payer", "") in names:
            found.warn("payer_transitions: times without insurance are not enrolment")
            continue
        begin = day(row.get("start_date", "")) or day(row.get("start_year", "") + "-01-01")
        end = day(row.get("end_date", "")) or day(row.get("end_year", "") + "-12-31")
        until = end if begin and end and end >= begin else None
        enrolment(found, row["patient"], begin, until, "payer_transitions: a date is missing, ignored")


def _labs(folder: Path, found: Conversion) -> None:
    for row in rows(folder, "observations"):
        if row.get("code") != HBA1C:
            continue
        when, value = day(row.get("date", "")), number(row.get("value", ""))
        hba1c(found, "observations", row["patient"], when, value, row.get("units", "") or "%")
