"""Rows, run-outs and labels against the slow reference, on worlds by chance and other settings of H, G, L and the grid."""

from datetime import date
from pathlib import Path

import pytest
from reference import Rules, truth
from worlds import build, random_world


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("horizon", "gap", "look_back", "step"), [(30, 30, 180, 30), (14, 60, 120, 7), (60, 20, 365, 13)]
)
def test_all_rows_and_labels(  # noqa: PLR0917
    tmp_path: Path, seed: int, horizon: int, gap: int, look_back: int, step: int
) -> None:
    """Every row of the reference is there, no other, with the same days of supply left, stop and switch."""
    random_world(tmp_path, 1000 * horizon + seed)
    first, end = date(2022, 1, 3), date(2023, 11, 20)
    given = {"horizon_days": horizon, "permissible_gap_days": gap, "look_back_days": look_back, "step_days": step}
    found = build(tmp_path, first_date=first, data_end=end, **given).rows
    names = ["patient_id", "brand", "index_date", "days_left_exact", "y_any", "y_switch"]
    actual = {tuple(row[:3]): (int(row[3]), bool(row[4]), bool(row[5])) for row in found[names].itertuples(index=False)}
    expected = {
        key: (row.days_left, row.stop, row.switch)
        for key, row in truth(tmp_path, Rules(first, step, horizon, gap, look_back, end)).items()
    }
    assert actual == expected
    assert len(expected) > 150
