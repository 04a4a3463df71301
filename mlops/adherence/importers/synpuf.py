"""CMS DE-SynPUF as CMS delivers it: Prescription Drug Events and yearly Beneficiary Summary Files; NDC codes are named by ndc.csv."""

import re
from datetime import date
from pathlib import Path

from mlops.adherence.importers.reading import Row, day, need, need_columns, number, read, whole
from mlops.adherence.importers.records import iso
from mlops.adherence.importers.tables import Conversion
from mlops.adherence.importers.tuva import named_drugs, ndc11
from mlops.errors import RefusedInput

_SEX = {"1": "M", "2": "F"}
_RACE = {"1": "white", "2": "black", "3": "other", "5": "hispanic"}
_YEAR = re.compile(r"(20\d\d)")


def convert(folder: Path, found: Conversion) -> None:
    """Add the rows.

    Raises:
        RefusedInput: a needed file or column is missing, or nothing was dispensed.
    """
    events, people = _files(folder, "prescription_drug_events"), _files(folder, "beneficiary_summary_file")
    need(
        folder,
        "ndc",
        "drug events carry NDC codes only; export Tuva's ndc terminology (ndc, rxcui, rxnorm_description)",
    )
    for path in events:
        need_columns(path, path.name, "SRVC_DT")
    drugs = named_drugs(folder)
    for path in events:
        for row in read(path):
            ndc = ndc11(row.get("prod_srvc_id", ""))
            if ndc not in drugs:
                found.warn("prescription drug events: not a glucose-lowering drug that is known, ignored")
                continue
            when = day(row["srvc_dt"])
            if when is None:
                found.warn("prescription drug events: no SRVC_DT, ignored")
                continue
            supply = whole(row.get("days_suply_num", ""))
            found.warn("prescription drug events: no DAYS_SUPLY_NUM, left empty", int(supply in {"", "0"}))
            found.fill(
                drugs[ndc][0],
                when,
                fill_id=row["pde_id"],
                patient_id=row["desynpuf_id"],
                ndc=ndc,
                rxcui=drugs[ndc][1],
                days_supply="" if supply == "0" else supply,
                quantity=number(row.get("qty_dspnsd_num", "")),
                copay=number(row.get("ptnt_pay_amt", "")),
            )
    _beneficiaries(people, found)


def _files(folder: Path, name: str) -> list[Path]:
    found = [path for path in sorted(folder.glob("*.csv")) if name in path.name.lower()]
    if not found:
        raise RefusedInput(f"{folder.name}: no {name} file there (rule required table)")
    return found


def _beneficiaries(paths: list[Path], found: Conversion) -> None:
    """One row a patient, from his newest year; a year counts as enrolled where Part D covered all of it."""
    found.newest = "beneficiaries: no BENE_BIRTH_DT, ignored"
    for path in paths:
        year = _YEAR.search(path.name)
        if year is None:
            raise RefusedInput(f"{path.name}: the file's name does not say the year")
        for row in read(path):
            _patient(row, found)
            if whole(row.get("plan_cvrg_mos_num", "")) == "12":
                first, last = date(int(year.group(1)), 1, 1), date(int(year.group(1)), 12, 31)
                patient = row["desynpuf_id"]
                found.add("enrolment", patient_id=patient, enrol_start=first.isoformat(), enrol_end=last.isoformat())
            else:
                found.warn("beneficiary years without 12 months of drug coverage are not enrolment")


def _patient(row: Row, found: Conversion) -> None:
    born, died = day(row.get("bene_birth_dt", "")), day(row.get("bene_death_dt", ""))
    found.add(
        "patients",
        patient_id=row["desynpuf_id"],
        birth_year=str(born.year) if born else "",
        sex=_SEX.get(row.get("bene_sex_ident_cd", ""), "U"),
        payer="medicare",
        region=row.get("sp_state_code", ""),
        death_date=iso(died),
        race=_RACE.get(row.get("bene_race_cd", ""), ""),
    )
