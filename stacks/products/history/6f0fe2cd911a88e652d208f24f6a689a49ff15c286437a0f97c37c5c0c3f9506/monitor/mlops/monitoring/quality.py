"""Model quality: measured once labels have matured, estimated before that, and compared between groups.

Probabilities ``p`` are of the positive class, labels ``y`` are 0 or 1; ``unit`` tells which rows belong together (one patient's),
for the bootstrap.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops.monitoring.sketch import Floats

SMALLEST_CELL = 11
_BINS = 15
_SAMPLES = 200
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % bootstrap interval; None where it is not defined (one class only)."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Quality:
    """How good the predictions of some rows were."""

    rows: int
    positives: int
    auc: Interval
    brier: Interval
    calibration_error: Interval
    observed_over_expected: Interval

    def to_json(self) -> dict[str, Any]:
        """Plain values, six digits."""
        return {
            name: {key: _rounded(part) for key, part in value.items()} if isinstance(value, dict) else value
            for name, value in asdict(self).items()
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def auc(p: Floats, y: Floats) -> float | None:
    """Area under the ROC curve (Mann-Whitney, ties count half); ``y`` may be a weight of the positive class."""
    positive, negative = y.sum(), (1 - y).sum()
    if positive == 0 or negative == 0:
        return None
    _, position = np.unique(p, return_inverse=True)
    high, low = np.bincount(position, y), np.bincount(position, 1 - y)
    below = np.cumsum(low) - low
    return float((high * (below + low / 2)).sum() / (positive * negative))


def brier(p: Floats, y: Floats) -> float:
    """Mean squared difference of probability and outcome."""
    return float(np.square(p - y).mean())


def calibration_error(p: Floats, y: Floats) -> float:
    """Expected calibration error over fifteen bins of equal count."""
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, min(_BINS, len(p)))
    return float(sum(abs(p[part].mean() - y[part].mean()) * len(part) for part in parts) / len(p))


def observed_over_expected(p: Floats, y: Floats) -> float | None:
    """Positives per expected positive."""
    return float(y.sum() / p.sum()) if p.sum() > 0 else None


def measure(p: Floats, y: Floats, unit: npt.NDArray[Any], seed: int = 0, samples: int = _SAMPLES) -> Quality:
    """Figures with intervals from a bootstrap over units: rows of one patient stay together."""
    draws = list(_resampled(unit, seed, samples))

    def interval(figure: Callable[[Floats, Floats], float | None]) -> Interval:
        drawn = [value for rows in draws if (value := figure(p[rows], y[rows])) is not None]
        ends = np.quantile(drawn, [0.025, 0.975]) if drawn else (None, None)
        return Interval(figure(p, y), *(None if end is None else float(end) for end in ends))

    return Quality(
        rows=len(p),
        positives=int(y.sum()),
        auc=interval(auc),
        brier=interval(brier),
        calibration_error=interval(calibration_error),
        observed_over_expected=interval(observed_over_expected),
    )


def _resampled(unit: npt.NDArray[Any], seed: int, samples: int) -> Sequence[Integers]:
    """Row numbers of every bootstrap sample: as many units as there are, drawn with replacement."""
    generator = np.random.default_rng(seed)
    _, owner = np.unique(unit, return_inverse=True)
    order, counts = np.argsort(owner, kind="stable"), np.bincount(owner)
    begins = np.cumsum(counts) - counts
    result = []
    for _ in range(samples):
        drawn = generator.integers(0, len(counts), len(counts))
        sizes = counts[drawn]
        offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        result.append(order[np.repeat(begins[drawn], sizes) + offsets])
    return result


@dataclass(frozen=True)
class Estimate:
    """Expected quality while the labels are unknown: what calibrated probabilities imply (CBPE)."""

    rows: int
    auc: float | None
    brier: float
    positives: float


def estimate(p: Floats) -> Estimate:
    """Confidence-based performance estimation (NannyML): every row is positive with its own probability.

    Holds as long as the probabilities are calibrated: it sees a change of the inputs, not a change of what they lead to.
    """
    return Estimate(len(p), auc(p, p), float((p * (1 - p)).mean()), float(p.sum()))


@dataclass(frozen=True)
class Gap:
    """Quality by the groups of one attribute, and the largest difference between any two."""

    attribute: str
    groups: dict[str, dict[str, float | int | None]]
    suppressed: int
    calibration_gap: float
    auc_gap: float
    selection_gap: float


def gaps(p: Floats, y: Floats, groups: dict[str, npt.NDArray[Any]], threshold: float) -> list[Gap]:
    """Bias gaps per attribute; groups with a count under eleven (rows, positives or negatives) are not shown."""
    return [_gap(name, p, y, values.astype(str), threshold) for name, values in groups.items()]


def _gap(name: str, p: Floats, y: Floats, values: npt.NDArray[Any], threshold: float) -> Gap:
    found: dict[str, dict[str, float | int | None]] = {}
    suppressed = 0
    for group in np.unique(values):
        rows = values == group
        positives = int(y[rows].sum())
        if min(positives, int(rows.sum()) - positives) < SMALLEST_CELL:
            suppressed += 1
            continue
        found[str(group)] = {
            "rows": int(rows.sum()),
            "positives": positives,
            "observed_over_expected": _rounded(observed_over_expected(p[rows], y[rows])),
            "auc": _rounded(auc(p[rows], y[rows])),
            "selected": _rounded(float((p[rows] >= threshold).mean())),
        }
    spans = (_span(found, key) for key in ("observed_over_expected", "auc", "selected"))
    return Gap(name, found, suppressed, *spans)


def _span(groups: dict[str, dict[str, float | int | None]], key: str) -> float:
    values = [value for group in groups.values() if (value := group[key]) is not None]
    return round(max(values) - min(values), 6) if values else 0.0
