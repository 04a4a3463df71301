"""The gate against the deployed version: how often it refuses a model that differs by its seed alone, and whether it sees worse ones."""

import dataclasses
import sys
import tempfile
from datetime import date
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
from adherence import settings
from adherence.data import tables
from adherence.features import split
from adherence.features.dataset import build
from adherence.model import model
from adherence.quality import champion, evaluate, metrics

from mlops.adherence import synthetic

_SEEDS = 7
_WORSE: tuple[dict[str, Any], ...] = ({"rounds": 50}, {"rounds": 20}, {"rounds": 1}, {"max_depth": 8})


def main() -> int:
    """1 where more than 5 % of the seeds' pairs are refused, or a model of one tree is not."""
    missed = 0
    for patients in (1500, 5000):
        folds = _folds(patients)
        seeds = [_fit(folds, seed=11 + number) for number in range(_SEEDS)]
        pairs = [_compare(new, old, folds["test"]) for new, old in permutations(seeds, 2)]
        refused = sum(not item["not_worse"] for item in pairs)
        largest = max(abs(item["auc_due_gain"]) for item in pairs)
        brier = max(item["brier_due_growth"] for item in pairs)
        sys.stdout.write(
            f"{patients} patients, {len(pairs)} pairs of seeds: {refused} refused; AUC of due rows differs by up to {largest:.4f}, "
            f"Brier score by up to {brier:.1%}\n"
        )
        missed |= refused > len(pairs) * 0.05
        for given in _WORSE:
            found = _compare(_fit(folds, **given), seeds[0], folds["test"])
            sys.stdout.write(f"{patients} patients, {given}: {found['summary']}\n")
            missed |= given == {"rounds": 1} and found["not_worse"]
    return int(missed)


def _folds(patients: int) -> dict[str, pd.DataFrame]:
    with tempfile.TemporaryDirectory() as folder:
        synthetic.simulate(patients, 7).extract(date(2024, 6, 30), Path(folder) / "data")
        made = build(tables.read(Path(folder) / "data", tables.Report()), settings.load(), None)
    return split.split(made.rows, settings.load())


def _fit(folds: dict[str, pd.DataFrame], **given: Any) -> model.Model:
    chosen = dataclasses.replace(settings.load(), bags=2, bag_rounds=2, **given)
    return model.fit(folds["train"], folds["calibration"], chosen)


def _compare(new: model.Model, old: model.Model, test: pd.DataFrame) -> dict[str, Any]:
    y, p = test["y"].to_numpy(dtype=float), new.probability(new.encoder.matrix(test))
    weights = metrics.Resample(test["patient_id"], 11).weights
    rows = champion.Rows.due(test, y, p, evaluate.strata(test, 30)["due"], weights)
    return champion.compare(new, champion.Champion("1", old), rows, test)


if __name__ == "__main__":
    sys.exit(main())
