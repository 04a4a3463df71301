"""The Tuva Project's claims input layer: pharmacy_claim, eligibility, and its ndc terminology to name the drugs; lab_result where there."""

from pathlib import Path

from mlops.adherence.importers.drugs import Drug, identify
from mlops.adherence.importers.reading import Row, day, need, need_columns, number, rows, whole
from mlops.adherence.importers.records import enrolment, hba1c, iso
from mlops.adherence.importers.tables import HBA1C, Conversion

_SEX = {"male": "M", "m": "M", "female": "F", "f": "F"}
_PAYERS = {"commercial": "commercial", "medicare": "medicare", "medicaid": "medicaid", "self-pay": "cash"}
_NDC_LENGTH = 11


def convert(folder: Path, found: Conversion) -> None:
    """Add the rows.

    Raises:
        RefusedInput: a needed file or column is missing, or nothing was dispensed.
    """
    claims = need(folder, "pharmacy_claim", "it holds the dispensings")
    need(folder, "eligibility", "it holds patients and enrolment")
    need(folder, "ndc", "claims carry NDC codes only; export Tuva's ndc terminology (ndc, rxcui, rxnorm_description)")
    need_columns(claims, "pharmacy_claim.csv", "dispensing_date")
    drugs = named_drugs(folder)
    for row in rows(folder, "pharmacy_claim"):
        _claim(row, drugs, found)
    _eligibility(folder, found)
    for row in rows(folder, "lab_result"):
        _lab(row, found)


def _person(row: Row) -> str:
    return row.get("person_id", "") or row.get("member_id", "") or row.get("patient_id", "")


def ndc11(text: str) -> str:
    """The 11 characters; leading zeros that a spreadsheet took away come back."""
    digits = text.replace("-", "")
    return digits.zfill(_NDC_LENGTH) if digits.isdigit() else ""


def named_drugs(folder: Path) -> dict[str, tuple[Drug, str]]:
    """NDC (11 characters) -> drug and RxNorm code, from Tuva's ndc terminology; only glucose-lowering drugs."""
    found = {}
    for row in rows(folder, "ndc"):
        drug = identify(row.get("rxnorm_description", "")) or identify(row.get("fda_description", ""))
        if drug is not None:
            found[ndc11(row["ndc"])] = (drug, row.get("rxcui", ""))
    return found


def _claim(row: Row, drugs: dict[str, tuple[Drug, str]], found: Conversion) -> None:
    ndc = ndc11(row.get("ndc_code", ""))
    if ndc not in drugs:
        found.warn("pharmacy_claim: not a glucose-lowering drug that is known, ignored")
        return
    when = day(row.get("dispensing_date", ""))
    if when is None:
        # the day on which a claim was paid is not the day on which the patient got the drug
        found.warn("pharmacy_claim: no dispensing_date, ignored")
        return
    drug, rxcui = drugs[ndc]
    paid = number(row.get("paid_amount", ""))
    found.fill(
        drug,
        when,
        fill_id="-".join(filter(None, (row["claim_id"], row.get("claim_line_number", "")))),
        patient_id=_person(row),
        ndc=ndc,
        rxcui=rxcui,
        days_supply=_supply(row, found),
        quantity=number(row.get("quantity", "")).removeprefix("-"),
        copay=_copay(row),
        refills_remaining=whole(row.get("refills", "")),
        pharmacy_id=row.get("dispensing_provider_npi", ""),
        prescriber_id=row.get("prescribing_provider_npi", ""),
        # a reversal repeats the claim with negative amounts
        status="reversed" if paid.startswith("-") or number(row.get("quantity", "")).startswith("-") else "paid",
    )


def _supply(row: Row, found: Conversion) -> str:
    given = whole(row.get("days_supply", "")).removeprefix("-")
    if not given:
        found.warn("pharmacy_claim: no days_supply, left empty")
    return given


def _copay(row: Row) -> str:
    value = number(row.get("copayment_amount", ""))
    return "" if value.startswith("-") else value


def _eligibility(folder: Path, found: Conversion) -> None:
    """Spans of enrolment; each row describes its patient too, the last one counts."""
    found.newest = "eligibility: no birth_date, ignored"
    for row in rows(folder, "eligibility"):
        begin, end = day(row.get("enrollment_start_date", "")), day(row.get("enrollment_end_date", ""))
        enrolment(found, _person(row), begin, end, "eligibility: a date is missing, ignored")
        born, died = day(row.get("birth_date", "")), day(row.get("death_date", ""))
        found.add(
            "patients",
            patient_id=_person(row),
            birth_year=str(born.year) if born else "",
            sex=_SEX.get(row.get("gender", "").lower(), "U"),
            payer=_PAYERS.get(row.get("payer_type", "").lower(), ""),
            region=row.get("state", ""),
            death_date=iso(died),
            race=row.get("race", ""),
        )


def _lab(row: Row, found: Conversion) -> None:
    if HBA1C not in {row.get("normalized_code"), row.get("source_code")}:
        return
    when = day(row.get("collection_date", "")) or day(row.get("result_date", "")) or day(row.get("result_datetime", ""))
    value = number(row.get("normalized_result", "") or row.get("source_result", "") or row.get("result", ""))
    unit = row.get("normalized_units", "") or row.get("source_units", "") or "%"
    hba1c(found, "lab_result", _person(row), when, value, unit)
