"""False alarms and power of the decision rules, simulated: ``make bench-drift`` (about two minutes of CPU).

Ten features of the kinds that tables have; a batch from the same distribution (false alarms), or with every feature shifted
(power). Rules: joint (ours), aws (Model Monitor, Robust), PSI > .1, KS or chi-square p < .05.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from mlops.monitoring import files
from mlops.monitoring.baseline import Baseline, load
from mlops.monitoring.columns import Summary, summarise
from mlops.monitoring.compare import FeatureDrift, compare

Generator = np.random.Generator
Maker = Callable[[Generator, int, float], np.ndarray]  # rows, shift in standard deviations


def _categories(shares: list[float]) -> Maker:
    """A mix of texts; the shift moves the logit of every second one."""

    def make(generator: Generator, rows: int, shift: float) -> np.ndarray:
        weights = np.array(shares) * np.exp(shift * (np.arange(len(shares)) % 2))
        names = np.array([f"v{number}" for number in range(len(shares))])
        return generator.choice(names, rows, p=weights / weights.sum())

    return make


FEATURES: dict[str, Maker] = {
    "normal": lambda g, n, d: g.normal(d, 1, n),
    "gamma": lambda g, n, d: g.gamma(2, 1, n) + d * 2**0.5,
    "exponential": lambda g, n, d: g.exponential(1, n) + d,
    "lognormal": lambda g, n, d: np.exp(g.normal(d, 1, n)),
    "days": lambda g, n, d: np.round(g.normal(30 + 8 * d, 8, n)).astype(int),
    "count": lambda g, n, d: g.poisson(3 + d * 3**0.5, n),
    "zero-inflated": lambda g, n, d: np.where(g.random(n) < 0.6, 0.0, g.gamma(2, 1, n) * (1 + d)),
    "flag": lambda g, n, d: (g.random(n) < 0.3 + 0.458 * min(d, 1)).astype(int),
    "payer": _categories([0.5, 0.3, 0.15, 0.05]),
    "brand": _categories([0.05] * 20),
}
RULES: dict[str, Callable[[FeatureDrift, FeatureDrift], bool]] = {
    "joint": lambda joint, _: joint.drifted,
    "aws": lambda _, aws: aws.drifted,
    "PSI > .1": lambda joint, _: joint.scores["psi"] > 0.1,
    "p < .05": lambda joint, _: joint.p_value < 0.05,
}


def main(argv: Sequence[str] = ()) -> int:
    """Simulate and print a table; 1 where the joint rule flags more than one feature in a hundred without a shift."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    began = time.process_time()
    rows = [
        {"baseline": n, "batch": m, "shift": shift, "trials": trials, **_simulate(n, m, shift, trials)}
        for n, m in ((1_000, 200), (1_000, 1_000), (10_000, 1_000), (10_000, 10_000), (100_000, 100_000))
        for shift in (0.0, 0.02, 0.25, 0.5, 1.0)
        for trials in [max(4, arguments.trials // 10) if n == 100_000 else arguments.trials]
    ]
    if arguments.json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return 0
    names = list(RULES)
    sys.stdout.write(
        f"{'baseline':>9} {'batch':>8} {'shift/sd':>8} "
        + " ".join(f"{name:>10}" for name in names)
        + "  joint: any feature\n"
    )
    for row in rows:
        shares = " ".join(f"{row[name]:>10.1%}" for name in names)
        sys.stdout.write(
            f"{row['baseline']:>9,} {row['batch']:>8,} {row['shift']:>8.2f} {shares}  {row['any']:>6.1%}\n"
        )
    sys.stdout.write(f"share of features flagged, {len(FEATURES)} features; {time.process_time() - began:.0f} CPU-s\n")
    return int(any(row["joint"] > 0.01 for row in rows if row["shift"] == 0))


def _simulate(n: int, m: int, shift: float, trials: int) -> dict[str, float]:
    flagged = dict.fromkeys(RULES, 0)
    batches = 0
    for trial in range(trials):
        generator = np.random.default_rng([n, m, int(shift * 100), trial])
        known, batch = _baseline(_table(generator, n, 0.0)), summarise([_table(generator, m, shift)])
        pairs = list(zip(compare(known, batch, "joint"), compare(known, batch, "aws"), strict=True))
        for name, rule in RULES.items():
            flagged[name] += sum(rule(*pair) for pair in pairs)
        batches += any(pair[0].drifted for pair in pairs)
    return {name: count / trials / len(FEATURES) for name, count in flagged.items()} | {"any": batches / trials}


def _table(generator: Generator, rows: int, shift: float) -> pl.DataFrame:
    columns = {name: make(generator, rows, shift) for name, make in FEATURES.items()}
    return pl.DataFrame(columns).cast(pl.String())


def _baseline(table: pl.DataFrame) -> Baseline:
    summary: Summary = summarise([table])
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / "statistics.json", Path(folder) / "constraints.json"]
        files.write(paths[0], files.statistics(summary))
        files.write(paths[1], files.constraints(summary))
        return load(*paths)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
