"""statistics.json and constraints.json in Model Monitor's formats; reading them back with checks."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from mlops.errors import RefusedInput
from mlops.monitoring.columns import Column, Summary
from mlops.monitoring.sketch import cdf

_MONITORING = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}


def statistics(summary: Summary) -> dict[str, Any]:
    """The content of statistics.json."""
    features = [_feature(column) for column in summary.columns.values()]
    return {"version": 0.0, "dataset": {"item_count": summary.rows}, "features": features}


def _feature(column: Column) -> dict[str, Any]:
    total = column.present + column.missing
    common = {"num_present": column.present, "num_missing": column.missing}
    completeness = column.present / total
    result: dict[str, Any] = {"name": column.name, "inferred_type": column.type}
    if column.numeric:
        result["numerical_statistics"] = {
            "common": common,
            "mean": column.mean,
            "sum": column.total,
            "std_dev": column.std,
            "min": column.low,
            "max": column.high,
            "approximate_num_distinct_values": len(column.values),
            "completeness": completeness,
            "distribution": {"kll": {"buckets": _buckets(column), "sketch": column.sketch.to_json()}},
        }
    elif column.type != "Unknown":
        strings: dict[str, Any] = {
            "common": common,
            "distinct_count": float(len(column.values)),
            "completeness": completeness,
        }
        if column.categories is not None:
            buckets = [{"value": value, "count": count} for value, count in column.categories.items()]
            strings["distribution"] = {"categorical": {"buckets": buckets}}
        result["string_statistics"] = strings
    return result


def _buckets(column: Column) -> list[dict[str, float]]:
    """Ten bins of equal width from min to max, counted from the sketch; the last one includes its upper bound."""
    edges = np.linspace(column.low, column.high, 11)
    distribution = cdf(column.sketch.levels)
    below = np.array(
        [np.r_[0.0, distribution.shares][np.searchsorted(distribution.values, edge, side="left")] for edge in edges]
    )
    below[-1] = 1.0
    counts = np.diff(below) * column.count
    return [
        {"lower_bound": float(edges[i]), "upper_bound": float(edges[i + 1]), "count": float(round(counts[i], 6))}
        for i in range(10)
    ]


def constraints(summary: Summary) -> dict[str, Any]:
    """The content of constraints.json."""
    return {
        "version": 0.0,
        "features": [_constraint(column) for column in summary.columns.values()],
        "monitoring_config": _MONITORING,
    }


def _constraint(column: Column) -> dict[str, Any]:
    total = column.present + column.missing
    result: dict[str, Any] = {
        "name": column.name,
        "inferred_type": column.type,
        "completeness": column.present / total,
    }
    if column.numeric:
        result["num_constraints"] = {"is_non_negative": column.low >= 0}
    elif column.type == "String" and column.categories is not None:
        result["string_constraints"] = {"domains": list(column.categories)}
    return result


def read(path: Path, member: str = "features") -> dict[str, Any]:
    """Read a baseline file.

    Raises:
        RefusedInput: it is missing, damaged, or of another version.
    """
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise RefusedInput(f"baseline file {path.name} is missing") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise RefusedInput(f"baseline file {path.name} is damaged: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get(member), list):
        raise RefusedInput(f"baseline file {path.name} is damaged: it has no list {member}")
    if content.get("version", 0.0) != 0.0:
        raise RefusedInput(
            f"baseline file {path.name} has version {content['version']}; this analyzer reads version 0.0"
        )
    return content


def write(path: Path, content: Any) -> None:
    """Write JSON as one whole file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n")
    temporary.replace(path)
