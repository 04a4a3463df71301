"""Our synthetic world written the way others keep such data, to be imported back. Column names are those of the formats' documents."""

import csv
import json
from datetime import date, timedelta
from pathlib import Path

Rows = list[dict[str, str]]
_GENDER = {"F": "8532", "M": "8507", "U": "0"}


def table(folder: Path, name: str) -> Rows:
    """One of our tables."""
    with (folder / f"{name}.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def write(folder: Path, name: str, rows: Rows, delimiter: str = ",") -> None:
    """A foreign table."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def described(brand: str, ingredient: str) -> str:
    """RxNorm's way of naming a product: a trailing [Brand], none for generics."""
    name = f"{ingredient} 10 MG Oral Tablet"
    return name if brand.endswith(" generic") else f"{name} [{brand}]"


def products(fills: Rows) -> dict[str, str]:
    """Brand -> description."""
    return {row["brand"]: described(row["brand"], row["ingredient"]) for row in fills}


def to_omop(ours: Path, target: Path) -> None:
    """OMOP CDM 5.4; the vocabulary tab-separated, as Athena delivers it."""
    fills, people = table(ours, "fills"), table(ours, "patients")
    concepts = {text: str(40_000_000 + n) for n, text in enumerate(sorted(set(products(fills).values())))}
    names = products(fills)
    write(
        target,
        "CONCEPT.csv",
        [
            {
                "concept_id": number,
                "concept_name": text,
                "domain_id": "Drug",
                "vocabulary_id": "RxNorm",
                "concept_class_id": "Branded Drug",
                "standard_concept": "S",
                "concept_code": f"9{number}",
            }
            for text, number in concepts.items()
        ],
        delimiter="\t",
    )
    write(
        target,
        "person.csv",
        [
            {
                "person_id": row["patient_id"],
                "gender_concept_id": _GENDER[row["sex"]],
                "year_of_birth": row["birth_year"],
                "race_concept_id": "0",
            }
            for row in people
        ],
    )
    write(
        target,
        "observation_period.csv",
        [
            {
                "observation_period_id": str(n),
                "person_id": row["patient_id"],
                "observation_period_start_date": row["enrol_start"],
                "observation_period_end_date": row["enrol_end"],
            }
            for n, row in enumerate(table(ours, "enrolment"))
        ],
    )
    write(
        target,
        "drug_exposure.csv",
        [
            {
                "drug_exposure_id": row["fill_id"],
                "person_id": row["patient_id"],
                "drug_concept_id": concepts[names[row["brand"]]],
                "drug_exposure_start_date": row["fill_date"],
                "drug_exposure_end_date": _end(row),
                "drug_type_concept_id": "32869",
                "refills": row["refills_remaining"],
                "quantity": "",
                "days_supply": row["days_supply"],
                "drug_source_concept_id": "0",
            }
            for row in fills
        ],
    )


def _end(row: dict[str, str]) -> str:
    """Start + days supply; of a dispensing without one, the start."""
    return (date.fromisoformat(row["fill_date"]) + timedelta(days=int(row["days_supply"] or 0))).isoformat()


def to_synthea(ours: Path, target: Path) -> None:
    """Synthea CSV, one prescription with one dispense a fill."""
    fills, names = table(ours, "fills"), products(table(ours, "fills"))
    write(
        target,
        "patients.csv",
        [
            {
                "Id": row["patient_id"],
                "BIRTHDATE": f"{row['birth_year']}-06-15",
                "DEATHDATE": "",
                "SSN": "999-00-0000",
                "RACE": "white",
                "GENDER": row["sex"] if row["sex"] != "U" else "",
                "STATE": row["region"],
            }
            for row in table(ours, "patients")
        ],
    )
    write(
        target,
        "medications.csv",
        [
            {
                "START": f"{row['fill_date']}T08:00:00Z",
                "STOP": f"{_end(row)}T08:00:00Z" if row["days_supply"] else "",
                "PATIENT": row["patient_id"],
                "PAYER": "p1",
                "ENCOUNTER": "e",
                "CODE": "860975",
                "DESCRIPTION": names[row["brand"]],
                "BASE_COST": row["copay"] or "",
                "PAYER_COVERAGE": "0.00",
                "DISPENSES": "1",
                "TOTALCOST": row["copay"] or "",
                "REASONCODE": "44054006",
                "REASONDESCRIPTION": "Diabetes",
            }
            for row in fills
        ],
    )
    write(target, "payers.csv", [{"Id": "p1", "NAME": "Medicare", "OWNERSHIP": "GOVERNMENT"}])
    write(
        target,
        "payer_transitions.csv",
        [
            {
                "PATIENT": row["patient_id"],
                "MEMBERID": "m",
                "START_DATE": f"{row['enrol_start']}T00:00:00Z",
                "END_DATE": f"{row['enrol_end']}T00:00:00Z",
                "PAYER": "p1",
            }
            for row in table(ours, "enrolment")
        ],
    )
    write(
        target,
        "observations.csv",
        [
            {
                "DATE": f"{row['lab_date']}T00:00:00Z",
                "PATIENT": row["patient_id"],
                "ENCOUNTER": "e",
                "CATEGORY": "laboratory",
                "CODE": row["loinc"],
                "DESCRIPTION": "Hemoglobin A1c",
                "VALUE": row["value"],
                "UNITS": row["unit"],
                "TYPE": "numeric",
            }
            for row in table(ours, "labs")
        ],
    )


def to_tuva(ours: Path, target: Path) -> None:
    """Tuva's claims input layer with its ndc terminology; reversals have negative amounts."""
    fills, names = table(ours, "fills"), products(table(ours, "fills"))
    codes = {text: f"{n:05d}000100"[:11] for n, text in enumerate(sorted(set(names.values())), 2)}
    write(
        target,
        "ndc.csv",
        [{"ndc": code, "rxcui": "", "rxnorm_description": text, "fda_description": ""} for text, code in codes.items()],
    )
    write(
        target,
        "eligibility.csv",
        [
            {
                "person_id": row["patient_id"],
                "member_id": row["patient_id"],
                "gender": {"F": "female", "M": "male", "U": "unknown"}[row["sex"]],
                "birth_date": f"{row['birth_year']}-06-15",
                "death_date": "",
                "enrollment_start_date": stay["enrol_start"],
                "enrollment_end_date": stay["enrol_end"],
                "payer_type": row["payer"],
                "state": row["region"],
            }
            for row, stay in zip(table(ours, "patients"), table(ours, "enrolment"), strict=True)
        ],
    )
    write(
        target,
        "pharmacy_claim.csv",
        [
            {
                "claim_id": row["fill_id"],
                "claim_line_number": "",
                "person_id": row["patient_id"],
                "dispensing_date": row["fill_date"],
                "ndc_code": codes[names[row["brand"]]].lstrip("0"),  # as a spreadsheet would leave it
                "quantity": "30",
                "days_supply": row["days_supply"],
                "refills": row["refills_remaining"],
                "paid_date": row["fill_date"],
                "paid_amount": "-100.00" if row["status"] == "reversed" else "100.00",
                "copayment_amount": row["copay"],
            }
            for row in fills
        ],
    )


def to_fhir(ours: Path, target: Path) -> None:
    """FHIR R4 bulk export: one NDJSON file a resource type."""
    names, rxnorm = products(table(ours, "fills")), "http://www.nlm.nih.gov/research/umls/rxnorm"
    dispenses = [
        {
            "resourceType": "MedicationDispense",
            "id": row["fill_id"],
            "status": "completed",
            "medicationCodeableConcept": {"coding": [{"system": rxnorm, "code": "1", "display": names[row["brand"]]}]},
            "subject": {"reference": f"Patient/{row['patient_id']}"},
            "whenHandedOver": f"{row['fill_date']}T09:30:00-05:00",
            **({"daysSupply": {"value": int(row["days_supply"]), "unit": "d"}} if row["days_supply"] else {}),
        }
        for row in table(ours, "fills")
    ]
    patients = [
        {
            "resourceType": "Patient",
            "id": row["patient_id"],
            "gender": {"F": "female", "M": "male", "U": "unknown"}[row["sex"]],
            "birthDate": f"{row['birth_year']}-06-15",
            "address": [{"state": row["region"]}],
        }
        for row in table(ours, "patients")
    ]
    coverage = [
        {
            "resourceType": "Coverage",
            "status": "active",
            "beneficiary": {"reference": f"Patient/{row['patient_id']}"},
            "period": {"start": row["enrol_start"], "end": row["enrol_end"]},
        }
        for row in table(ours, "enrolment")
    ]
    observations = [
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": row["loinc"]}]},
            "subject": {"reference": f"Patient/{row['patient_id']}"},
            "effectiveDateTime": row["lab_date"],
            "valueQuantity": {"value": float(row["value"]), "unit": row["unit"]},
        }
        for row in table(ours, "labs")
    ]
    target.mkdir(parents=True)
    for resources in (dispenses, patients, coverage, observations):
        text = "".join(json.dumps(item) + "\n" for item in resources)
        (target / f"{resources[0]['resourceType']}.ndjson").write_text(text)
