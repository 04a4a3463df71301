"""Nothing that is dated after the index date changes a feature, a row, or a prediction."""

import csv
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from adherence import dataset, features, settings, split
from worlds import build, day, random_world, write

Lines = list[dict[str, str]]
_DATES = {"fills": "fill_date", "labs": "lab_date", "stays": "admit_date", "enrolment": "enrol_start"}


def _read(folder: Path) -> dict[str, Lines]:
    result = {}
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            result[path.stem] = list(csv.DictReader(stream))
    return result


def _deleted(world: dict[str, Lines], last: str) -> dict[str, Lines]:
    """Everything that was not known on ``last`` is gone."""
    kept = {
        name: [dict(row) for row in rows if row.get(_DATES.get(name, ""), "") <= last] for name, rows in world.items()
    }
    for row in kept["enrolment"]:
        row["enrol_end"] = min(row["enrol_end"], last)
    for row in kept["stays"]:
        row["discharge_date"] = "" if row["discharge_date"] > last else row["discharge_date"]
    for row in kept["patients"]:
        row["death_date"] = "" if row["death_date"] > last else row["death_date"]
    return kept


def _altered(world: dict[str, Lines], last: str) -> dict[str, Lines]:
    """Everything dated later says something else."""
    chance, later = random.Random(last), (date.fromisoformat(last) + timedelta(days=1)).isoformat()
    changed = {name: [dict(row) for row in rows] for name, rows in world.items()}
    for row in changed["fills"]:
        if row["fill_date"] > last:
            row |= {
                "days_supply": str(chance.randint(0, 400)),
                "copay": "999",
                "fill_date": later,
                "status": chance.choice(("paid", "reversed")),
            }
            row |= {"brand": chance.choice("ABCDE"), "ingredient": "?", "drug_class": "?"}
    for row in changed["labs"]:
        row["value"] = "14" if row["lab_date"] > last else row["value"]
    for row in changed["stays"]:
        row["discharge_date"] = "2029-01-01" if row["discharge_date"] > last else row["discharge_date"]
        row["admit_date"] = later if row["admit_date"] > last else row["admit_date"]
    for row in changed["enrolment"]:
        row["enrol_end"] = "2031-01-01" if row["enrol_end"] > last else row["enrol_end"]
    for row in changed["patients"]:
        row["death_date"] = later if row["death_date"] > last else row["death_date"]
    return changed


def differing(
    folder: Path, scratch: Path, number: int, change: Callable[[dict[str, Lines], str], dict[str, Lines]]
) -> list[str]:
    """Columns of the rows to score that the change of later records has changed ("rows" where the rows themselves differ)."""
    world = _read(folder)
    changed = change(world, day(number))
    write(scratch, changed.pop("fills"), **changed)
    before, after = build(folder, number).rows, build(scratch, number).rows
    if before[dataset.KEYS].values.tolist() != after[dataset.KEYS].values.tolist():
        return ["rows"]
    assert len(before) > 15
    return [name for name in before.columns if before[name].to_numpy().tobytes() != after[name].to_numpy().tobytes()
            and before[name].tolist() != after[name].tolist()]  # fmt: skip


@pytest.mark.parametrize("change", [_deleted, _altered])
@pytest.mark.parametrize("number", [120, 300, 421])
def test_later_records_change_nothing(tmp_path: Path, number: int, change: Callable[..., dict[str, Lines]]) -> None:
    """Bit for bit, whether later records are deleted or say something else."""
    random_world(tmp_path / "whole", number)
    assert differing(tmp_path / "whole", tmp_path / "changed", number, change) == []


def test_a_leaked_column_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature that looks at the next fill is named by the detector."""
    make = features.make

    def leaky(sources: features.Sources, rows: object) -> tuple[pd.DataFrame, dict[str, int]]:
        made, counts = make(sources, rows)  # type: ignore[arg-type]
        following = np.r_[sources.ledger.day[1:], 0][rows.fill]  # type: ignore[attr-defined]
        return made.assign(days_since_fill=following.astype(float)), counts

    monkeypatch.setattr(features, "make", leaky)
    random_world(tmp_path / "whole", 1)
    assert differing(tmp_path / "whole", tmp_path / "changed", 300, _deleted) == ["days_since_fill"]


def test_training_and_scoring_see_the_same(tmp_path: Path) -> None:
    """The features of a training row are those that scoring would have had on its day."""
    random_world(tmp_path, 5)
    trained = build(tmp_path, step_days=30).rows
    for index_date in sorted(set(trained["index_date"]))[5:20:5]:
        mine = trained[trained["index_date"] == index_date].set_index(dataset.KEYS)
        scored = build(tmp_path, (date.fromisoformat(index_date) - date(2022, 1, 1)).days).rows.set_index(dataset.KEYS)
        names = list(features.NUMERIC)
        pd.testing.assert_frame_equal(mine[names], scored.loc[mine.index, names], check_exact=True)


def test_folds_share_no_patient_and_keep_the_outcome_apart(tmp_path: Path) -> None:
    """No patient is in two folds, and the last training outcome is known before the first test date."""
    random_world(tmp_path, 6, patients=150)
    chosen = settings.load(step_days=30)
    folds = split.split(build(tmp_path, step_days=30).rows, chosen)
    patients = {name: set(folds[name]["patient_id"]) for name in ("train", "calibration", "test")}
    assert not patients["train"] & patients["test"]
    assert not patients["calibration"] & patients["test"]
    assert not patients["train"] & patients["calibration"]
    last = max(max(folds[name]["index_date"]) for name in ("train", "calibration"))
    assert date.fromisoformat(min(folds["test"]["index_date"])) - date.fromisoformat(last) > timedelta(days=60)


def test_appended_patients_move_nobody(tmp_path: Path) -> None:
    """A patient's fold depends on the patient_id alone."""
    ids = np.array([f"p{number}" for number in range(500)], dtype=object)
    alone, together = split.patient_share(ids[:100], "s"), split.patient_share(ids, "s")
    assert alone.tolist() == together[:100].tolist()
