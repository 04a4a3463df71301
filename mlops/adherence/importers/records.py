"""Rows that every source has, in its own words: spans of enrolment, HbA1c tests, hospital stays."""

from datetime import date

from mlops.adherence.importers.tables import HBA1C, Conversion


def enrolment(found: Conversion, patient: str, begin: date | None, end: date | None, otherwise: str) -> None:
    """Add a span of enrolment, or count the warning ``otherwise`` where one of its ends is unknown."""
    if begin and end:
        found.add("enrolment", patient_id=patient, enrol_start=begin.isoformat(), enrol_end=end.isoformat())
    else:
        found.warn(otherwise)


def hba1c(  # noqa: PLR0917
    found: Conversion, source: str, patient: str, when: date | None, value: str, unit: str
) -> None:
    """Add an HbA1c test; one of ``source`` without a date or a value is counted."""
    if when is None or not value:
        found.warn(f"{source}: HbA1c without date or value, ignored")
    else:
        found.add("labs", patient_id=patient, lab_date=when.isoformat(), loinc=HBA1C, value=value, unit=unit)


def stay(found: Conversion, patient: str, begin: date, end: date | None) -> None:
    """Add a hospital stay; one that goes on has no end."""
    found.add("stays", patient_id=patient, admit_date=begin.isoformat(), discharge_date=iso(end))


def iso(when: date | None) -> str:
    """A date as the tables write it; empty where it is unknown."""
    return when.isoformat() if when else ""
