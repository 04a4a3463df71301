"""The exact probability of a stop: calibrated against what happened, and never beaten by a model that sees the same."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from adherence import settings
from adherence.data import tables
from adherence.features import dataset, split
from adherence.model import model
from adherence.model.calibrate import auc, slope

from mlops.adherence.synthetic import World, simulate
from mlops.adherence.synthetic.bayes import Index, stop_probability


def _with_truth(world: World, folder: Path) -> pd.DataFrame:
    world.extract(date(2025, 3, 1), folder)
    report = tables.Report()
    rows = dataset.build(tables.read(folder, report), settings.load(), None).rows
    names = {name: number for number, name in enumerate(world.catalog.table["brand"])}
    start = np.datetime64(world.start)
    day = (pd.to_datetime(rows["index_date"]).to_numpy().astype("datetime64[D]") - start).astype(np.int64)
    left = rows["days_left_exact"].to_numpy(dtype=np.int64)
    patient = rows["patient_id"].str[1:].astype(int).to_numpy()
    index = Index(patient, rows["brand"].map(names).to_numpy(dtype=np.int64), day, day + left)
    return rows.assign(bayes=stop_probability(world, index))


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Index rows of 4,000 patients with their exact probability."""
    return _with_truth(simulate(4000, 31), tmp_path_factory.mktemp("world"))


def test_the_probability_is_what_happens(rows: pd.DataFrame) -> None:
    """Overall and in ten bins the observed share lies within chance of it; 0 where the supply lasts beyond the horizon."""
    p, y = rows["bayes"].to_numpy(), rows["y"].to_numpy(dtype=float)
    assert (p[rows["days_left_exact"] > 30] == 0).all()
    usual = (rows["days_left_exact"] <= 30).to_numpy() & ~rows["imputed"].to_numpy(dtype=bool)
    p, y = p[usual], y[usual]
    assert y.sum() / p.sum() == pytest.approx(1, abs=0.05)
    assert slope(p, y) == pytest.approx(1, abs=0.06)
    for part in np.array_split(np.argsort(p, kind="stable"), 10):
        chance = np.sqrt((p[part] * (1 - p[part])).sum()) / len(part)
        # rows of one patient go together, hence more than the 1.96 of independent rows; insulin's unknown days of supply add a little
        assert abs(y[part].mean() - p[part].mean()) < 4.5 * chance + 0.004


def test_no_model_beats_it(rows: pd.DataFrame) -> None:
    """The leak detector: a model's AUC on other patients at later dates is at most .005 above the exact probability's."""
    chosen = settings.load(rounds=150, learning_rate=0.09, bags=2, bag_rounds=10, folds=2)
    folds = split.split(rows, chosen)
    fitted = model.fit(folds["train"], folds["calibration"], chosen)
    test = folds["test"]
    y = test["y"].to_numpy()
    found, ceiling = auc(y, fitted.probability(fitted.encoder.matrix(test))), auc(y, test["bayes"].to_numpy())
    assert ceiling - 0.02 < found < ceiling + 0.005
    leaked = test["y_any"] + 0.01 * test["bayes"]  # what a leaked column would do
    assert auc(y, leaked.to_numpy()) > ceiling + 0.005
