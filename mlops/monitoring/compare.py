"""Compare a batch with its baseline: scores per feature, and which features have drifted.

Joint rule: a feature has drifted when its two-sample test is significant at a false-discovery rate of 5 % over all features
(Benjamini-Hochberg) AND the change is large (W1 over the baseline's standard deviation > .1; for categories a Jensen-Shannon distance
> .1). The tests compare the batch with the baseline's sketch; what the sketches cannot resolve (1.33 / 2048 of a rank, twice) is taken
off the distance first. Rows of one patient are not independent, which makes p-values too small: the effect size carries the decision.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from mlops.monitoring import distances
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.sketch import Cdf, cdf

EFFECT = 0.1
FALSE_DISCOVERY_RATE = 0.05
MINIMUM_ROWS = 200
_SKETCH_ERROR = 2 * 1.33 / 2048


@dataclass
class FeatureDrift:
    """Scores of one feature; ``score`` is the effect size that the decision looks at (0 where nothing was compared)."""

    name: str
    type: str
    drifted: bool = False
    score: float = 0.0
    threshold: float = EFFECT
    p_value: float = 1.0
    scores: dict[str, float] = field(default_factory=dict)
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """For drift_report.json: the scores beside the rest, rounded to six digits."""
        flat = asdict(self)
        flat |= flat.pop("scores")
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in flat.items()}


def compare(
    baseline: Mapping[str, Any], batch: Summary, overrides: Mapping[str, float], rule: str
) -> list[FeatureDrift]:
    """Scores and decisions for every feature of the baseline that the batch has; ``overrides`` are thresholds by feature."""
    rows = int(baseline["dataset"]["item_count"])
    found = []
    for feature in baseline["features"]:
        column = batch.columns.get(feature["name"])
        drift = FeatureDrift(
            feature["name"], feature["inferred_type"], threshold=overrides.get(feature["name"], EFFECT)
        )
        if column is None:
            drift.why = "the column is missing"
        elif min(rows, batch.rows) < MINIMUM_ROWS:
            drift.why = f"fewer than {MINIMUM_ROWS} rows: only schema and completeness are checked"
        else:
            _score(drift, feature, column)
        found.append(drift)
    _decide(found, rule)
    return found


def _score(drift: FeatureDrift, feature: Mapping[str, Any], column: Column) -> None:
    numbers, texts = feature.get("numerical_statistics"), feature.get("string_statistics")
    if numbers and column.numeric and column.count:
        _score_numbers(drift, numbers, column)
    elif texts and "distribution" in texts and column.present:
        _score_categories(drift, texts, column)
    else:
        drift.why = "not comparable: no distribution in the baseline, or nothing in the batch"


def _score_numbers(drift: FeatureDrift, numbers: Mapping[str, Any], column: Column) -> None:
    one, other = cdf(numbers["distribution"]["kll"]["sketch"]["data"]), cdf(column.sketch.levels)
    n, m = int(numbers["common"]["num_present"]), column.count
    distance = distances.ks(one, other)
    exact = max(0.0, distance - (_SKETCH_ERROR if max(n, m) > 4000 else 0.0))
    expected, actual = distances.bins(one, other)
    drift.p_value = distances.ks_p_value(exact, n, m)
    drift.score = _effect(one, other, float(numbers["std_dev"]))
    drift.scores = {
        "psi": distances.psi(expected, actual),
        "js": distances.jensen_shannon(expected, actual),
        "ks": distance,
        "w1_over_sd": drift.score,
        "linf_simple": distance,
        "linf_robust": distances.linf_robust(distance, n, m),
        "aws_distance": distances.aws_distance(one, other, n, m),
        "noise_floor": distances.noise_floor(n, m),
    }
    drift.why = f"mean {numbers['mean']:.4g} -> {column.mean:.4g}, W1/sd {drift.score:.3f}, KS {distance:.3f} (p {drift.p_value:.2g})"


def _effect(one: Cdf, other: Cdf, std: float) -> float:
    """W1 in baseline standard deviations; a constant that has changed at all counts as a whole one."""
    shift = distances.wasserstein(one, other)
    return shift / std if std > 0 else float(shift > 0)


def _score_categories(drift: FeatureDrift, texts: Mapping[str, Any], column: Column) -> None:
    before = {bucket["value"]: bucket["count"] for bucket in texts["distribution"]["categorical"]["buckets"]}
    names = sorted(set(before) | set(column.values))
    n, m = sum(before.values()), sum(column.values.values())
    p = np.array([before.get(name, 0) / n for name in names])
    q = np.array([column.values.get(name, 0) / m for name in names])
    drift.p_value = distances.chi_square_p_value(p, q, n, m)
    drift.score = distances.jensen_shannon(p, q)
    largest = int(np.argmax(np.abs(p - q)))
    distance = float(np.abs(p - q).max())
    drift.scores = {
        "psi": distances.psi(p, q),
        "js": drift.score,
        "linf_simple": distance,
        "linf_robust": distances.linf_robust(distance, n, m),
        "aws_distance": distances.linf_robust(distance, n, m),
        "noise_floor": distances.noise_floor(n, m),
    }
    drift.why = f"largest change: {names[largest]} {p[largest]:.1%} -> {q[largest]:.1%}, JS {drift.score:.3f} (p {drift.p_value:.2g})"


def _decide(found: list[FeatureDrift], rule: str) -> None:
    compared = [drift for drift in found if drift.scores]
    if rule == "aws":
        for drift in compared:
            drift.drifted = drift.scores["aws_distance"] > drift.threshold
        return
    rejected = distances.significant([drift.p_value for drift in compared], FALSE_DISCOVERY_RATE)
    for drift, certain in zip(compared, rejected, strict=True):
        drift.drifted = certain and drift.score > drift.threshold
