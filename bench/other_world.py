"""A second generator, which shares nothing with the first or with the seed code: other brands, effects, rhythm, and dirt in the files.

Plain Python, patient by patient. A patient is of one of three hidden kinds (steady, forgetful, wavering), which drives lateness and
stopping. Because there are three kinds only, the exact probability of a stop given everything seen is a sum of three terms.
"""
# ruff: noqa: S311 (chance, not secrets)

import csv
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

BEGIN, END = date(2016, 2, 1), date(2020, 6, 30)
HORIZON, GAP, LOOK_BACK, STEP = 28, 45, 150, 28
FIRST_INDEX = date(2016, 8, 9)
LAST = (END - BEGIN).days
_KINDS = (0.5, 0.3, 0.2)
_STOP_SHIFT = (-0.7, 0.1, 1.1)
_LATE_MEAN = (1.5, 6.0, 9.0)
_LATE_MOST = 40
_SWITCH = 0.025
# brand, ingredient, class, days of supply, base log-odds, monthly price
_BRANDS = (
    ("NA", "nateglinide", "meglitinide", (30, 90), -2.3, 20.0),
    ("Prandin", "repaglinide", "meglitinide", (30, 90), -2.6, 24.0),
    ("Über-Gluco", "metformin", "biguanide", (30, 90), -3.1, 6.0),
    ("Riomet, liquid", "metformin", "biguanide", (30,), -2.4, 18.0),
    ("Byetta", "exenatide", "incretin mimetic", (30,), -1.9, 60.0),
    ("Adlyxin", "lixisenatide", "incretin mimetic", (28, 84), -2.2, 48.0),
    ("Steglatro", "ertugliflozin", "gliflozin", (30, 90), -2.7, 44.0),
    ("Brenzavvy", "bexagliflozin", "gliflozin", (30, 90), -2.5, 30.0),
    ("Semglee", "insulin glargine", "long-acting insulin", (28, 56), -2.9, 25.0),
    ("Basaglar", "insulin glargine", "long-acting insulin", (28, 56), -2.8, 35.0),
)


@dataclass
class Fill:
    """One dispensing; ``log_odds`` of stopping at its run-out without the kind's shift; ``late`` days after the run-out before."""

    day: int
    supply: int
    copay: float
    refills: int
    run_out: int
    log_odds: float
    late: int | None
    decision: str = ""  # refill, stop, switch, or nothing seen of it
    sibling: int = -1
    sibling_day: int = -1


@dataclass
class Patient:
    """One patient with all fills by brand number; several series of one brand follow each other."""

    number: int
    kind: int
    born: int
    sex: str
    payer: str
    depression: int
    meds: int
    hba1c: float
    copay_level: float
    begin: int
    end: int
    stays: list[tuple[int, int]]
    series: list[tuple[int, list[Fill]]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The patient_id."""
        return f"{self.number:06d}-x"


def simulate(count: int, seed: int) -> list[Patient]:
    """``count`` patients."""
    return [_patient(number, random.Random(f"{seed}/{number}")) for number in range(count)]


def _patient(number: int, chance: random.Random) -> Patient:
    kind = chance.choices((0, 1, 2), _KINDS)[0]
    begin = max(0, chance.randint(-400, LAST - 300))
    end = min(LAST, begin + 300 + int(chance.expovariate(1 / 900)))
    age = chance.choice((35, 45, 52, 58, 63, 68, 74, 81)) + chance.randint(-4, 4)
    payer = "medicare" if age >= 65 else chance.choices(("commercial", "medicaid", "cash"), (7, 3, 1))[0]
    stays = []
    if chance.random() < 0.25:
        day = chance.randint(begin, end)
        stays.append((day, day + chance.randint(2, 12)))
    patient = Patient(
        number, kind, BEGIN.year - age, chance.choice("FM"), payer, int(chance.random() < 0.25), chance.randint(0, 9),
        chance.gauss(7.9, 1.1), math.exp(chance.gauss(0, 0.5)), begin, end, stays,
    )  # fmt: skip
    classes = chance.sample(sorted({brand[2] for brand in _BRANDS}), chance.choice((1, 1, 2, 3)))
    used: set[int] = set()
    for drug_class in classes:
        options = [index for index, brand in enumerate(_BRANDS) if brand[2] == drug_class]
        _take(patient, chance.choice(options), begin + chance.randint(0, 250), used, chance)
    return patient


def _take(patient: Patient, brand: int, start: int, used: set[int], chance: random.Random) -> None:
    """Dispense until a stop, a switch or the end of enrolment; then perhaps what follows."""
    used.add(brand)
    fills: list[Fill] = []
    patient.series.append((brand, fills))
    supply, day, run_out, late = chance.choice(_BRANDS[brand][3]), start, start, None
    while day <= patient.end:
        number = sum(len(other) for name, other in patient.series if name == brand)
        if number == 5 and chance.random() < 0.2:
            supply = chance.choice(_BRANDS[brand][3])
        copay = _copay(patient, brand, day, chance) * supply / 30
        refills = 4 - number % 5
        run_out = _later(max(run_out, day), supply, patient.stays)
        odds = _log_odds(patient, brand, number, copay / supply * 30, refills, late)
        fill = Fill(day, supply, round(copay, 2), refills, run_out, odds, late)
        fills.append(fill)
        stop = _sigmoid(odds + _STOP_SHIFT[patient.kind])
        siblings = [i for i, other in enumerate(_BRANDS) if other[2] == _BRANDS[brand][2] and i not in used]
        switch = _SWITCH * (1 - stop) if siblings else 0.0
        draw = chance.random()
        if draw < stop:
            fill.decision = "stop"
            if chance.random() < 0.3:
                _take(patient, brand, run_out + GAP + 5 + int(chance.expovariate(1 / 90)), used, chance)
            return
        if draw < stop + switch:
            fill.decision, fill.sibling = "switch", chance.choice(siblings)
            fill.sibling_day = run_out + chance.randint(0, 9)
            _take(patient, fill.sibling, fill.sibling_day, used, chance)
            return
        fill.decision = "refill"
        late = _draw_late(patient.kind, chance)
        day = run_out + late


def _later(day: int, supply: int, stays: list[tuple[int, int]]) -> int:
    while supply > 0:
        supply -= not any(begin <= day < end for begin, end in stays)
        day += 1
    return day


def _copay(patient: Patient, brand: int, day: int, chance: random.Random) -> float:
    factor = {"commercial": 1.0, "medicare": 0.8, "medicaid": 0.2, "cash": 2.5}[patient.payer]
    reset = 1.6 if (BEGIN + timedelta(days=day)).month in {4, 5} else 1.0  # this plan's year begins in April
    return _BRANDS[brand][5] * factor * patient.copay_level * reset * chance.uniform(0.9, 1.1)


def _log_odds(  # noqa: PLR0917
    patient: Patient, brand: int, number: int, copay: float, refills: int, late: int | None
) -> float:
    young = 0.5 if BEGIN.year - patient.born < 50 else 0.0
    return (
        _BRANDS[brand][4]
        + (0.9 if number == 0 else 0.0)
        + 0.5 * math.log1p(copay / 15)
        + 0.4 * patient.depression
        + 0.15 * (patient.hba1c - 7.9)
        + (0.7 if refills == 0 else 0.0)
        + 0.03 * (late or 0)
        - 0.04 * patient.meds
        + young
        + (0.5 if _BRANDS[brand][0] == "Byetta" and patient.sex == "F" else 0.0)
    )


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _late_shares(kind: int) -> list[float]:
    """P(late = 0.._LATE_MOST): geometric, cut."""
    q = _LATE_MEAN[kind] / (1 + _LATE_MEAN[kind])
    raw = [(1 - q) * q**day for day in range(_LATE_MOST + 1)]
    return [value / sum(raw) for value in raw]


_SHARES = [_late_shares(kind) for kind in range(3)]
_TAILS = [[sum(shares[day + 1 :]) for day in range(_LATE_MOST + 1)] for shares in _SHARES]


def _draw_late(kind: int, chance: random.Random) -> int:
    return chance.choices(range(_LATE_MOST + 1), _SHARES[kind])[0]


def bayes(patient: Patient, brand: int, day: int) -> float | None:
    """P(stop within the horizon, no switch | everything seen up to ``day``); None where the brand has no fill by then."""
    weights = list(_KINDS)
    own: tuple[Fill, list[Fill]] | None = None
    for name, fills in patient.series:
        seen = [fill for fill in fills if fill.day <= day]
        for fill, following in pairwise(seen):
            for kind in range(3):
                stay = (1 - _sigmoid(fill.log_odds + _STOP_SHIFT[kind])) * _SHARES[kind][following.late or 0]
                weights[kind] *= stay
        if not seen:
            continue
        if name == brand and (own is None or seen[-1].day > own[0].day):
            if own is not None:
                _close(weights, own[0], day, patient, brand)
            own = (seen[-1], fills)
        else:
            _close(weights, seen[-1], day, patient, name)
    if own is None:
        return None
    fill = own[0]
    parts = [_open(fill, kind, day, patient, brand) for kind in range(3)]
    whole = sum(weight * sum(part) for weight, part in zip(weights, parts, strict=True))
    stop = sum(weight * part[0] for weight, part in zip(weights, parts, strict=True))
    return stop / whole if fill.run_out <= day + HORIZON and whole > 0 else 0.0


def _close(weights: list[float], fill: Fill, day: int, patient: Patient, brand: int) -> None:
    for kind in range(3):
        weights[kind] *= max(sum(_open(fill, kind, day, patient, brand)), 1e-300)


def _open(fill: Fill, kind: int, day: int, patient: Patient, brand: int) -> tuple[float, float, float]:
    """P(stop, switch, refill after the last fill, and what was seen of it by ``day`` | kind)."""
    since = day - fill.run_out
    stop = _sigmoid(fill.log_odds + _STOP_SHIFT[kind])
    first: dict[int, int] = {}
    for name, fills in patient.series:
        if fills:
            first[name] = min(first.get(name, 10**6), fills[0].day)
    siblings = [
        i for i, other in enumerate(_BRANDS)
        if other[2] == _BRANDS[brand][2] and i != brand and first.get(i, 10**6) > fill.day
    ]  # fmt: skip
    switch = _SWITCH * (1 - stop) if siblings else 0.0
    if fill.decision == "switch" and fill.sibling_day <= day:
        return 0.0, switch, 0.0
    unseen = min(1.0, max(0.0, (9 - since) / 10))
    late = _TAILS[kind][min(since, _LATE_MOST)] if since >= 0 else 1.0
    return stop, switch * unseen, (1 - stop - switch) * late


def write(patients: list[Patient], folder: Path, seed: int) -> None:
    """The tables, in the schema, rows shuffled, with every pitfall of the data format."""
    folder.mkdir(parents=True)
    chance = random.Random(f"dirt/{seed}")
    _save(folder, "patients", [_person(patient) for patient in patients], chance)
    _save(folder, "fills", _lines(patients, chance), chance)
    _save(folder, "enrolment", [span for patient in patients for span in _spans(patient, chance)], chance)
    _save(folder, "labs", [lab for patient in patients for lab in _tests(patient, chance)], chance)
    stays = [
        {"patient_id": patient.name, "admit_date": _day(begin), "discharge_date": _day(end)}
        for patient in patients
        for begin, end in patient.stays
    ]
    _save(folder, "stays", stays, chance)


def _save(folder: Path, name: str, rows: Sequence[dict[str, Any]], chance: random.Random) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)
    with (folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(shuffled[0]), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(shuffled)


def _day(day: int) -> str:
    return (BEGIN + timedelta(days=day)).isoformat()


def _person(patient: Patient) -> dict[str, object]:
    return {
        "sex": patient.sex,
        "patient_id": patient.name,
        "n_chronic_meds": patient.meds,
        "birth_year": patient.born,
        "payer": patient.payer if patient.number % 50 else "",
        "depression": patient.depression,
        "favourite_colour": "green",
    }


def _spans(patient: Patient, chance: random.Random) -> list[dict[str, object]]:
    end = patient.end if patient.end < LAST or chance.random() < 0.7 else LAST + 900  # some plans are open-ended
    if chance.random() < 0.3:
        middle = chance.randint(patient.begin + 1, patient.end - 1)
        parts = [(patient.begin, middle), (middle + 1, end)]
    else:
        parts = [(patient.begin, end)]
    return [{"enrol_end": _day(b), "patient_id": patient.name, "enrol_start": _day(a)} for a, b in parts]


def _tests(patient: Patient, chance: random.Random) -> list[dict[str, object]]:
    result: list[dict[str, object]] = []
    day = patient.begin + chance.randint(0, 100)
    while day <= patient.end:
        value = round(patient.hba1c + chance.gauss(0, 0.3), 1)
        mmol = chance.random() < 0.1
        result.append(
            {
                "patient_id": patient.name,
                "loinc": "4548-4",
                "lab_date": _day(day),
                "value": round((value - 2.15) * 10.929) if mmol else value,
                "unit": "mmol/mol" if mmol else "%",
            }
        )
        result.append(
            {"patient_id": patient.name, "loinc": "2345-7", "lab_date": _day(day), "value": 140, "unit": "mg/dL"}
        )
        day += chance.randint(60, 200)
    return result


def _lines(patients: list[Patient], chance: random.Random) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    for patient in patients:
        for brand, fills in patient.series:
            for fill in fills:
                lines += _line(patient, brand, fill, chance)
    for number, line in enumerate(lines):
        line["fill_id"] = f"00{number}"
    repeated = [dict(line) for line in lines if chance.random() < 0.005]
    return lines + repeated


def _line(patient: Patient, brand: int, fill: Fill, chance: random.Random) -> list[dict[str, object]]:
    name, ingredient, drug_class = _BRANDS[brand][:3]
    line: dict[str, object] = {
        "fill_id": "",
        "patient_id": patient.name,
        "fill_date": _day(fill.day),
        "brand": name,
        "ndc": f"{brand:011d}",
        "ingredient": ingredient,
        "drug_class": drug_class,
        "days_supply": fill.supply,
        "copay": fill.copay,
        "refills_remaining": fill.refills,
        "status": "paid",
    }
    result = [line]
    if fill.supply >= 84 and chance.random() < 0.02:
        half = fill.supply // 2
        result = [line | {"days_supply": half, "copay": 0}, line | {"days_supply": fill.supply - half}]
    elif fill.supply == min(_BRANDS[brand][3]) and chance.random() < 0.01:
        result = [line | {"days_supply": chance.choice(("", "0", "999"))}]
    if chance.random() < 0.01:
        result.append(line | {"status": "reversed"})
    return result
