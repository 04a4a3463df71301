"""The tables that every importer gives, and what it had to leave out."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from mlops.datasets.importers.drugs import Drug
from mlops.datasets.importers.reading import Row
from mlops.errors import RefusedInput

HBA1C = "4548-4"
_COLUMNS = {
    "patients": ("patient_id", "birth_year", "sex", "payer", "region", "death_date", "race"),
    "fills": (
        "fill_id",
        "patient_id",
        "fill_date",
        "brand",
        "ndc",
        "rxcui",
        "ingredient",
        "drug_class",
        "days_supply",
        "quantity",
        "copay",
        "refills_remaining",
        "fill_number",
        "channel",
        "pharmacy_id",
        "prescriber_id",
        "status",
    ),
    "enrolment": ("patient_id", "enrol_start", "enrol_end"),
    "labs": ("patient_id", "lab_date", "loinc", "value", "unit"),
    "stays": ("patient_id", "admit_date", "discharge_date"),
    "brands": ("brand", "ingredient", "drug_class", "atc", "route", "default_days_supply", "rxcui"),
}
_ORDER = {
    "patients": ("patient_id",),
    "fills": ("fill_date", "patient_id", "brand", "fill_id"),
    "enrolment": ("patient_id", "enrol_start"),
    "labs": ("patient_id", "lab_date", "value"),
    "stays": ("patient_id", "admit_date"),
    "brands": ("brand",),
}


@dataclass
class Conversion:
    """Rows per table, and counted warnings: nothing is left out silently."""

    format: str
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in _COLUMNS})
    warnings: Counter[str] = field(default_factory=Counter)
    _drugs: dict[str, Drug] = field(default_factory=dict)

    def warn(self, what: str, count: int = 1) -> None:
        """Count something that was left out or filled in."""
        if count:
            self.warnings[what] += count

    def add(self, table: str, **values: str) -> None:
        """Add a row."""
        self.tables[table].append(values)

    def fill(self, drug: Drug, when: date, **values: str) -> None:
        """Add a dispensing."""
        self._drugs[drug.brand] = drug
        named = {"brand": drug.brand, "ingredient": drug.ingredient, "drug_class": drug.drug_class}
        rxcui = values.pop("rxcui", "") or drug.rxcui
        self.add(
            "fills", fill_date=when.isoformat(), rxcui=rxcui, status=values.pop("status", "paid"), **named, **values
        )

    def finish(self) -> "Conversion":
        """Keep the patients that have dispensings, complete their enrolment, and sort.

        Raises:
            RefusedInput: no dispensing with a date is left; the message says why.
        """
        if not self.tables["fills"]:
            reasons = "; ".join(f"{what}: {count}" for what, count in sorted(self.warnings.items()))
            raise RefusedInput(
                f"--format {self.format}: no dispensing of a glucose-lowering drug with its date was found "
                f"(rule dispensing dates: adherence cannot be measured without them){'; ' + reasons if reasons else ''}"
            )
        self._keep_patients()
        self._complete_enrolment()
        self.tables["enrolment"] = list(_joined(self.tables["enrolment"]))
        for drug in self._drugs.values():
            names = _COLUMNS["brands"]
            self.add("brands", **{name: getattr(drug, name) for name in names})
        for name, keys in _ORDER.items():
            self.tables[name].sort(key=lambda row: tuple(row.get(key, "") for key in keys))
        return self

    def write(self, folder: Path) -> None:
        """Write the tables that have rows (and the required ones)."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns in _COLUMNS.items():
            used = [column for column in columns if any(row.get(column) for row in self.tables[name])]
            if used:
                with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
                    writer = csv.DictWriter(stream, used, extrasaction="ignore", lineterminator="\n")
                    writer.writeheader()
                    writer.writerows(self.tables[name])

    def _keep_patients(self) -> None:
        known = {row["patient_id"] for row in self.tables["patients"]}
        orphans = [row for row in self.tables["fills"] if row["patient_id"] not in known]
        self.warn("dispensings of unknown patients ignored", len(orphans))
        kept = {row["patient_id"] for row in self.tables["fills"]} & known
        self.warn("patients without a glucose-lowering dispensing ignored", len(known - kept))
        for name in ("patients", "fills", "enrolment", "labs", "stays"):
            self.tables[name] = [row for row in self.tables[name] if row["patient_id"] in kept]

    def _complete_enrolment(self) -> None:
        """A patient without one is taken as enrolled from his first dispensing to the last day of all data."""
        enrolled = {row["patient_id"] for row in self.tables["enrolment"]}
        first: dict[str, str] = {}
        for row in self.tables["fills"]:
            first[row["patient_id"]] = min(row["fill_date"], first.get(row["patient_id"], row["fill_date"]))
        last = max((row["fill_date"] for row in self.tables["fills"]), default="")
        missing = sorted(set(first) - enrolled)
        for patient in missing:
            self.add("enrolment", patient_id=patient, enrol_start=first[patient], enrol_end=last)
        self.warn("patients without enrolment: taken from first dispensing to end of data", len(missing))


def _joined(spans: list[Row]) -> Iterator[Row]:
    """Spans that overlap or follow each other without a day between (a new insurance year) become one."""
    current: Row = {}
    for span in sorted(spans, key=lambda row: (row["patient_id"], row["enrol_start"], row["enrol_end"])):
        same = current.get("patient_id") == span["patient_id"]
        if same and date.fromisoformat(span["enrol_start"]) <= date.fromisoformat(current["enrol_end"]) + timedelta(
            days=1
        ):
            current = {**current, "enrol_end": max(current["enrol_end"], span["enrol_end"])}
            continue
        if current:
            yield current
        current = span
    if current:
        yield current
