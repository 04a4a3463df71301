"""constraint_violations.json: what in a batch breaks its baseline, in Model Monitor's words."""

from collections.abc import Iterator

from mlops.monitoring.baseline import Baseline, Feature
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.compare import MINIMUM_ROWS, FeatureDrift
from mlops.monitoring.significance import share_fell

Violation = dict[str, str]

SCHEMA_CHECKS = {"data_type_check", "completeness_check", "missing_column_check", "extra_column_check"}
_ERRORS = 4.0  # standard errors that completeness must fall by: one false alarm in 30,000 columns
_UNSEEN_SHARE = 0.01  # of the rows may have values outside the baseline's domain, under the joint rule
_NAMED = 10


def find(baseline: Baseline, batch: Summary, drifts: list[FeatureDrift], rule: str) -> list[Violation]:
    """All violations, schema first; rule ``aws`` allows no tolerance for chance."""
    found = list(_columns(baseline, batch, named=rule != "aws"))
    for name, feature in baseline.features.items():
        column = batch.columns.get(name)
        if column is not None and feature.limits.evaluate:
            found += _values(feature, column, baseline.rows, strict=rule == "aws")
    return [*found, *_drift(drifts)]


def _violation(feature: str, check: str, description: str) -> Violation:
    return {"feature_name": feature, "constraint_check_type": check, "description": description}


def _columns(baseline: Baseline, batch: Summary, *, named: bool) -> Iterator[Violation]:
    """The container's own sentences; ``named`` adds which columns are missing.

    Those that are too many are not named: where a batch has lost its header line, a record's values stand in its place.
    """
    missing = [name for name in baseline.features if name not in batch.columns]
    extra = [name for name in batch.columns if name not in baseline.features]
    counts = (
        f"Number of columns in current dataset: {len(batch.columns)}, "
        f"Number of columns in baseline constraints: {len(baseline.features)}"
    )
    for names, kind in ((missing, "missing"), (extra, "extra")):
        if names:
            which = f". {kind.capitalize()}: {_listed(names)}" if named and names is missing else ""
            text = f"There are {kind} columns in current dataset. {counts}{which}"
            yield _violation(f"{kind.capitalize()} columns", f"{kind}_column_check", text)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _values(feature: Feature, column: Column, baseline_rows: int, *, strict: bool) -> Iterator[Violation]:
    yield from _completeness(feature, column, baseline_rows, strict=strict)
    yield from _type(feature, column)
    yield from _sign(feature, column, baseline_rows, strict=strict)
    if feature.domain is not None and column.present:
        yield from _domain(feature, column, strict=strict)


def _completeness(feature: Feature, column: Column, baseline_rows: int, *, strict: bool) -> Iterator[Violation]:
    now, least, rows = column.completeness, feature.completeness, column.present + column.missing
    if now < least and (strict or share_fell(least, now, baseline_rows, rows, _ERRORS)):
        text = (
            f"Data completeness requirement is not met. Expected completeness: {_percent(least)}. "
            f"Observed: Only {_percent(now)} of data is complete."
        )
        yield _violation(feature.name, "completeness_check", text)


def _type(feature: Feature, column: Column) -> Iterator[Violation]:
    share = _matching(feature.type, column)
    if share < feature.limits.type_share:
        text = (
            f"Data type match requirement is not met. Expected data type: {feature.type}, "
            f"Expected match: {_percent(feature.limits.type_share)}. Observed: Only {_percent(share)} of data is {feature.type}."
        )
        yield _violation(feature.name, "data_type_check", text)


def _percent(share: float) -> str:
    """All digits, as the container prints them."""
    return f"{100 * share!r}%"


def _matching(expected: str, column: Column) -> float:
    """Share of the present values that fit the expected type; texts are any, but not only numbers."""
    kinds, present = column.kinds, column.present
    if present == 0 or expected == "Unknown":
        return 1.0
    if expected == "String":
        return 0.0 if kinds.string == 0 and column.type != "String" and present >= MINIMUM_ROWS else 1.0
    fitting = {"Integral": kinds.integral, "Fractional": kinds.numbers, "Boolean": kinds.boolean}[expected]
    return fitting / present


def _sign(feature: Feature, column: Column, baseline_rows: int, *, strict: bool) -> Iterator[Violation]:
    numbers = column.numbers
    if not feature.non_negative or not numbers.negative:
        return
    share = 1 - numbers.negative / numbers.count
    if strict or share_fell(1.0, share, baseline_rows, numbers.count, _ERRORS):
        text = (
            f"Numeric constraint requirement is not met: values must not be negative. "
            f"Observed: {numbers.negative} of {numbers.count} are."
        )
        yield _violation(feature.name, "num_constraints", text)


def _domain(feature: Feature, column: Column, *, strict: bool) -> Iterator[Violation]:
    known = sum(column.values.get(value, 0) for value in feature.domain or ())
    share = known / column.present
    least = feature.limits.domain_share if strict else min(feature.limits.domain_share, 1 - _UNSEEN_SHARE)
    if share < least:
        text = (
            f"Categorical values requirement is not met. Expected match: {feature.limits.domain_share:.1%}. "
            f"Observed: Only {share:.1%} of data has values of the baseline's domain."
        )
        yield _violation(feature.name, "categorical_values_check", text)


def _drift(drifts: list[FeatureDrift]) -> Iterator[Violation]:
    for drift in drifts:
        if drift.drifted:
            text = f"Baseline drift distance: {drift.score:.4f} exceeds threshold: {drift.threshold:g}"
            yield _violation(drift.name, "baseline_drift_check", text)
