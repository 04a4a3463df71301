"""Small data sets in the data format, written line by line."""

import csv
import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from adherence import dataset, settings, tables

ORIGIN = date(2022, 1, 1)  # day 0


def day(number: int) -> str:
    """The date of a day number."""
    return (ORIGIN + timedelta(days=number)).isoformat()


def fill(number: int, supply: object = 30, brand: str = "A", patient: str = "p", **more: object) -> dict[str, Any]:
    """One line of fills.csv; brands A and B share the ingredient, C the class, and D nothing."""
    ingredient, drug_class = {"A": ("x", "k"), "B": ("x", "k"), "C": ("z", "k")}.get(brand, ("w", "other"))
    return {
        "patient_id": patient,
        "fill_date": day(number),
        "brand": brand,
        "ingredient": ingredient,
        "drug_class": drug_class,
        "days_supply": supply,
        **more,
    }


def write(folder: Path, fills: Iterable[Mapping[str, Any]], **tables_: Iterable[Mapping[str, Any]]) -> Path:
    """The tables; by default every patient is 60, and enrolled from 500 days before day 0 to 700 days after it."""
    lines = [{"fill_id": f"f{number}", **line} for number, line in enumerate(fills)]
    people = sorted({line["patient_id"] for line in lines})
    chosen: dict[str, list[Mapping[str, Any]]] = {
        "fills": list(lines),
        "patients": [{"patient_id": name, "birth_year": 1962, "sex": "F"} for name in people],
        "enrolment": [{"patient_id": name, "enrol_start": day(-500), "enrol_end": day(700)} for name in people],
    } | {name: list(rows) for name, rows in tables_.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in chosen.items():
        header = list(dict.fromkeys(column for row in rows for column in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, header, restval="")
            writer.writeheader()
            writer.writerows(rows)
    return folder


def rows(folder: Path, as_of: int | None = None, **chosen: Any) -> pd.DataFrame:
    """The index rows of the tables; index dates every day where nothing else is chosen, data to day 700."""
    found = build(folder, as_of, **chosen).rows
    return found.assign(day=[(date.fromisoformat(text) - ORIGIN).days for text in found["index_date"]])


def build(folder: Path, as_of: int | None = None, **chosen: Any) -> dataset.Dataset:
    """Rows and counts."""
    given = {"first_date": ORIGIN - timedelta(days=100), "step_days": 1, "data_end": date(2023, 12, 2)} | chosen
    report = tables.Report()
    read = tables.read(folder, report)
    report.refuse()
    return dataset.build(read, settings.load(**given), date.fromisoformat(day(as_of)) if as_of is not None else None)


def random_world(folder: Path, seed: int, patients: int = 60, days: int = 700) -> Path:
    """A world by chance, with everything that the format allows; stopping follows lateness, copay and the first fill."""
    chance = random.Random(seed)
    world: dict[str, list[dict[str, Any]]] = {"fills": [], "patients": [], "enrolment": [], "labs": [], "stays": []}
    for number in range(patients):
        _patient(f"p{number:04d}", chance, world, days)
    for lines in world.values():
        chance.shuffle(lines)
    for number, line in enumerate(world["fills"]):
        line["fill_id"] = f"f{number}"
    return write(folder, world.pop("fills"), **world)


def _patient(name: str, chance: random.Random, world: dict[str, list[dict[str, Any]]], days: int) -> None:
    frailty, end = chance.gauss(0, 1), days if chance.random() < 0.7 else chance.randint(100, days)
    person = {"patient_id": name, "birth_year": chance.randint(1935, 2006), "sex": chance.choice("FMU")}
    person |= {
        "payer": chance.choice(("commercial", "medicare", "medicaid", "cash", "")),
        "depression": chance.choice("01"),
    }
    person["death_date"] = day(end) if end < days and chance.random() < 0.2 else ""
    world["patients"].append(person)
    begin = chance.choice((-400, chance.randint(-50, 90)))
    middle = chance.randint(begin, end)
    spans = [(begin, middle), (middle + chance.choice((1, 1, 1, 2)), end)] if chance.random() < 0.3 else [(begin, end)]
    world["enrolment"] += [{"patient_id": name, "enrol_start": day(a), "enrol_end": day(b)} for a, b in spans if a <= b]
    for _ in range(chance.choice((0, 0, 1, 2))):
        admit = chance.randint(0, days - 20)
        leave = "" if chance.random() < 0.1 else day(admit + chance.randint(1, 40))
        world["stays"].append({"patient_id": name, "admit_date": day(admit), "discharge_date": leave})
    for _ in range(chance.randint(0, 6)):
        value = round(chance.gauss(7.5 + 0.5 * frailty, 0.6), 1)
        when = day(chance.randint(-100, days))
        world["labs"].append({"patient_id": name, "lab_date": when, "loinc": "4548-4", "value": value, "unit": "%"})
    for brand in chance.sample("ABCD", chance.randint(1, 3)):
        world["fills"] += _fills(name, brand, frailty, chance, end)


def _fills(name: str, brand: str, frailty: float, chance: random.Random, end: int) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    now, supply = chance.randint(-90, 250), chance.choice((7, 28, 30, 30, 90))
    while now <= end:
        shown: object = supply if chance.random() < 0.97 else chance.choice(("", 0, 500))
        copay = round(chance.expovariate(1 / 30), 2)
        more = {"copay": copay, "refills_remaining": chance.randint(0, 5), "channel": chance.choice(("retail", "mail"))}
        line = fill(now, shown, brand, name, status="paid", **more)
        lines.append(line)
        if chance.random() < 0.03:
            lines.append(line | {"status": "reversed"})
        if chance.random() < 0.02:
            lines.append(dict(line))
        stop = 0.03 + 0.12 * (len(lines) < 2) + 0.1 * (frailty > 0.5) + 0.1 * (copay > 60)
        now += supply + (chance.randint(31, 150) if chance.random() < stop else round(chance.gauss(3 * frailty, 4)))
        now = max(now, -90)
    return lines
