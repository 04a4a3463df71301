"""OMOP CDM 5.4: drug_exposure, person, concept, and where there: observation_period, measurement, visit_occurrence, death."""

from pathlib import Path

from mlops.adherence.importers.drugs import Drug, identify
from mlops.adherence.importers.reading import Row, day, need, need_columns, number, rows, whole
from mlops.adherence.importers.records import enrolment, hba1c, iso, stay
from mlops.adherence.importers.tables import HBA1C, Conversion

_SEX = {"8507": "M", "8532": "F"}
_RACE = {"8527": "white", "8516": "black", "8515": "asian"}
_WRITTEN = {"38000177", "32838", "32833"}  # prescription written / EHR prescription / EHR order: no dispensing
_MAIL = {"38000176", "32857"}
_INPATIENT = {"9201", "262"}
_HBA1C_CONCEPT = "3004410"


def convert(folder: Path, found: Conversion) -> None:
    """Add the rows; a drug exposure is a dispensing unless its type says that it was only prescribed.

    Raises:
        RefusedInput: a needed table or column is missing, or nothing was dispensed.
    """
    exposures = need(folder, "drug_exposure", "it holds the dispensings")
    need(folder, "person", "it holds the patients")
    need(folder, "concept", "it names the drugs")
    need_columns(exposures, "drug_exposure.csv", "drug_exposure_start_date")
    _persons(folder, found)
    drugs = _drugs(folder)
    for row in rows(folder, "drug_exposure"):
        _exposure(row, drugs, found)
    for row in rows(folder, "observation_period"):
        begin, end = day(row["observation_period_start_date"]), day(row["observation_period_end_date"])
        enrolment(found, row["person_id"], begin, end, "observation_period: a date is missing, ignored")
    _labs(folder, found)
    _stays(folder, found)


def _persons(folder: Path, found: Conversion) -> None:
    for row in rows(folder, "death"):
        found.fact(row["person_id"], "death_date", iso(day(row.get("death_date", ""))))
    for row in rows(folder, "person"):
        if not whole(row.get("year_of_birth", "")):
            found.warn("person: no year_of_birth, ignored")
            continue
        found.add(
            "patients",
            patient_id=row["person_id"],
            birth_year=whole(row["year_of_birth"]),
            sex=_SEX.get(row.get("gender_concept_id", ""), "U"),
            race=_RACE.get(row.get("race_concept_id", ""), ""),
        )


def _drugs(folder: Path) -> dict[str, tuple[Drug, str, str]]:
    """concept_id -> drug, RxNorm code, NDC code; only glucose-lowering drugs."""
    found = {}
    for row in rows(folder, "concept"):
        drug = identify(row["concept_name"]) if row.get("domain_id", "Drug") == "Drug" else None
        if drug is not None:
            vocabulary, code = row.get("vocabulary_id", ""), row.get("concept_code", "")
            codes = (code if vocabulary.startswith("RxNorm") else "", code if vocabulary == "NDC" else "")
            found[row["concept_id"]] = (drug, *codes)
    return found


def _exposure(row: Row, drugs: dict[str, tuple[Drug, str, str]], found: Conversion) -> None:
    source = row.get("drug_source_concept_id", "")
    # the product that was handed out is more exact than the standard concept, which may have no brand
    entry = drugs.get(source) or drugs.get(row["drug_concept_id"])
    if entry is None:
        found.warn("drug_exposure: not a glucose-lowering drug that is known, ignored")
        return
    if row.get("drug_type_concept_id", "") in _WRITTEN:
        found.warn("drug_exposure: prescribed, not dispensed, ignored")
        return
    when = day(row["drug_exposure_start_date"])
    if when is None:
        found.warn("drug_exposure: no start date, ignored")
        return
    drug, rxcui, ndc = entry
    found.fill(
        drug,
        when,
        fill_id=row["drug_exposure_id"],
        patient_id=row["person_id"],
        rxcui=rxcui,
        ndc=ndc,
        days_supply=_supply(row, found),
        quantity=number(row.get("quantity", "")),
        refills_remaining=whole(row.get("refills", "")),
        channel="mail" if row.get("drug_type_concept_id", "") in _MAIL else "retail",
        prescriber_id=row.get("provider_id", ""),
    )


def _supply(row: Row, found: Conversion) -> str:
    """days_supply, else the length of the exposure (its end is usually start + days_supply)."""
    given = whole(row.get("days_supply", ""))
    if given and int(given) > 0:
        return given
    begin, end = day(row["drug_exposure_start_date"]), day(row.get("drug_exposure_end_date", ""))
    if begin and end and end > begin:
        found.warn("drug_exposure: no days_supply, taken from the end date")
        return str((end - begin).days)
    found.warn("drug_exposure: no days_supply and no end date, left empty")
    return ""


def _labs(folder: Path, found: Conversion) -> None:
    for row in rows(folder, "measurement"):
        if row.get("measurement_concept_id") != _HBA1C_CONCEPT and row.get("measurement_source_value") != HBA1C:
            continue
        when, value = day(row.get("measurement_date", "")), number(row.get("value_as_number", ""))
        unit = row.get("unit_source_value", "") or "%"
        hba1c(found, "measurement", row["person_id"], when, value, unit)


def _stays(folder: Path, found: Conversion) -> None:
    for row in rows(folder, "visit_occurrence"):
        begin, end = day(row.get("visit_start_date", "")), day(row.get("visit_end_date", ""))
        if row.get("visit_concept_id", "") in _INPATIENT and begin:
            stay(found, row["person_id"], begin, end)
