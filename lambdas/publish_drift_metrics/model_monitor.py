"""A drift report made of Model Monitor's own files, with its distance computed anew from both sketches; the standard library only.

Model Monitor writes the distance of a feature only where it exceeds the threshold, and no test, effect size or reason at all.
"""

import math
import re
from bisect import bisect_right
from typing import Any

from mlops.bundled import names

Document = dict[str, Any]  # one of Model Monitor's files, or a part of one
Levels = list[list[float]]  # a KLL sketch
Distribution = tuple[list[float], list[float]]  # distinct values with their running weights

_DISTANCE = re.compile(r"distance: ([0-9.eE+-]+) exceeds threshold: ([0-9.eE+-]+)")
_SCHEMA = {"data_type_check", "completeness_check", "missing_column_check", "extra_column_check"}
_DRIFT, _DOMAIN = "baseline_drift_check", "categorical_values_check"
_LACKS = "significance, effect size, PSI and Jensen-Shannon distance: Model Monitor computes none of them"
_NO_BASELINE = "distances of features that have not drifted: the baseline cannot be read"
_LIMITS = {"comparison_threshold": 0.1, "categorical_comparison_threshold": 0.1, "comparison_method": "Robust"}


def drift_report(violations: Document, statistics: Document, baseline: dict[str, Document | None]) -> Document:
    """As ``drift_report.json`` of the platform's analyzer; ``missing`` says what it lacks.

    ``baseline``: the baseline's ``statistics`` and ``constraints``, None where they could not be read.
    """
    found = violations["violations"]
    drifted = {item["feature_name"]: item["description"] for item in found if item["constraint_check_type"] == _DRIFT}
    before = {item["name"]: item for item in (baseline["statistics"] or {"features": []})["features"]}
    limits = _limits(baseline["constraints"] or {"features": []})
    features = [_feature(item, before.get(item["name"]), drifted, limits) for item in statistics["features"]]
    scores = [item["score"] for item in features if item["score"] is not None]
    kinds = [item["constraint_check_type"] for item in found]
    return {
        "version": 1,
        "engine": "sagemaker",
        "rule": "aws",
        names.ROWS: statistics["dataset"]["item_count"],
        "baseline_rows": (baseline["statistics"] or {"dataset": {"item_count": 0}})["dataset"]["item_count"],
        "units": None,
        "baseline_units": None,
        names.DRIFTED: bool(drifted) or _DOMAIN in kinds,
        names.DRIFT_SHARE: round(len(drifted) / max(len(scores), 1), 6),
        names.MAX_DRIFT_SCORE: max(scores, default=0.0),
        names.VIOLATIONS_COUNT: len(found),
        names.SCHEMA_VIOLATIONS: sum(kind in _SCHEMA for kind in kinds),
        "features": features,
        "violations": found,
        "missing": [_LACKS] if before else [_LACKS, _NO_BASELINE],
    }


def _limits(constraints: Document) -> dict[str, Document]:
    """Feature -> its thresholds: the file's, with the feature's own on top."""
    common = _flat(constraints.get("monitoring_config", {}))
    own = {item["name"]: _flat(item.get("monitoringConfigOverrides", {})) for item in constraints["features"]}
    return {name: {**_LIMITS, **common, **overrides} for name, overrides in own.items()}


def _flat(config: Document) -> Document:
    return {**config, **config.get("distribution_constraints", {})}


def _feature(now: Document, before: Document | None, drifted: dict[str, str], limits: dict[str, Document]) -> Document:
    name, own = now["name"], limits.get(now["name"], _LIMITS)
    numeric = "numerical_statistics" in now
    threshold = float(own["comparison_threshold" if numeric else "categorical_comparison_threshold"])
    score = _distance(before, now, robust=own["comparison_method"] == "Robust") if before else None
    why = "not compared" if score is None else f"Model Monitor distance {score:.3f}, limit {threshold:g}"
    if name in drifted:
        why, stated = drifted[name], _DISTANCE.search(drifted[name])
        if stated:
            score, threshold = float(stated[1]), float(stated[2])
    content = {"name": name, "type": now["inferred_type"], "threshold": threshold, "drifted": name in drifted}
    return content | {"score": None if score is None else round(score, 6), "change": _change(before, now), "why": why}


def _change(before: Document | None, now: Document) -> str:
    means = [(part or {}).get("numerical_statistics", {}).get("mean") for part in (before, now)]
    return "" if None in means else f"on average {means[0]:.4g} before, {means[1]:.4g} now"


def _distance(before: Document, now: Document, *, robust: bool) -> float | None:
    """Model Monitor's distance of two features; None where they have no distribution of the same kind."""
    one, other = _levels(before), _levels(now)
    if one and other:
        simple, n, m = _between_sketches(one, other)
    else:
        known, found = _counts(before), _counts(now)
        if not known or not found:
            return None
        simple, n, m = _between_tables(known, found)
    return max(0.0, simple - 1.8 * math.sqrt((n + m) / (n * m))) if robust else simple


def _between_sketches(before: Levels, now: Levels) -> tuple[float, float, float]:
    """(largest difference of the running shares, weight of the one, weight of the other)."""
    (one, n), (other, m) = _collapsed(before), _collapsed(now)
    return max(abs(_share(one, n, value) - _share(other, m, value)) for value in {*one[0], *other[0]}), n, m


def _between_tables(before: dict[str, int], now: dict[str, int]) -> tuple[float, float, float]:
    """(largest difference of a category's shares, rows of the one, rows of the other)."""
    n, m = sum(before.values()), sum(now.values())
    return max(abs(before.get(text, 0) / n - now.get(text, 0) / m) for text in {*before, *now}), n, m


def _levels(feature: Document) -> Levels:
    kll = feature.get("numerical_statistics", {}).get("distribution", {}).get("kll")
    return list(kll["sketch"]["data"]) if kll else []


def _counts(feature: Document) -> dict[str, int]:
    table = feature.get("string_statistics", {}).get("distribution", {}).get("categorical")
    return {item["value"]: item["count"] for item in table["buckets"]} if table else {}


def _collapsed(levels: Levels) -> tuple[Distribution, float]:
    """Distinct values with their running weights: each counts once, with the weight of the highest level that holds it."""
    weight = {value: 2.0**number for number, level in enumerate(levels) for value in level}
    values = sorted(weight)
    running, total = [], 0.0
    for value in values:
        total += weight[value]
        running.append(total)
    return (values, running), total


def _share(distribution: Distribution, total: float, value: float) -> float:
    place = bisect_right(distribution[0], value)
    return distribution[1][place - 1] / total if place else 0.0
