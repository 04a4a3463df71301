"""From a drift report to CloudWatch metric data."""

AGGREGATES = ("drift_share", "max_drift_score", "violations_count", "schema_violations", "rows")


def metric_data(report: dict, project: str, pipeline: str) -> list[dict]:
    """Aggregates and one score per feature, a value on every run, zero included; no value comes from a patient."""
    dimensions = [{"Name": "Project", "Value": project}, {"Name": "Pipeline", "Value": pipeline}]
    data = [_datum(name, float(report[name]), dimensions) for name in AGGREGATES]
    data.append(_datum("drifted", 1.0 if report["drifted"] else 0.0, dimensions))
    for feature in report["features"]:
        own = [*dimensions, {"Name": "Feature", "Value": feature["name"]}]
        data.append(_datum(f"feature_baseline_drift_{feature['name']}", float(feature["score"]), own))
    return data


def _datum(name: str, value: float, dimensions: list[dict]) -> dict:
    return {"MetricName": name, "Value": value, "Unit": "None", "Dimensions": dimensions}
