# ruff: noqa: S608 (queries over numbers that are counted here)
"""``make bench NAME=importers``: peak memory of each importer at one and at five million dispensings (``SIZES=...`` for others).

The source is as simple as its format allows: what counts is the number of rows. Each import runs in a process of its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from bench.data import measure

WORK = Path(".tools/bench-importers")
SIZES = tuple(int(it) for it in os.environ.get("SIZES", "1000000,5000000").split(","))
FORMATS = ("omop", "tuva", "synthea", "fhir")
_PER_PATIENT = 25
_DATE = "DATE '2019-01-01' + CAST(i % 1800 AS INTEGER)"
_DRUG = "metformin 500 MG Oral Tablet"


def _tables(form: str, rows: int) -> dict[str, str]:
    """File -> the query that it holds."""
    people = rows // _PER_PATIENT
    fill, person = f"range({rows}) t(i)", f"range({people}) t(i)"
    made: dict[str, dict[str, str]] = {
        "omop": {
            "drug_exposure.csv": f"SELECT i AS drug_exposure_id, i % {people} AS person_id, 1 AS drug_concept_id, {_DATE}"
            f" AS drug_exposure_start_date, 30 AS days_supply, 30 AS quantity FROM {fill}",
            "person.csv": "SELECT i AS person_id, 8507 AS gender_concept_id, 1940 + i % 50 AS year_of_birth, 8527 AS"
            f" race_concept_id FROM {person}",
            "death.csv": f"SELECT i AS person_id, DATE '2024-01-01' AS death_date FROM {person} WHERE i % 10 = 0",
            "concept.csv": f"SELECT 1 AS concept_id, '{_DRUG}' AS concept_name, 'Drug' AS domain_id, 'RxNorm' AS"
            " vocabulary_id, '9' AS concept_code",
        },
        "tuva": {
            "pharmacy_claim.csv": f"SELECT i AS claim_id, 1 AS claim_line_number, i % {people} AS person_id, '00000000001'"
            f" AS ndc_code, {_DATE} AS dispensing_date, 30 AS days_supply, 30 AS quantity, 4.5 AS paid_amount FROM {fill}",
            "eligibility.csv": "SELECT i AS person_id, DATE '1950-01-01' AS birth_date, 'female' AS gender, 'medicare' AS"
            f" payer_type, DATE '2019-01-01' AS enrollment_start_date, DATE '2024-12-31' AS enrollment_end_date FROM {person}",
            "ndc.csv": f"SELECT '00000000001' AS ndc, '9' AS rxcui, '{_DRUG}' AS rxnorm_description",
        },
        "synthea": {
            "medications.csv": f"SELECT {_DATE} AS START, {_DATE} + 30 AS STOP, i % {people} AS PATIENT, 'p' AS PAYER,"
            f" '9' AS CODE, '{_DRUG}' AS DESCRIPTION, 1 AS DISPENSES FROM {fill}",
            "patients.csv": f"SELECT i AS Id, DATE '1950-01-01' AS BIRTHDATE, 'F' AS GENDER FROM {person}",
            "payers.csv": "SELECT 'p' AS Id, 'Medicare' AS NAME",
        },
        "fhir": {
            "MedicationDispense.ndjson": "SELECT {resourceType: 'MedicationDispense', id: i, status: 'completed', subject:"
            f" {{reference: 'Patient/' || (i % {people})}}, medicationCodeableConcept: {{text: '{_DRUG}'}}, whenHandedOver:"
            f" CAST({_DATE} AS VARCHAR), daysSupply: {{value: 30}}, quantity: {{value: 30}}}} FROM {fill}",
            "Patient.ndjson": "SELECT {resourceType: 'Patient', id: CAST(i AS VARCHAR), gender: 'male', birthDate:"
            f" '1950-01-01'}} FROM {person}",
        },
    }
    return made[form]


def make(form: str, rows: int) -> None:
    """Write a source."""
    folder = WORK / f"{form}-{rows}"
    folder.mkdir(parents=True)
    for name, query in _tables(form, rows).items():
        # JSON as unquoted text: one document a line
        as_text = f"SELECT CAST(to_json(columns(*)) AS VARCHAR) FROM ({query})"
        lines = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\\x01'"
        shape = (as_text, lines) if name.endswith(".ndjson") else (query, "FORMAT csv, HEADER")
        duckdb.sql(f"COPY ({shape[0]}) TO '{folder / name}' ({shape[1]})")


def run(form: str, rows: int) -> str:
    """Import a source, in this process."""
    from mlops.adherence.importers import convert

    target = WORK / f"{form}-{rows}-out"
    shutil.rmtree(target, ignore_errors=True)
    convert(WORK / f"{form}-{rows}", target, form)
    with (target / "fills.csv").open() as stream:
        return f"{sum(1 for _ in stream) - 1:,} dispensings"


def main() -> int:
    """Measure and print; 1 where five times the data take more than 1.5 times the memory."""
    missed = 0
    for form in os.environ.get("FORMATS", ",".join(FORMATS)).split(","):
        peaks = []
        for rows in SIZES:
            shutil.rmtree(WORK, ignore_errors=True)
            this = [sys.executable, "-m", "bench.importers"]
            subprocess.run([*this, "make", form, str(rows)], check=True)
            cost = measure([*this, "run", form, str(rows)])
            peaks.append(cost.megabytes)
            print(f"{form:8} {cost.output:24} {cost.cpu:7.1f} CPU-s {cost.megabytes:6.0f} MB", flush=True)
        shutil.rmtree(WORK)
        missed += peaks[-1] > 1.5 * peaks[0]
    return int(bool(missed))


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make(sys.argv[2], int(sys.argv[3]))
    elif sys.argv[1:2] == ["run"]:
        print(run(sys.argv[2], int(sys.argv[3])))
    else:
        sys.exit(main())
