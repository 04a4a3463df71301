"""FHIR R4: MedicationDispense, Patient, Coverage, Observation, Encounter; NDJSON (bulk export), bundles or single resources."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mlops.adherence.importers.drugs import Drug, identify
from mlops.adherence.importers.reading import day, number, whole
from mlops.adherence.importers.records import enrolment, hba1c, iso, stay
from mlops.adherence.importers.tables import HBA1C, Conversion
from mlops.errors import RefusedInput

Resource = dict[str, Any]

_SEX = {"male": "M", "female": "F"}
_RXNORM, _NDC = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/ndc"
_LOINC = "http://loinc.org"
_DISPENSED = {"completed", "in-progress"}
_PAYERS = ("medicare", "medicaid")


def convert(folder: Path, found: Conversion) -> None:
    """Add the rows.

    Raises:
        RefusedInput: there is no FHIR in the folder, or nothing was dispensed.
    """
    medications = _medications(folder)
    take: dict[str, Callable[[Resource, Conversion], None]] = {
        "MedicationDispense": lambda item, found: _dispense(item, medications, found),
        "MedicationRequest": lambda _item, _found: None,
        "Patient": _patient,
        "Coverage": _coverage,
        "Observation": _observation,
        "Encounter": _encounter,
    }
    seen: Counter[str] = Counter()
    for item in _resources(folder, tuple(take)):
        seen[item["resourceType"]] += 1
        take[item["resourceType"]](item, found)
    if not seen:
        raise RefusedInput(f"{folder.name}: no FHIR resources (*.ndjson or *.json) there")
    if not seen["MedicationDispense"]:
        found.warn("MedicationRequest: prescribed, not dispensed, ignored", seen["MedicationRequest"])


def _medications(folder: Path) -> dict[str, Resource]:
    """Reference -> code of the medications that are glucose-lowering drugs: what dispenses may refer to."""
    every = ((f"Medication/{item.get('id')}", item.get("code", {})) for item in _resources(folder, ("Medication",)))
    return {reference: code for reference, code in every if _drug(code) is not None}


def _resources(folder: Path, kinds: tuple[str, ...]) -> Iterator[Resource]:
    """Every resource of these types below a folder; a bundle's entries one by one."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in {".ndjson", ".json"}:
            yield from (it for it in _in_file(path, kinds) if it.get("resourceType") in kinds)


def _in_file(path: Path, kinds: tuple[str, ...]) -> Iterator[Resource]:
    names = [f'"{kind}"' for kind in kinds]
    with path.open(encoding="utf-8-sig") as stream:
        texts = stream if path.suffix.lower() == ".ndjson" else [stream.read()]
        for line, text in enumerate(texts, 1):
            if not any(name in text for name in names):  # parsing is what takes time
                continue
            try:
                value = json.loads(text)
            except ValueError:
                raise RefusedInput(f"{path.name}, line {line}: not JSON (rule JSON)") from None
            if isinstance(value, dict) and value.get("resourceType") == "Bundle":
                yield from (entry["resource"] for entry in value.get("entry", []) if "resource" in entry)
            elif isinstance(value, dict):
                yield value


def _reference(value: Resource | None) -> str:
    """``Patient/x``, ``https://host/fhir/Patient/x`` and ``urn:uuid:x`` all mean x."""
    return str((value or {}).get("reference", "")).rsplit("/", 1)[-1].removeprefix("urn:uuid:")


def _codings(concept: Resource) -> list[Resource]:
    return list(concept.get("coding", []))


def _code(concept: Resource, system: str) -> str:
    return next((str(item.get("code", "")) for item in _codings(concept) if item.get("system") == system), "")


def _drug(concept: Resource) -> Drug | None:
    """The first name that means a known drug; a name with a brand is better than one without."""
    names = [str(item.get("display", "")) for item in _codings(concept)] + [str(concept.get("text", ""))]
    found = [drug for drug in map(identify, names) if drug is not None]
    return next((drug for drug in found if not drug.brand.startswith("generic ")), found[0] if found else None)


def _dispense(item: Resource, medications: dict[str, Resource], found: Conversion) -> None:
    given = str(item.get("medicationReference", {}).get("reference", ""))
    concept = item.get("medicationCodeableConcept") or medications.get(given, {})
    drug = _drug(concept)
    if drug is None:
        found.warn("MedicationDispense: not a glucose-lowering drug that is known, ignored")
        return
    if item.get("status") not in _DISPENSED:
        found.warn("MedicationDispense: not handed over (status), ignored")
        return
    when = day(item.get("whenHandedOver", ""))
    if when is None:
        found.warn("MedicationDispense: no whenHandedOver, ignored")
        return
    supply = whole(str(item.get("daysSupply", {}).get("value", "")))
    found.warn("MedicationDispense: no daysSupply, left empty", int(not supply))
    found.fill(
        drug,
        when,
        fill_id=str(item.get("id", "")),
        patient_id=_reference(item.get("subject")),
        rxcui=_code(concept, _RXNORM),
        ndc=_code(concept, _NDC),
        days_supply=supply,
        quantity=number(str(item.get("quantity", {}).get("value", ""))),
    )


def _patient(item: Resource, found: Conversion) -> None:
    born = whole(str(item.get("birthDate", ""))[:4])
    if not born:
        found.warn("Patient: no birthDate, ignored")
        return
    died = day(str(item.get("deceasedDateTime", "")))
    states = [address.get("state", "") for address in item.get("address", [])]
    found.add(
        "patients",
        patient_id=str(item["id"]),
        birth_year=born,
        sex=_SEX.get(item.get("gender", ""), "U"),
        region=states[0] if states else "",
        death_date=iso(died),
    )


def _coverage(item: Resource, found: Conversion) -> None:
    patient, period = _reference(item.get("beneficiary")), item.get("period", {})
    begin, end = day(period.get("start", "")), day(period.get("end", ""))
    enrolment(found, patient, begin, end, "Coverage: no period with start and end, ignored")
    words = json.dumps([item.get("type", {}), item.get("payor", [])]).lower()
    found.fact(patient, "payer", next((name for name in _PAYERS if name in words), "commercial"))


def _observation(item: Resource, found: Conversion) -> None:
    if _code(item.get("code", {}), _LOINC) != HBA1C:
        return
    quantity = item.get("valueQuantity", {})
    when, value = day(item.get("effectiveDateTime", "")), number(str(quantity.get("value", "")))
    hba1c(found, "Observation", _reference(item.get("subject")), when, value, str(quantity.get("unit", "%")))


def _encounter(item: Resource, found: Conversion) -> None:
    begin, end = day(item.get("period", {}).get("start", "")), day(item.get("period", {}).get("end", ""))
    if item.get("class", {}).get("code") in {"IMP", "ACUTE"} and begin:
        stay(found, _reference(item.get("subject")), begin, end)
