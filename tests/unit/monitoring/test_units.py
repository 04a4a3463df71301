"""Rows of one unit are not independent evidence: with units named, clustered data raise no false alarm and keep real ones."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from mlops.errors import RefusedInput
from mlops.monitoring.analyzer import baseline, check, load_baseline
from mlops.monitoring.sources import Source


def write(path: Path, generator: np.random.Generator, units: int, shift: float = 0.0) -> Path:
    """Twelve rows a unit; ``x`` is the same in all of them, as an HbA1c or a payer nearly is."""
    own = generator.normal(shift, 1.0, units)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["x", "unit"])
        rows.writerows([f"{own[number]:.4f}", number] for number in range(units) for _ in range(12))
    return path


def alarms(folder: Path, shift: float, unit: str, runs: int = 25) -> int:
    """How many of 25 comparisons of 150 units with 150 others find drift."""
    found = 0
    for run in range(runs):
        generator = np.random.default_rng(run)
        base = write(folder / f"{run}" / "base.csv", generator, 150)
        batch = write(folder / f"{run}" / "batch.csv", generator, 150, shift)
        baseline(Source(base), folder / f"{run}" / "known", unit)
        known = load_baseline(folder / f"{run}" / "known")
        found += bool(check(Source(batch), known, folder / f"{run}" / "found", unit=unit).drifted)
    return found


def test_units_remove_the_false_alarms_of_clustered_rows(tmp_path: Path) -> None:
    """Without units nearly every comparison of equal populations alarms; with units about one in twenty may."""
    without = [column_dropped(tmp_path / "rows", run) for run in range(25)]
    assert sum(without) > 10
    assert alarms(tmp_path / "units", 0.0, "unit") <= 4  # binomial(25, .05): more than 4 has probability .007


def column_dropped(folder: Path, run: int) -> bool:
    """The same comparison by rows alone."""
    generator = np.random.default_rng(run)
    paths = [write(folder / f"{run}" / name, generator, 150) for name in ("base.csv", "batch.csv")]
    for path in paths:
        lines = [line.split(",")[0] for line in path.read_text().splitlines()]
        path.write_text("\n".join(lines) + "\n")
    baseline(Source(paths[0]), folder / f"{run}" / "known")
    return bool(
        check(Source(paths[1]), load_baseline(folder / f"{run}" / "known"), folder / f"{run}" / "found").drifted
    )


def test_a_real_shift_is_still_found(tmp_path: Path) -> None:
    """A shift of one standard deviation of the units alarms every time."""
    assert alarms(tmp_path, 1.0, "unit") == 25


def test_the_unit_is_no_feature_and_its_count_is_kept(tmp_path: Path) -> None:
    """statistics.json counts the units (within the sketch's 5 %) and does not describe their column."""
    data = write(tmp_path / "a.csv", np.random.default_rng(1), 400)
    baseline(Source(data), tmp_path / "known", "unit")
    statistics = json.loads((tmp_path / "known" / "statistics.json").read_text())
    assert [feature["name"] for feature in statistics["features"]] == ["x"]
    assert statistics["dataset"]["item_count"] == 4800
    assert statistics["dataset"]["unit_count"] == pytest.approx(400, rel=0.15)


def test_a_missing_unit_column_is_refused(tmp_path: Path) -> None:
    """The message names the column."""
    data = tmp_path / "a.csv"
    data.write_text("x\n1\n2\n")
    with pytest.raises(RefusedInput, match="column unit is missing"):
        baseline(Source(data), tmp_path / "known", "unit")
