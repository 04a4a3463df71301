"""Compare a batch with its baseline: scores per feature, and which features have drifted.

Joint rule (default): a feature has drifted when its two-sample test is significant at a false-discovery rate of 5 % over all features
(Benjamini-Hochberg) AND the change is large (W1 over the baseline's standard deviation > .1; for categories a Jensen-Shannon distance
> .1). The tests compare the batch with the baseline's sketch; what the two sketches cannot resolve is taken off the distance first.
Rows of one unit (patient) are not independent: where the units are known, the tests count units instead of rows, which is exact
for what never changes within a unit and cautious for the rest (design effect; Kish 1965).

Rule ``aws``: Model Monitor's own distance (Simple or Robust) against its threshold.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from mlops.monitoring import distances, significance
from mlops.monitoring.baseline import Baseline, Feature, Numbers
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.levels import may_name
from mlops.monitoring.sketch import Cdf, cdf, rank_error

RULES = ("joint", "aws")
FALSE_DISCOVERY_RATE = 0.05
MINIMUM_ROWS = 200
_SMALLEST_SHOWN = 1e-12  # the tests are asymptotic: a smaller p-value says nothing more
_OTHER = "values not in the baseline"


@dataclass
class FeatureDrift:
    """Scores of one feature; ``score`` is what the rule compares with ``threshold`` (0 where nothing was compared)."""

    name: str
    type: str
    threshold: float
    drifted: bool = False
    score: float = 0.0
    p_value: float = 1.0
    scores: dict[str, float] = field(default_factory=dict)
    change: str = ""
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """For drift_report.json: the scores beside the rest, rounded to six digits."""
        flat = asdict(self)
        flat |= flat.pop("scores")
        return {key: round(value, 6) if isinstance(value, float) else value for key, value in flat.items()}


def compare(baseline: Baseline, batch: Summary, rule: str) -> list[FeatureDrift]:
    """Scores and decisions for every feature of the baseline."""
    evidence = Evidence(_share(baseline.units, baseline.rows), _share(batch.units, batch.rows))
    found = [_compared(feature, batch.columns.get(feature.name), evidence) for feature in baseline.features.values()]
    compared = [drift for drift in found if drift.scores]
    if rule == "aws":
        _decide_as_aws(compared)
    else:
        _decide_jointly(compared)
    return found


class Evidence(NamedTuple):
    """How much independent evidence a row is: units per row, in the baseline and in the batch."""

    baseline: float
    batch: float


def _share(units: int | None, rows: int) -> float:
    return 1.0 if units is None else min(1.0, units / rows)


def _compared(feature: Feature, column: Column | None, evidence: Evidence) -> FeatureDrift:
    limits = feature.limits
    drift = FeatureDrift(
        feature.name, feature.type, limits.distance if feature.numbers else limits.categorical_distance
    )
    if column is None:
        drift.why = "the column is missing"
    elif not (limits.evaluate and limits.compare):
        drift.why = "not compared: the constraints disable it"
    elif min(feature.present, column.present) < MINIMUM_ROWS:
        drift.why = f"fewer than {MINIMUM_ROWS} values: only schema and completeness are checked"
    elif feature.numbers and column.numbers.count >= MINIMUM_ROWS:
        _score_numbers(drift, feature, feature.numbers, column, evidence)
    elif feature.categories:
        _score_categories(drift, feature.categories, column, evidence)
    else:
        drift.why = "not compared: " + (
            "the batch holds no numbers" if feature.numbers else "too many different texts for a distribution"
        )
    return drift


def _score_numbers(drift: FeatureDrift, feature: Feature, numbers: Numbers, column: Column, evidence: Evidence) -> None:
    levels = column.numbers.sketch.levels
    one, other = cdf(numbers.levels), cdf(levels)
    n, m = feature.present, column.numbers.count
    distance = distances.ks(one, other)
    blur = rank_error(n) + rank_error(m)
    expected, actual = distances.bins(one, other)
    independent = n * evidence.baseline, m * evidence.batch
    drift.p_value = significance.ks_p_value(max(0.0, distance - blur), *independent)
    effect = _effect(one, other, numbers.std)
    drift.scores = {
        "psi": distances.psi(expected, actual),
        "js": distances.jensen_shannon(expected, actual),
        "ks": distance,
        "w1_over_sd": effect,
        "linf_simple": distance,
        "linf_robust": distances.linf_robust(distance, n, m),
        "aws_distance": distances.aws_distance(numbers.levels, levels, robust=feature.limits.robust),
        "noise_floor": distances.noise_floor(*independent),
        "effect": effect,
    }
    drift.change = f"on average {numbers.mean:.4g} before, {column.numbers.mean:.4g} now"


def _effect(one: Cdf, other: Cdf, std: float) -> float:
    """W1 in baseline standard deviations; a constant that has changed at all counts as a whole one."""
    shift = distances.wasserstein(one, other)
    return shift / std if std > 0 else float(shift > 0)


def _score_categories(drift: FeatureDrift, before: dict[str, int], column: Column, evidence: Evidence) -> None:
    names = [*before, _OTHER]
    known = [column.values.get(name, 0) for name in before]
    first = np.array([*before.values(), 0], dtype=np.float64)
    second = np.array([*known, column.present - sum(known)], dtype=np.float64)
    n, m = float(first.sum()), float(second.sum())
    p, q = first / n, second / m
    largest = int(np.argmax(np.abs(p - q)))
    distance = float(np.abs(p - q).max())
    effect = distances.jensen_shannon(p, q)
    drift.p_value = significance.chi_square_p_value(first * evidence.baseline, second * evidence.batch)
    drift.scores = {
        "psi": distances.psi(p, q),
        "js": effect,
        "linf_simple": distance,
        "linf_robust": distances.linf_robust(distance, n, m),
        "aws_distance": distances.linf_robust(distance, n, m),
        "noise_floor": distances.noise_floor(n * evidence.baseline, m * evidence.batch),
        "effect": effect,
    }
    named = names[largest] == _OTHER or may_name(drift.name, max(first[largest], second[largest]))
    which = names[largest] if named else "one of its values"
    drift.change = f"{which}: {p[largest]:.1%} before, {q[largest]:.1%} now"


def _decide_as_aws(compared: list[FeatureDrift]) -> None:
    for drift in compared:
        drift.scores.pop("effect")
        drift.score = drift.scores["aws_distance"]
        drift.drifted = drift.score > drift.threshold
        drift.why = f"{drift.change}; {_against('Model Monitor distance', drift)}"


def _decide_jointly(compared: list[FeatureDrift]) -> None:
    rejected = significance.significant([drift.p_value for drift in compared], FALSE_DISCOVERY_RATE)
    for drift, certain in zip(compared, rejected, strict=True):
        drift.score = drift.scores.pop("effect")
        drift.drifted = certain and drift.score > drift.threshold
        name = "standard deviations moved" if "w1_over_sd" in drift.scores else "Jensen-Shannon distance"
        p = f"p {drift.p_value:.2g}" if drift.p_value > _SMALLEST_SHOWN else f"p < {_SMALLEST_SHOWN:g}"
        chance = f"{'not explained by chance' if certain else 'may be chance'} ({p})"
        drift.why = f"{drift.change}; {_against(name, drift)}; {chance}"


def _against(name: str, drift: FeatureDrift) -> str:
    size = "large" if drift.score > drift.threshold else "small"
    return f"{size} ({name}: {drift.score:.3f}, limit {drift.threshold:g})"
