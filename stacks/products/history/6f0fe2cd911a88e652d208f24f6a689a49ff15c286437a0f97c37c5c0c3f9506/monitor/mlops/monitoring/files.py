"""statistics.json and constraints.json in Model Monitor's formats."""

import json
from pathlib import Path
from typing import Any

from mlops.monitoring.baseline import VERSION
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.limits import MONITORING_CONFIG
from mlops.monitoring.moments import Moments
from mlops.monitoring.sketch import weighted

_BUCKETS = 10


def statistics(summary: Summary) -> dict[str, Any]:
    """The content of statistics.json."""
    features = [_feature(column) for column in summary.columns.values()]
    units = {} if summary.units is None else {"unit_count": summary.units}
    return {"version": VERSION, "dataset": {"item_count": summary.rows, **units}, "features": features}


def _feature(column: Column) -> dict[str, Any]:
    common = {"num_present": column.present, "num_missing": column.missing}
    part = _numeric(column, common) if column.numeric else _text(column, common)
    kind = "numerical_statistics" if column.numeric else "string_statistics"
    return {"name": column.name, "inferred_type": column.type, kind: part}


def _numeric(column: Column, common: dict[str, int]) -> dict[str, Any]:
    numbers = column.numbers
    return {
        "common": common,
        "mean": numbers.mean,
        "sum": numbers.total,
        "std_dev": numbers.std,
        "min": numbers.low,
        "max": numbers.high,
        "approximate_num_distinct_values": column.distinct,
        "completeness": column.completeness,
        "distribution": {"kll": {"buckets": _buckets(numbers), "sketch": numbers.sketch.to_json()}},
    }


def _text(column: Column, common: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "common": common,
        "distinct_count": float(column.distinct),
        "completeness": column.completeness,
    }
    if column.present and (categories := column.categories) is not None:
        buckets = [{"value": value, "count": count} for value, count in categories.items()]
        result["distribution"] = {"categorical": {"buckets": buckets}}
    return result


def _buckets(numbers: Moments) -> list[dict[str, float]]:
    """Ten bins of equal width from min to max, counted from the sketch; only the last one includes its upper bound."""
    width = numbers.high - numbers.low
    edges = [numbers.low + width * number / _BUCKETS for number in range(_BUCKETS + 1)]
    items, weights = weighted(numbers.sketch.levels)
    below = [float(weights[items < edge].sum()) for edge in edges]
    below[-1] = float(weights[items <= edges[-1]].sum())
    return [
        {
            "lower_bound": edges[number],
            "upper_bound": edges[number + 1],
            "count": below[number + 1] - below[number],
        }
        for number in range(_BUCKETS)
    ]


def constraints(summary: Summary) -> dict[str, Any]:
    """The content of constraints.json."""
    return {
        "version": VERSION,
        "features": [_constraint(column) for column in summary.columns.values()],
        "monitoring_config": MONITORING_CONFIG,
    }


def _constraint(column: Column) -> dict[str, Any]:
    result: dict[str, Any] = {
        "name": column.name,
        "inferred_type": column.type,
        "completeness": column.completeness,
    }
    if column.numeric:
        result["num_constraints"] = {"is_non_negative": column.numbers.low >= 0}
    elif column.present and (categories := column.categories) is not None:
        result["string_constraints"] = {"domains": list(categories)}
    return result


def write(path: Path, content: Any) -> None:
    """Write JSON as one whole file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")
    temporary.replace(path)
