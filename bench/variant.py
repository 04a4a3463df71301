"""A third world, to check choices that were made while looking at the other two: the second generator with other numbers.

Horizon, gap, hidden kinds, lateness, brands' risks and seeds differ; nothing was chosen by what this prints.
"""

import importlib.util
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from adherence import settings
from adherence.features.split import split
from adherence.model.model import fit

from bench import model

TRAINED, TESTED = 10_000, 8_000
_SEED = 977


def main() -> int:
    """1 where a bound was missed."""
    table = model.Table()
    with tempfile.TemporaryDirectory() as folder:
        _measure(table, Path(folder) / "variant", _world())
    return int(any(not kept for *_, kept in table.lines))


def _world() -> Any:
    """A copy of the second generator with its numbers replaced."""
    spec = importlib.util.spec_from_file_location("variant_world", Path(__file__).with_name("other_world.py"))
    assert spec is not None
    assert spec.loader is not None
    world: Any = importlib.util.module_from_spec(spec)
    sys.modules["variant_world"] = world
    spec.loader.exec_module(world)
    world.HORIZON, world.GAP, world.LOOK_BACK, world.STEP = 35, 60, 200, 35
    world._KINDS, world._STOP_SHIFT, world._LATE_MEAN = (0.6, 0.25, 0.15), (-0.4, 0.2, 0.9), (2.5, 5.0, 11.0)
    world._SWITCH = 0.04
    world._BRANDS = tuple(
        (*brand[:4], brand[4] + 0.3 * (-1) ** number, brand[5]) for number, brand in enumerate(world._BRANDS)
    )
    world._SHARES = [world._late_shares(kind) for kind in range(3)]
    world._TAILS = [[sum(shares[day + 1 :]) for day in range(world._LATE_MOST + 1)] for shares in world._SHARES]
    return world


def _measure(table: model.Table, folder: Path, world: Any) -> None:
    patients = world.simulate(TRAINED + TESTED, _SEED)
    world.write(patients, folder, _SEED)
    chosen = settings.load(
        horizon_days=world.HORIZON, permissible_gap_days=world.GAP, look_back_days=world.LOOK_BACK,
        first_date=world.FIRST_INDEX, step_days=world.STEP, train_until=date(2019, 2, 1), salt="variant",
    )  # fmt: skip
    rows = model._rows(folder, chosen)
    rows["bayes"] = model._bayes(world, patients, rows)
    mine = rows["patient_id"].isin({patient.name for patient in patients[:TRAINED]})
    folds = split(rows[mine], chosen)
    later = rows[~mine & (rows["index_date"] >= min(folds["test"]["index_date"]))]
    test = pd.concat([folds["test"], later], ignore_index=True)
    fitted = fit(folds["train"], folds["calibration"], chosen)
    model._quality(table, "variant", fitted, test, folds["train"])
    model._by_brand(table, "variant", fitted, test)
    model._intervals(table, "variant", fitted, test, folds)


if __name__ == "__main__":
    sys.exit(main())
