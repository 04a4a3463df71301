"""The recorded split is the seed code's split, the same in SQL, and stable when data are appended."""

from pathlib import Path

import numpy as np
import pytest
from adherence.features.split import patient_share
from adherence.settings import Settings, load
from hypothesis import given
from hypothesis import strategies as st

from mlops.cli.dataset_common import project
from mlops.datasets.registry.splits import Split, share, share_sql
from mlops.datasets.sql import connection


def test_hand_worked_vector() -> None:
    """printf 's:P1' | md5sum gives 30270335...; its first eight digits are u."""
    assert share("s", "P1") == 0x30270335 / 2**32


@given(st.lists(st.text(min_size=1).filter(lambda it: "\0" not in it and it.isprintable()), min_size=1, max_size=20))
def test_equal_to_the_seed_code(ids: list[str]) -> None:
    """Whatever the ids: the same u as the training pipeline computes."""
    assert [share("adherence-1", it) for it in ids] == list(patient_share(np.array(ids, dtype=object), "adherence-1"))


def test_equal_in_sql() -> None:
    """DuckDB computes the same u."""
    ids = [f"P{n:07d}" for n in range(500)] + ["Ü", "00123"]
    with connection() as db:
        rows = db.execute(f"SELECT id, {share_sql('salt', 'id')} FROM (SELECT unnest(?) AS id)", [ids]).fetchall()  # noqa: S608
    assert rows == [(it, share("salt", it)) for it in ids]


def test_the_project_split_is_the_seed_codes() -> None:
    """Shares and salt come from project.toml, as the seed code reads it."""
    settings: Settings = load()
    split = project().split
    assert (split.salt, split.test, split.calibration) == (
        settings.salt,
        settings.test_patients,
        settings.calibration_patients,
    )


def test_recorded_counts_and_stability_on_append(tmp_path: Path) -> None:
    """Units per fold add up, and no unit moves when others are appended."""
    split = Split("s", 0.3, 0.2)
    ids = [f"P{n}" for n in range(2000)]

    def record(count: int) -> dict[str, int]:
        (tmp_path / "patients.csv").write_text("\n".join(["patient_id", *ids[:count]]) + "\n")
        return dict(split.record(tmp_path)["units"])

    small, large = record(1000), record(2000)
    folds = {it: split.fold(it) for it in ids}
    assert small == {name: [folds[it] for it in ids[:1000]].count(name) for name in ("calibration", "test", "train")}
    assert sum(large.values()) == 2000
    assert large["test"] / 2000 == pytest.approx(0.3, abs=0.04)
    assert {name: large[name] - small[name] for name in large} == {
        name: [folds[it] for it in ids[1000:]].count(name) for name in large
    }
