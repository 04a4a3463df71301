"""From CSV tables to predictions, as users go: import, approve, train, approve, predict; then AUC against the exact probability.

The data set has 10,000 patients up to 2024-06-30; predictions are for other patients on three later dates. What happened to them, and
the exact probability given what was visible, is the generator's.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from adherence import settings
from adherence.data import tables
from adherence.features import dataset
from adherence.model.calibrate import auc

from mlops.adherence import synthetic
from mlops.adherence.synthetic.bayes import Index, stop_probability
from mlops.adherence.synthetic.world import World
from mlops.aws import connect

LATER = tuple(date(2024, 6, 30) + timedelta(days=days) for days in (60, 120, 180))
_KNOWN = date(2025, 3, 1)  # outcomes of the last date are known by then


@dataclass(frozen=True)
class Found:
    """Rows predicted whose outcome is known, their stops, and how well the two rank them."""

    rows: int
    stops: int
    auc: float
    bayes: float
    observed_over_expected: float


def main() -> int:
    """1 where a bound is missed."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = show(Path(folder), trained=10_000, predicted=10_000)
    gap = found.auc - found.bayes
    lines = [
        ("rows predicted / stops", f"{found.rows} / {found.stops}", "", True),
        ("AUC / Bayes", f"{found.auc:.4f} / {found.bayes:.4f}", "", True),
        ("AUC minus Bayes", f"{gap:+.4f}", ">= -0.010", gap >= -0.010),
        ("AUC minus Bayes (leak detector)", f"{gap:+.4f}", "<= 0.005", gap <= 0.005),
        ("observed / expected", f"{found.observed_over_expected:.3f}", "", True),
        ("seconds, everything", f"{time.monotonic() - began:.0f}", "", True),
    ]
    for what, value, bound, kept in lines:
        sys.stdout.write(f"{what:<50} {value:>18} {bound:>12} {'' if kept else 'MISSED'}\n")
    return int(not all(kept for *_, kept in lines))


def show(folder: Path, trained: int, predicted: int) -> Found:
    """Everything in a working folder of its own, with an embedded AWS that ends with it."""
    _mlops(folder, "up")
    try:
        _mlops(folder, "deploy")
        _mlops(folder, "project", "create", "adherence")
        return compare(folder, trained, predicted)
    finally:
        _mlops(folder, "down", "--wipe", "--yes")


def compare(folder: Path, trained: int, predicted: int, dates: tuple[date, ...] = LATER) -> Found:
    """The same with a platform and a project ``adherence`` that are there."""
    _mlops(folder, "synthesize", "delivered", "--patients", str(trained), "--seed", "31")
    _mlops(folder, "dataset", "import", "delivered", "--name", "imported", "--as", "data-scientist")
    _mlops(folder, "dataset", "approve", "imported@v1", "--reason", "looked at", "--as", "ml-engineer")
    told = json.loads(
        _mlops(folder, "train", "adherence", "--dataset", "imported@v1", "--json", "--as", "data-scientist")
    )
    version = str(told["version"])
    _mlops(folder, "model", "approve", "adherence", version, "--reason", "better", "--as", "ml-engineer")
    world = synthetic.simulate(predicted, 32)
    world.extract(_KNOWN, folder / "whole")
    rows = pd.concat([_predicted(folder, world, day).merge(_truth(world, folder / "whole", day)) for day in dates])
    y, p = rows["y"].to_numpy(dtype=np.float64), rows["p_stop"].to_numpy()
    return Found(len(rows), int(y.sum()), auc(y, p), auc(y, rows["bayes"].to_numpy()), float(y.sum() / p.sum()))


def _predicted(folder: Path, world: World, day: date) -> pd.DataFrame:
    """What the pipeline predicts from the tables as they were on the day."""
    batch = f"batch-{day}"
    world.extract(day, folder / batch)
    arguments = ("--data", batch, "--as-of", str(day), "--json", "--as", "data-scientist")
    told = json.loads(_mlops(folder, "predict", "adherence", *arguments))
    bucket, key = told["predictions"].removeprefix("s3://").split("/", 1)
    s3 = connect("local", folder / ".mlops").client("s3")
    body = s3.get_object(Bucket=bucket, Key=f"{key}/predictions.csv")["Body"]
    found = pd.read_csv(body, dtype={"patient_id": str, "brand": str}, keep_default_na=False)
    return found[["patient_id", "brand", "index_date", "p_stop"]]


def _truth(world: World, whole: Path, day: date) -> pd.DataFrame:
    """What happened to the rows of the day, and the exact probability of it given what was visible then."""
    report = tables.Report()
    read = tables.read(whole, report)
    report.refuse()
    chosen = settings.load(first_date=day, step_days=10_000, data_end=_KNOWN)
    rows = dataset.build(read, chosen, None).rows
    names = {name: number for number, name in enumerate(world.catalog.table["brand"])}
    now = np.full(len(rows), (day - world.start).days)
    run_out = now + rows["days_left_exact"].to_numpy(dtype=np.int64)
    patient = rows["patient_id"].str[1:].to_numpy().astype(np.int64)
    index = Index(patient, rows["brand"].map(names).to_numpy(dtype=np.int64), now, run_out)
    return rows[["patient_id", "brand", "index_date", "y"]].assign(bayes=stop_probability(world, index))


def _mlops(folder: Path, *arguments: str) -> str:
    """Standard output of a command that must succeed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    command = [sys.executable, "-m", "mlops", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"mlops {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
