"""Importers: our world exported to each foreign format and imported back is the same; small sources in the real formats."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mlops.adherence import importers
from mlops.adherence.importers.drugs import identify
from mlops.adherence.synthetic import simulate
from mlops.datasets import schema
from mlops.datasets.validation import validate
from mlops.errors import RefusedInput
from tests.unit.adherence.exporters import Rows, table, to_fhir, to_omop, to_synthea, to_tuva

SCHEMA = schema.load(Path("seed_code/adherence/schema/tables.json"))
EXPORTERS = {"omop": to_omop, "fhir": to_fhir, "synthea": to_synthea, "tuva": to_tuva}


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic world in our own tables."""
    folder = tmp_path_factory.mktemp("ours")
    simulate(250, 5).extract(date(2023, 6, 30), folder)
    return folder


def fill_counts(rows: Rows, form: str, *, ours: bool) -> Counter[tuple[str, ...]]:
    """Fills as (patient, date, brand, ingredient, class, days supply), as often as each occurs."""

    def brand(row: dict[str, str]) -> str:
        # foreign formats mark a generic by having no brand
        return f"generic {row['ingredient']}" if ours and row["brand"].endswith(" generic") else row["brand"]

    def supply(row: dict[str, str]) -> str:
        # Synthea cannot say that the supply is unknown: a prescription without an end
        return row["days_supply"] or ("30" if form == "synthea" else "")

    names = ("patient_id", "fill_date", "ingredient", "drug_class")
    return Counter((*(row[name] for name in names), brand(row), supply(row)) for row in rows)


@pytest.mark.parametrize("form", EXPORTERS)
def test_export_and_import_give_the_same_fills(form: str, ours: Path, tmp_path: Path) -> None:
    """Every dispensing, patient, enrolment and HbA1c comes back, and the result passes the project's schema."""
    EXPORTERS[form](ours, tmp_path / "foreign")
    warnings = importers.convert(tmp_path / "foreign", tmp_path / "back", form)
    back = tmp_path / "back"
    assert fill_counts(table(back, "fills"), form, ours=False) == fill_counts(table(ours, "fills"), form, ours=True)
    patients = {row["patient_id"] for row in table(ours, "fills")}
    for name in ("patients", "enrolment"):
        kept = [row for row in table(ours, name) if row["patient_id"] in patients]
        columns = (
            ("patient_id", "birth_year", "sex") if name == "patients" else ("patient_id", "enrol_start", "enrol_end")
        )
        expected = sorted(tuple(row[column] for column in columns) for row in kept)
        assert sorted(tuple(row[column] for column in columns) for row in table(back, name)) == expected
    assert validate(back, SCHEMA).messages() == []
    missing = sum(not row["days_supply"] for row in table(ours, "fills"))
    assert sum(count for what, count in warnings.items() if "left empty" in what or "no STOP" in what) == missing


@pytest.mark.parametrize("form", ["fhir", "synthea"])
def test_labs_come_back(form: str, ours: Path, tmp_path: Path) -> None:
    """HbA1c values with their dates and units."""
    EXPORTERS[form](ours, tmp_path / "foreign")
    importers.convert(tmp_path / "foreign", tmp_path / "back", form)
    patients = {row["patient_id"] for row in table(ours, "fills")}

    def values(folder: Path) -> list[tuple[str, str, float, str]]:
        rows = [row for row in table(folder, "labs") if row["patient_id"] in patients]
        return sorted((row["patient_id"], row["lab_date"], float(row["value"]), row["unit"]) for row in rows)

    assert values(tmp_path / "back") == values(ours)


def test_tuva_reversals_are_marked(ours: Path, tmp_path: Path) -> None:
    """A claim with a negative amount is a reversal."""
    to_tuva(ours, tmp_path / "foreign")
    importers.convert(tmp_path / "foreign", tmp_path / "back", "tuva")
    expected = Counter(row["status"] for row in table(ours, "fills"))
    assert expected["reversed"] > 0
    assert Counter(row["status"] for row in table(tmp_path / "back", "fills")) == expected


def files(folder: Path, **content: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


SYNTHEA_PATIENTS = (
    "Id,BIRTHDATE,DEATHDATE,RACE,GENDER,STATE\na1,1955-02-03,,white,F,Ohio\nb2,1970-07-07,2023-05-01,asian,M,Texas\n"
)
MEDICATIONS = (
    "START,STOP,PATIENT,PAYER,ENCOUNTER,CODE,DESCRIPTION,BASE_COST,PAYER_COVERAGE,DISPENSES,TOTALCOST,"
    "REASONCODE,REASONDESCRIPTION\n"
)


def test_synthea_dispenses_are_expanded(tmp_path: Path) -> None:
    """Three dispenses from 1 January to 1 April 2023 (90 days): every 30 days, 30 days each; the copay is cost less cover."""
    name = "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet"
    row = f"2023-01-01T10:00:00Z,2023-04-01T10:00:00Z,a1,,e,860975,{name},12.50,8.25,3,37.50,,\n"
    source = files(tmp_path / "in", patients=SYNTHEA_PATIENTS, medications=MEDICATIONS + row)
    warnings = importers.convert(source, tmp_path / "out", "synthea")
    fills = table(tmp_path / "out", "fills")
    assert [row["fill_date"] for row in fills] == ["2023-01-01", "2023-01-31", "2023-03-02"]
    assert {(row["brand"], row["ingredient"], row["days_supply"], row["copay"]) for row in fills} == {
        ("generic metformin", "metformin", "30", "4.25")
    }
    assert [row["refills_remaining"] for row in fills] == ["2", "1", "0"]
    assert table(tmp_path / "out", "enrolment") == [
        {"patient_id": "a1", "enrol_start": "2023-01-01", "enrol_end": "2023-03-02"}
    ]
    assert warnings == {
        "patients without a glucose-lowering dispensing ignored": 1,
        "patients without enrolment: taken from first dispensing to end of data": 1,
    }


def test_everything_left_out_is_counted(tmp_path: Path) -> None:
    """Other drugs, rows without dates and unknown patients are counted, never silent and never a crash."""
    rows = (
        "2023-01-01T00:00:00Z,,a1,,e,1,insulin glargine 100 UNT/ML [Lantus],1,0,1,1,,\n"
        "2023-01-01T00:00:00Z,,a1,,e,1,Acetaminophen 325 MG Oral Tablet [Tylenol],1,0,1,1,,\n"
        ",,a1,,e,1,sitagliptin 100 MG Oral Tablet [Januvia],1,0,1,1,,\n"
        "2023-01-01T00:00:00Z,,zz,,e,1,sitagliptin 100 MG Oral Tablet [Januvia],1,0,1,1,,\n"
    )
    source = files(tmp_path / "in", patients=SYNTHEA_PATIENTS, medications=MEDICATIONS + rows)
    warnings = importers.convert(source, tmp_path / "out", "synthea")
    assert [row["brand"] for row in table(tmp_path / "out", "fills")] == ["Lantus"]
    assert warnings == {
        "dispensings of unknown patients ignored": 1,
        "medications: no START or no DISPENSES, ignored": 1,
        "medications: no STOP, a dispense every 30 days": 2,
        "medications: not a glucose-lowering drug that is known, ignored": 1,
        "patients without a glucose-lowering dispensing ignored": 1,
        "patients without enrolment: taken from first dispensing to end of data": 1,
    }


OMOP_CONCEPT = (
    "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\n"
    "1\tempagliflozin 10 MG Oral Tablet [Jardiance]\tDrug\tRxNorm\tBranded Drug\tS\t1545658\n"
    '2\t24 HR metformin 5" tablet\tDrug\tRxNorm\tClinical Drug\tS\t1\n'
)
OMOP_PERSON = "person_id,gender_concept_id,year_of_birth,race_concept_id\n7,8532,1950,8527\n"
OMOP_EXPOSURE = (
    "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,drug_type_concept_id,"
    "refills,quantity,days_supply,drug_source_concept_id\n"
)


def test_omop_takes_the_supply_from_the_end_date_where_it_must(tmp_path: Path) -> None:
    """1 March to 31 March without days_supply is a supply of 30 days, counted; stays and deaths come along."""
    source = files(
        tmp_path / "in",
        concept=OMOP_CONCEPT,
        person=OMOP_PERSON,
        drug_exposure=OMOP_EXPOSURE + "5,7,1,2023-03-01,2023-03-31,38000176,2,30,,0\n6,7,9,2023-03-01,,32869,,,,0\n",
        death="person_id,death_date\n7,2024-01-05\n",
        visit_occurrence="person_id,visit_concept_id,visit_start_date,visit_end_date\n7,9201,2023-05-01,2023-05-04\n7,9202,2023-06-01,2023-06-01\n",
        measurement=(
            "person_id,measurement_concept_id,measurement_date,value_as_number,unit_source_value\n"
            "7,3004410,2023-02-01,8.1,%\n7,3004410,2023-03-01,,%\n7,3000963,2023-02-01,13,g/dL\n"
        ),
    )
    warnings = importers.convert(source, tmp_path / "out", "omop")
    fill = table(tmp_path / "out", "fills")[0]
    assert (fill["days_supply"], fill["brand"], fill["rxcui"], fill["channel"]) == (
        "30",
        "Jardiance",
        "1545658",
        "mail",
    )
    assert table(tmp_path / "out", "patients")[0]["death_date"] == "2024-01-05"
    assert [row["admit_date"] for row in table(tmp_path / "out", "stays")] == ["2023-05-01"]
    assert [row["value"] for row in table(tmp_path / "out", "labs")] == ["8.1"]
    assert warnings["drug_exposure: no days_supply, taken from the end date"] == 1
    assert warnings["drug_exposure: not a glucose-lowering drug that is known, ignored"] == 1
    assert warnings["measurement: HbA1c without date or value, ignored"] == 1


def _omop_prescriptions(folder: Path) -> Path:
    rows = OMOP_EXPOSURE + "5,7,1,2023-03-01,2023-03-31,38000177,2,30,30,0\n"
    return files(folder, concept=OMOP_CONCEPT, person=OMOP_PERSON, drug_exposure=rows)


def _fhir_requests(folder: Path) -> Path:
    folder.mkdir(parents=True)
    entries = [
        {"resource": {"resourceType": "Patient", "id": "x", "birthDate": "1950"}},
        {"resource": {"resourceType": "MedicationRequest", "id": "r", "authoredOn": "2023-01-01"}},
    ]
    (folder / "bundle.json").write_text(json.dumps({"resourceType": "Bundle", "entry": entries}))
    return folder


def _tuva_without_dates(folder: Path) -> Path:
    return files(
        folder,
        ndc="ndc,rxcui,rxnorm_description\n00006027731,1,sitagliptin 100 MG Oral Tablet [Januvia]\n",
        eligibility="person_id,gender,birth_date,enrollment_start_date,enrollment_end_date\n1,male,1950-01-01,2023-01-01,2023-12-31\n",
        pharmacy_claim="claim_id,claim_line_number,person_id,dispensing_date,paid_date,ndc_code,days_supply\nc,1,1,,2023-02-01,00006027731,30\n",
    )


def _synthea_without_starts(folder: Path) -> Path:
    return files(folder, patients=SYNTHEA_PATIENTS, medications="PATIENT,DESCRIPTION,DISPENSES\na1,metformin,1\n")


@pytest.mark.parametrize(
    ("form", "source", "reason"),
    [
        ("omop", _omop_prescriptions, "prescribed, not dispensed, ignored: 1"),
        ("fhir", _fhir_requests, "MedicationRequest: prescribed, not dispensed, ignored: 1"),
        ("tuva", _tuva_without_dates, "no dispensing_date, ignored: 1"),
        ("synthea", _synthea_without_starts, "column START is missing"),
    ],
)
def test_without_dispensing_dates_the_data_are_refused(
    form: str, source: Callable[[Path], Path], reason: str, tmp_path: Path
) -> None:
    """Prescriptions, paid dates or nothing at all: refused, with the reason, before anything is written."""
    with pytest.raises(RefusedInput, match="rule dispensing dates") as refusal:
        importers.convert(source(tmp_path / "in"), tmp_path / "out", form)
    assert reason in str(refusal.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("form", "word"),
    [("omop", "drug_exposure"), ("fhir", "FHIR"), ("tuva", "pharmacy_claim"), ("synthea", "medications")],
)
def test_a_missing_file_is_named(form: str, word: str, tmp_path: Path) -> None:
    """A folder of something else is refused, naming what is missing."""
    with pytest.raises(RefusedInput, match=word):
        importers.convert(files(tmp_path / "in", other="a\n1\n"), tmp_path / "out", form)


@pytest.mark.parametrize(
    ("text", "brand", "ingredient"),
    [
        ("0.25 MG, 0.5 MG Dose 3 ML semaglutide 0.68 MG/ML Pen Injector [Ozempic]", "Ozempic", "semaglutide"),
        ("semaglutide 7 MG Oral Tablet [Rybelsus]", "Rybelsus", "semaglutide"),
        ("Januvia 100 MG tablet", "Januvia", "sitagliptin"),
        ("Glucophage XR 500mg", "Glucophage XR", "metformin"),
        ("glipizide 5 MG Oral Tablet", "generic glipizide", "glipizide"),
        (
            "metformin hydrochloride 500 MG / sitagliptin 50 MG Oral Tablet [Janumet]",
            "Janumet",
            "metformin / sitagliptin",
        ),
        ("insulin glargine 100 UNT/ML [Basaglar]", "Basaglar", "insulin glargine"),
    ],
)
def test_names_of_drugs(text: str, brand: str, ingredient: str) -> None:
    """RxNorm names, plain brand names and generics."""
    drug = identify(text)
    assert drug is not None
    assert (drug.brand, drug.ingredient) == (brand, ingredient)


@pytest.mark.parametrize("text", ["", "Lisinopril 10 MG Oral Tablet", "Acetaminophen [Tylenol]", "Amaryllis extract"])
def test_other_names_are_no_glucose_lowering_drug(text: str) -> None:
    """Anything else is not one."""
    assert identify(text) is None


def test_synpuf(tmp_path: Path) -> None:
    """CMS's own column names and eight-digit dates; a year counts as enrolment where Part D covered all of it."""
    source = tmp_path / "in"
    source.mkdir()
    people = "DESYNPUF_ID,BENE_BIRTH_DT,BENE_DEATH_DT,BENE_SEX_IDENT_CD,BENE_RACE_CD,SP_STATE_CODE,PLAN_CVRG_MOS_NUM\n"
    for year, months, died in (("2008", "12", ""), ("2009", "07", "20090801")):
        name = f"DE1_0_{year}_Beneficiary_Summary_File_Sample_1.csv"
        (source / name).write_text(people + f"00A,19230501,{died},2,1,26,{months}\n")
    events = "DESYNPUF_ID,PDE_ID,SRVC_DT,PROD_SRVC_ID,QTY_DSPNSD_NUM,DAYS_SUPLY_NUM,PTNT_PAY_AMT,TOT_RX_CST_AMT\n"
    rows = "00A,1,20080105,00006027731,30.000,30,10.00,90.00\n00A,2,20080204,00006027731,30,000,0,90\n00A,3,20080301,99,1,30,0,1\n"
    (source / "DE1_0_2008_to_2010_Prescription_Drug_Events_Sample_1.csv").write_text(events + rows)
    (source / "ndc.csv").write_text(
        "ndc,rxcui,rxnorm_description\n6027731,593411,sitagliptin 100 MG Oral Tablet [Januvia]\n"
    )
    warnings = importers.convert(source, tmp_path / "out", "synpuf")
    fills = table(tmp_path / "out", "fills")
    assert [(row["fill_date"], row["brand"], row["ndc"], row["days_supply"], row["copay"]) for row in fills] == [
        ("2008-01-05", "Januvia", "00006027731", "30", "10"),
        ("2008-02-04", "Januvia", "00006027731", "", "0"),
    ]
    assert table(tmp_path / "out", "enrolment") == [
        {"patient_id": "00A", "enrol_start": "2008-01-01", "enrol_end": "2008-12-31"}
    ]
    patient = table(tmp_path / "out", "patients")[0]
    assert (patient["birth_year"], patient["sex"], patient["death_date"]) == ("1923", "F", "2009-08-01")
    assert warnings == {
        "beneficiary years without 12 months of drug coverage are not enrolment": 1,
        "prescription drug events: no DAYS_SUPLY_NUM, left empty": 1,
        "prescription drug events: not a glucose-lowering drug that is known, ignored": 1,
    }
    assert validate(tmp_path / "out", SCHEMA).messages() == []


def test_insurance_years_are_one_enrolment(tmp_path: Path) -> None:
    """Synthea writes a row a year: years without a day between them are one span, a real gap stays one."""
    row = "2020-01-10T00:00:00Z,2020-02-09T00:00:00Z,a1,p,e,1,sitagliptin 100 MG [Januvia],1,0,1,1,,\n"
    transitions = "PATIENT,MEMBERID,START_DATE,END_DATE,PAYER,SECONDARY_PAYER,PLAN_OWNERSHIP,OWNER_NAME\n"
    years = [
        ("2019-01-01", "2019-12-31"),
        ("2020-01-01", "2020-06-30"),
        ("2020-06-15", "2020-08-31"),
        ("2021-01-01", "2021-12-31"),
    ]
    transitions += "".join(f"a1,m,{begin}T00:00:00Z,{end}T00:00:00Z,p,,,\n" for begin, end in years)
    source = files(
        tmp_path / "in", patients=SYNTHEA_PATIENTS, medications=MEDICATIONS + row, payer_transitions=transitions
    )
    importers.convert(source, tmp_path / "out", "synthea")
    assert [(it["enrol_start"], it["enrol_end"]) for it in table(tmp_path / "out", "enrolment")] == [
        ("2019-01-01", "2020-08-31"),
        ("2021-01-01", "2021-12-31"),
    ]
