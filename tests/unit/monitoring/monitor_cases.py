"""Data sets that tests of the analyzer share."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from mlops.monitoring.analyzer import DriftReport, baseline, check, load_baseline
from mlops.monitoring.sources import Source


def claims(rows: int, seed: int = 0, **changes: Any) -> pl.DataFrame:
    """A small table of the domain; ``changes`` replace columns."""
    generator = np.random.default_rng(seed)
    frame = pl.DataFrame(
        {
            "copay": generator.gamma(2.0, 20.0, rows).round(2) + 0.001,
            "fills": generator.integers(0, 12, rows),
            "a1c": generator.normal(7.5, 1.2, rows).round(2) + 0.001,
            "payer": generator.choice(["commercial", "medicare", "medicaid", "cash"], rows, p=[0.5, 0.3, 0.15, 0.05]),
        }
    )
    return frame.with_columns(pl.Series(name, values) for name, values in changes.items())


def compared(folder: Path, before: pl.DataFrame, now: pl.DataFrame, rule: str = "joint") -> DriftReport:
    """The check of ``now`` against the baseline of ``before``, through files as a user does it."""
    folder.mkdir(parents=True, exist_ok=True)
    before.write_csv(folder / "before.csv")
    now.write_csv(folder / "now.csv")
    baseline(Source(folder / "before.csv"), folder / "baseline")
    return check(Source(folder / "now.csv"), load_baseline(folder / "baseline"), folder / "check", rule)


def checks(report: DriftReport) -> dict[str, str]:
    """Feature -> the check that it breaks (each of the cases breaks one)."""
    return {item["feature_name"]: item["constraint_check_type"] for item in report.violations}
