"""Every pitfall of dispensing data that is planted is counted, in the feature step's report and in what the evaluation page shows."""

import json
from pathlib import Path
from typing import Any

import pytest
from adherence.data import pitfalls
from adherence.steps import main
from worlds import day, fill, write

INSULIN = {"brand": "I", "ingredient": "insulin glargine", "drug_class": "basal insulin"}
USUAL = {"copay": 10, "status": "paid", "quantity": 30}
PLANTED: dict[str, list[dict[str, Any]]] = {
    "days_supply missing": [fill(3, "")],
    "days_supply below 1": [fill(3, 0), fill(40, -5)],
    "days_supply above 365": [fill(3, 366), fill(40, 999), fill(80, 30)],
    "reversed": [fill(3) | {"status": "reversed"}, fill(3)],
    "repeated fill_id": [fill(3) | {"fill_id": "twice"}, fill(3) | {"fill_id": "twice"}],
    "same-day fills merged": [fill(3), fill(3), fill(3)],
    "insulin fills (days_supply unreliable)": [fill(3) | INSULIN, fill(33) | INSULIN],
    "substitutions (same ingredient, another product)": [fill(3), fill(33, brand="A generic") | {"ingredient": "same"}],
    "fills of 28-day packs": [fill(3, 28), fill(31, 56)],
    "changes of days_supply within a series": [fill(3, 30), fill(33, 90), fill(123, 90)],
    "dose changes (quantity a day by more than 20 %)": [
        fill(3),
        fill(33) | {"quantity": 60},
        fill(63) | {"quantity": 66},
    ],
}
EXPECTED = dict.fromkeys(PLANTED, 1) | {
    "days_supply below 1": 2,
    "days_supply above 365": 2,
    "same-day fills merged": 2,
    "insulin fills (days_supply unreliable)": 2,
    "fills of 28-day packs": 2,
}


def _counts(folder: Path, fills: list[dict[str, Any]], **tables: Any) -> dict[str, int]:
    write(folder / "data", [USUAL | line for line in fills], **tables)
    flags = ["--purpose", "score", "--as-of", day(100), "--data", str(folder / "data"), "--output", str(folder / "f")]
    assert main(["features", *flags]) == 0
    counts: dict[str, int] = json.loads((folder / "f" / "features.json").read_text())["counts"]
    return counts


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_pitfall_is_counted(tmp_path: Path, name: str) -> None:
    """Beside 60 days of usual supply of another brand, the pitfall is counted as often as it was planted."""
    ingredient = {"ingredient": "same"} if name.startswith("substitutions") else {}
    planted = [line | (ingredient if line["brand"] == "A" else {}) for line in PLANTED[name]]
    usual = [fill(45, brand="Z"), fill(75, brand="Z")]
    without, found = _counts(tmp_path / "a", usual), _counts(tmp_path / "b", usual + planted)
    assert without[name] == 0
    assert found[name] == EXPECTED[name]


def test_hospital_days_are_counted(tmp_path: Path) -> None:
    """A stay of four days within the supply moves the run-out by four days."""
    stays = [{"patient_id": "p", "admit_date": day(50), "discharge_date": day(54)}]
    assert _counts(tmp_path / "a", [fill(45), fill(75)])["hospital days added to run-outs"] == 0
    assert _counts(tmp_path / "b", [fill(45), fill(75)], stays=stays)["hospital days added to run-outs"] == 4


def test_none_is_silent(tmp_path: Path) -> None:
    """The report has a line for each, zeros included; small counts are not shown, and what cannot be counted says why."""
    assert {it.counted for it in pitfalls.PITFALLS} == {*PLANTED, "hospital days added to run-outs"}
    counts = _counts(tmp_path, [fill(45), fill(75)])
    shown = {
        line["what"]: line["count"] for line in pitfalls.table(counts | {"reversed": 10, "repeated fill_id": 11}, 11)
    }
    assert set(shown) == {it.counted for it in pitfalls.PITFALLS}
    assert (shown["reversed"], shown["repeated fill_id"], shown["days_supply missing"]) == ("< 11", 11, 0)
    del counts["dose changes (quantity a day by more than 20 %)"]
    dose = pitfalls.table(counts, 11)[-1]
    assert dose["count"] == "unknown: no column quantity"
