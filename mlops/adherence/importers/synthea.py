"""Synthea's CSV export: medications (expanded to dispenses), patients; payers, payer_transitions, observations, encounters if there."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from mlops.adherence.importers.drugs import identify
from mlops.adherence.importers.reading import Row, columns, day, need, number, rows, whole
from mlops.adherence.importers.tables import HBA1C, Conversion
from mlops.errors import RefusedInput

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
    missing = {"start", "patient", "description", "dispenses"} - columns(medications)
    if missing:
        listed = ", ".join(sorted(name.upper() for name in missing))
        raise RefusedInput(f"medications.csv: column {listed} is missing (rule dispensing dates)")
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
            leaves = end.isoformat() if end else ""
            found.add("stays", patient_id=row["patient"], admit_date=begin.isoformat(), discharge_date=leaves)


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
        death_date=died.isoformat() if died else "",
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
        if begin and end and end >= begin:
            found.add("enrolment", patient_id=row["patient"], enrol_start=begin.isoformat(), enrol_end=end.isoformat())
        else:
            found.warn("payer_transitions: a date is missing, ignored")


def _labs(folder: Path, found: Conversion) -> None:
    for row in rows(folder, "observations"):
        if row.get("code") != HBA1C:
            continue
        when, value = day(row.get("date", "")), number(row.get("value", ""))
        if when is None or not value:
            found.warn("observations: HbA1c without date or value, ignored")
            continue
        unit = row.get("units", "") or "%"
        found.add("labs", patient_id=row["patient"], lab_date=when.isoformat(), loinc=HBA1C, value=value, unit=unit)
