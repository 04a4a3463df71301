"""Section by section the same rules as the package, written independently: plain Python, patient by patient, day by day, and slow.

It shares no code with the package. A patient's stock of a brand is kept like a pill box: filled on fill days, one day used on every day
that is not spent in hospital.
"""

import csv
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

CAP = 180
DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Rules:
    """The parameters of the label and the index grid."""

    first: date
    step: int = 30
    horizon: int = 30
    gap: int = 30
    look_back: int = 180
    data_end: date | None = None


@dataclass(frozen=True)
class Truth:
    """What the rules say about one (patient, brand, index date)."""

    days_left: int
    stop: bool
    switch: bool


def day_number(text: str) -> int:
    """Days since 1970-01-01."""
    return (date.fromisoformat(text) - EPOCH).days


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """The rows of a table, all values as text."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def clean_fills(lines: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Without repeated and reversed lines; days of supply as a number, or None where unusable."""
    by_id: dict[str, dict[str, str]] = {}
    for line in lines:
        kept = by_id.get(line["fill_id"])
        if kept is None or line.get("status") == "reversed":
            by_id[line["fill_id"]] = line
    result = []
    for line in by_id.values():
        if line.get("status") == "reversed":
            continue
        text = line["days_supply"].strip()
        days = int(text) if text else 0
        result.append(
            {
                "patient": line["patient_id"],
                "brand": line["brand"],
                "day": day_number(line["fill_date"]),
                "days": days if 1 <= days <= 365 else None,
                "ingredient": line["ingredient"],
                "class": line["drug_class"],
            }
        )
    _impute(result)
    return result


def _impute(fills: list[dict[str, Any]]) -> None:
    """The brand's median over usable fills dated up to the fill's day, rounded down; 30 where there is none."""
    known = defaultdict(list)
    for fill in fills:
        if fill["days"] is not None:
            known[fill["brand"]].append((fill["day"], fill["days"]))
    for fill in fills:
        if fill["days"] is None:
            values = sorted(days for day, days in known[fill["brand"]] if day <= fill["day"])
            middle = len(values) // 2
            if not values:
                fill["days"] = 30
            elif len(values) % 2:
                fill["days"] = values[middle]
            else:
                fill["days"] = (values[middle - 1] + values[middle]) // 2


def truth(folder: Path, rules: Rules) -> dict[tuple[str, str, str], Truth]:
    """Every training row that the data of ``folder`` give, by (patient_id, brand, index date)."""
    fills = clean_fills(read(folder, "fills"))
    series: dict[str, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    kind = {}
    for fill in fills:
        series[fill["patient"]][fill["brand"]][fill["day"]] += fill["days"]
        kind[fill["brand"]] = (fill["ingredient"], fill["class"])
    stays, enrolled = defaultdict(list), defaultdict(list)
    for line in read(folder, "stays"):
        end = day_number(line["discharge_date"]) if line["discharge_date"] else 10**6
        stays[line["patient_id"]].append((day_number(line["admit_date"]), end))
    for line in read(folder, "enrolment"):
        enrolled[line["patient_id"]].append((day_number(line["enrol_start"]), day_number(line["enrol_end"])))
    newest = (rules.data_end - EPOCH).days if rules.data_end else max(fill["day"] for fill in fills)
    result: dict[tuple[str, str, str], Truth] = {}
    for person in read(folder, "patients"):
        who = person["patient_id"]
        for brand in series[who]:
            for day, found in _series(person, brand, series[who], kind, stays[who], enrolled[who], newest, rules):
                result[who, brand, (EPOCH + day * DAY).isoformat()] = found
    return result


def _series(  # noqa: PLR0917
    person: dict[str, str],
    brand: str,
    all_fills: dict[str, dict[int, int]],
    kind: dict[str, tuple[str, str]],
    stays: list[tuple[int, int]],
    enrolled: list[tuple[int, int]],
    newest: int,
    rules: Rules,
) -> list[tuple[int, Truth]]:
    fills = all_fills[brand]
    days = sorted(fills)
    found, waiting = [], dict(fills)
    death = day_number(person["death_date"]) if person.get("death_date") else 10**7
    grid, day, stock, empty_since, last_fill = (rules.first - EPOCH).days, days[0], 0, days[0], days[0]
    index = grid + ((day - grid + rules.step - 1) // rules.step) * rules.step
    index = max(index, grid)
    while index + rules.horizon + rules.gap <= newest:
        while day <= index:
            if day in waiting:
                stock, last_fill = min(stock, CAP) + waiting.pop(day), day
            if day == index:
                break
            inpatient = any(begin <= day < end for begin, end in stays)
            if stock > 0 and not inpatient:
                stock -= 1
                if stock == 0:
                    empty_since = day + 1
            day += 1
        run_out = index + stock if stock > 0 else empty_since
        if _eligible(person, index, run_out, days[0], last_fill, death, stays, enrolled, rules):
            found.append((index, _label(brand, index, run_out, all_fills, kind, stays, rules)))
        index += rules.step
    return found


def _eligible(  # noqa: PLR0917
    person: dict[str, str],
    index: int,
    run_out: int,
    first: int,
    last: int,
    death: int,
    stays: list[tuple[int, int]],
    enrolled: list[tuple[int, int]],
    rules: Rules,
) -> bool:
    until = index + rules.horizon + rules.gap
    since = max(first, index - rules.look_back)
    year = (EPOCH + index * DAY).year
    return (
        last > index - rules.look_back
        and index < run_out + rules.gap
        and all(any(begin <= day <= end for begin, end in enrolled) for day in (since, index, until))
        and _covered(since, until, enrolled)
        and death > until
        and not any(begin <= index < end for begin, end in stays)
        and year - int(person["birth_year"]) >= 18
    )


def _covered(since: int, until: int, spans: list[tuple[int, int]]) -> bool:
    day = since
    while day <= until:
        ends = [end for begin, end in spans if begin <= day <= end]
        if not ends:
            return False
        day = max(ends) + 1
    return True


def _label(  # noqa: PLR0917
    brand: str,
    index: int,
    run_out: int,
    all_fills: dict[str, dict[int, int]],
    kind: dict[str, tuple[str, str]],
    stays: list[tuple[int, int]],
    rules: Rules,
) -> Truth:
    left, end = run_out - index, run_out
    following = sorted(day for day in all_fills[brand] if day > index)
    boxes = None
    while end <= index + rules.horizon:
        if not following or following[0] > end + rules.gap:
            return Truth(left, True, _switched(brand, end, all_fills, kind, rules))
        following_day = following.pop(0)
        boxes = boxes or stocks(all_fills[brand], stays)
        end = empty_day(following_day, boxes[following_day], stays)
    return Truth(left, False, False)


def stocks(fills: dict[int, int], stays: list[tuple[int, int]]) -> dict[int, int]:
    """Days in the pill box after each fill."""
    result, stock, day = {}, 0, min(fills)
    while day <= max(fills):
        if day in fills:
            stock = result[day] = min(stock, CAP) + fills[day]
        if stock > 0 and not any(begin <= day < end for begin, end in stays):
            stock -= 1
        day += 1
    return result


def empty_day(day: int, stock: int, stays: list[tuple[int, int]]) -> int:
    """The first day without supply, where ``stock`` days are there on ``day`` and nothing is filled."""
    while stock > 0 and day < 5 * 10**4:
        if not any(begin <= day < end for begin, end in stays):
            stock -= 1
        day += 1
    return day if stock == 0 else 10**7


def _switched(
    brand: str, end: int, all_fills: dict[str, dict[int, int]], kind: dict[str, tuple[str, str]], rules: Rules
) -> bool:
    for other, fills in all_fills.items():
        related = kind[other][0] == kind[brand][0] or kind[other][1] == kind[brand][1]
        if other != brand and related and end - 30 <= min(fills) <= end + rules.gap:
            return True
    return False
