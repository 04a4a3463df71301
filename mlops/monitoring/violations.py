"""constraint_violations.json: what in a batch breaks its baseline, in Model Monitor's words."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.compare import FeatureDrift

SCHEMA_CHECKS = {"data_type_check", "completeness_check", "missing_column_check", "extra_column_check"}
_Z = 4.0  # standard errors that completeness must fall by: one false alarm in 30,000 columns
_UNSEEN_SHARE = 0.01  # of the rows may have values outside the baseline's domain
_ORDER = {"Integral": 0, "Fractional": 1}


def violation(feature: str, check: str, description: str) -> dict[str, str]:
    """One entry."""
    return {"feature_name": feature, "constraint_check_type": check, "description": description}


def find(
    constraints: Mapping[str, Any], baseline_rows: int, batch: Summary, drifts: list[FeatureDrift]
) -> list[dict[str, str]]:
    """All violations, schema first."""
    features = {feature["name"]: feature for feature in constraints["features"]}
    found = list(_columns(features, batch))
    for name, feature in features.items():
        column = batch.columns.get(name)
        if column is not None:
            found += _values(feature, column, baseline_rows)
    return [*found, *_drift(drifts)]


def _columns(features: Mapping[str, Any], batch: Summary) -> Iterator[dict[str, str]]:
    missing, extra = (
        [name for name in features if name not in batch.columns],
        [name for name in batch.columns if name not in features],
    )
    counts = (
        f"Number of columns in current dataset: {len(batch.columns)}, "
        f"Number of columns in baseline constraints: {len(features)}"
    )
    if missing:
        text = f"There are missing columns in current dataset. {counts}. Missing: {', '.join(missing)}"
        yield violation("Missing columns", "missing_column_check", text)
    if extra:
        text = f"There are extra columns in current dataset. {counts}. Extra: {', '.join(extra)}"
        yield violation("Extra columns", "extra_column_check", text)


def _values(feature: Mapping[str, Any], column: Column, baseline_rows: int) -> Iterator[dict[str, str]]:
    name, expected = feature["name"], feature["inferred_type"]
    total = column.present + column.missing
    completeness = column.present / total
    least = float(feature["completeness"])
    if completeness < least and _falls(least, completeness, baseline_rows, total):
        text = f"Data completeness: {completeness:.4f} is below the baseline's {least:.4f}"
        yield violation(name, "completeness_check", text)
    share = _matching(column, expected)
    if share < 1.0:
        text = (
            f"Data type match requirement is not met. Expected data type: {expected}, Expected match: 100.0%. "
            f"Observed: Only {share:.1%} of data is {expected}."
        )
        yield violation(name, "data_type_check", text)
    if feature.get("num_constraints", {}).get("is_non_negative") and column.numeric and column.low < 0:
        yield violation(name, "num_constraints", f"Values must not be negative; the smallest is {column.low:g}")
    domain = feature.get("string_constraints", {}).get("domains")
    if domain is not None:
        yield from _domain(name, set(domain), column)


def _falls(before: float, now: float, n: int, m: int) -> bool:
    """Whether the fall is more than chance: a two-sample z-test on the shares."""
    pooled = (before * n + now * m) / (n + m)
    error = math.sqrt(max(pooled * (1 - pooled), 1e-12) * (1 / n + 1 / m))
    return (before - now) / error > _Z


def _matching(column: Column, expected: str) -> float:
    """Share of the present values that fit the expected type; every value fits String and Unknown."""
    if column.present == 0 or expected in {"String", "Unknown"}:
        return 1.0
    fitting = sum(column.kinds[kind] for kind in ("Integral", "Fractional") if _ORDER[kind] <= _ORDER.get(expected, -1))
    if expected == "Boolean":
        fitting = column.kinds["Boolean"]
    return fitting / column.present


def _domain(name: str, domain: set[str], column: Column) -> Iterator[dict[str, str]]:
    unseen = {value: count for value, count in column.values.items() if value not in domain}
    share = sum(unseen.values()) / max(column.present, 1)
    if share > _UNSEEN_SHARE:
        text = f"{len(unseen)} values are not in the baseline's domain; {share:.1%} of the rows have one of them"
        yield violation(name, "categorical_values_check", text)


def _drift(drifts: list[FeatureDrift]) -> Iterator[dict[str, str]]:
    for drift in drifts:
        if drift.drifted:
            text = f"Baseline drift distance: {drift.score:.4f} exceeds threshold: {drift.threshold:g}"
            yield violation(drift.name, "baseline_drift_check", text)
