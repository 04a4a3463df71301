"""From a report to CloudWatch metric data: a value on every run, zero included; no value comes from a single patient."""

AGGREGATES = ("drift_share", "max_drift_score", "violations_count", "schema_violations", "rows")


def metric_data(report: dict, project: str, pipeline: str) -> list[dict]:
    """Aggregates and one score per feature (none where a score could not be computed)."""
    dimensions = _dimensions(project, pipeline)
    data = [_datum(name, report[name], dimensions) for name in AGGREGATES]
    data.append(_datum("drifted", report["drifted"], dimensions))
    for feature in report["features"]:
        if feature["score"] is not None:
            own = [*dimensions, {"Name": "Feature", "Value": feature["name"]}]
            data.append(_datum(f"feature_baseline_drift_{feature['name']}", feature["score"], own))
    return data


def prediction_metric_data(report: dict, project: str, pipeline: str) -> list[dict]:
    """Drift of all predictions and of every brand, what the probabilities promise, and gaps between groups of people."""
    dimensions, expected = _dimensions(project, pipeline), report["expected"]
    values = {"predictions_drifted": report["drifted"], "max_prediction_drift": report["max_drift_score"]}
    values |= {"expected_auc": expected["auc"], "expected_brier": expected["brier"]}
    values |= {"expected_stop_share": expected["stop_share"]}
    for gap in report["gaps"]:
        values[f"prediction_gap_{gap['attribute']}"] = gap["mean_gap"]
        values[f"selection_gap_{gap['attribute']}"] = gap["selected_gap"]
    data = [_datum(name, value, dimensions) for name, value in values.items() if value is not None]
    brands = [("prediction_drift", item["name"], item["score"]) for item in report["features"]]
    for name, item in report["expected_by_brand"].items():
        brands += [(f"expected_{key}", name, item[key]) for key in ("auc", "brier", "stop_share")]
    data += [
        _datum(metric, value, [*dimensions, {"Name": "Brand", "Value": brand}])
        for metric, brand, value in brands
        if value is not None
    ]
    return data


def _dimensions(project: str, pipeline: str) -> list[dict]:
    return [{"Name": "Project", "Value": project}, {"Name": "Pipeline", "Value": pipeline}]


def _datum(name: str, value: float, dimensions: list[dict]) -> dict:
    return {"MetricName": name, "Value": float(value), "Unit": "None", "Dimensions": dimensions}
