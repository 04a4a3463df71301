"""From a report to CloudWatch metric data: a value on every run, zero included; no value comes from a single patient."""

from typing import TYPE_CHECKING, Any

from mlops.bundled import names

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDatumTypeDef

Report = dict[str, Any]  # drift_report.json, or prediction_report.json


def metric_data(report: Report, project: str, pipeline: str) -> list["MetricDatumTypeDef"]:
    """Aggregates and one score per feature (none where a score could not be computed)."""
    dimensions = _dimensions(project, pipeline)
    data = [_datum(name, report[name], dimensions) for name in (*names.AGGREGATES, names.DRIFTED)]
    for feature in report["features"]:
        if feature["score"] is not None:
            own = [*dimensions, _dimension(names.FEATURE, feature["name"])]
            data.append(_datum(names.feature_drift(feature["name"]), feature["score"], own))
    return data


def prediction_metric_data(report: Report, project: str, pipeline: str) -> list["MetricDatumTypeDef"]:
    """Drift of all predictions and of every brand, what the probabilities promise, and gaps between groups of people."""
    dimensions = _dimensions(project, pipeline)
    values = {
        names.PREDICTIONS_DRIFTED: report["drifted"],
        names.MAX_PREDICTION_DRIFT: report["max_drift_score"],
        **_expected(report["expected"]),
    }
    for gap in report["gaps"]:
        values[names.prediction_gap(gap["attribute"])] = gap["mean_gap"]
        values[names.selection_gap(gap["attribute"])] = gap["selected_gap"]
    data = [_datum(name, value, dimensions) for name, value in values.items() if value is not None]
    brands = [(names.PREDICTION_DRIFT, item["name"], item["score"]) for item in report["features"]]
    for brand, item in report["expected_by_brand"].items():
        brands += [(metric, brand, value) for metric, value in _expected(item).items()]
    data += [
        _datum(metric, value, [*dimensions, _dimension(names.BRAND, brand)])
        for metric, brand, value in brands
        if value is not None
    ]
    return data


def _expected(found: Report) -> dict[str, float | None]:
    return {
        names.EXPECTED_AUC: found["auc"],
        names.EXPECTED_BRIER: found["brier"],
        names.EXPECTED_STOP_SHARE: found["stop_share"],
    }


def _dimensions(project: str, pipeline: str) -> list["DimensionTypeDef"]:
    return [_dimension(names.PROJECT, project), _dimension(names.PIPELINE, pipeline)]


def _dimension(name: str, value: str) -> "DimensionTypeDef":
    return {"Name": name, "Value": value}


def _datum(name: str, value: float, dimensions: list["DimensionTypeDef"]) -> "MetricDatumTypeDef":
    return {"MetricName": name, "Value": float(value), "Unit": "None", "Dimensions": dimensions}
