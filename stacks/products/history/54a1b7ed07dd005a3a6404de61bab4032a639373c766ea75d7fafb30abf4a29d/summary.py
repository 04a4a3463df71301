"""What a batch's drift report says, short enough for a parameter (4 KB): the drift policy and its e-mail read it."""

import json

_FEATURES, _VIOLATIONS, _LONGEST, _LIMIT = 8, 5, 160, 4000


def summary(report: dict, report_uri: str) -> str:
    """JSON with the drifted features (largest change first) and what breaks the schema; no value of a single patient."""
    drifted = sorted((item for item in report["features"] if item["drifted"]), key=lambda item: -item["score"])
    broken = [item for item in report.get("violations", []) if item["constraint_check_type"] != "baseline_drift_check"]
    content = {
        "report_uri": report_uri,
        "rows": report["rows"],
        "features": len(report["features"]),
        "drifted_features": len(drifted),
        "schema_violations": report["schema_violations"],
        "drifted": [_feature(item) for item in drifted[:_FEATURES]],
        "violations": [_shortened(f"{item['feature_name']}: {item['description']}") for item in broken[:_VIOLATIONS]],
    }
    text = json.dumps(content, sort_keys=True)
    while len(text.encode()) > _LIMIT:
        content["drifted" if content["drifted"] else "violations"].pop()
        text = json.dumps(content, sort_keys=True)
    return text


def _feature(item: dict) -> dict:
    return {
        "name": _shortened(item["name"]),
        "score": round(item["score"], 3),
        "threshold": item["threshold"],
        "change": _shortened(item.get("change", "")),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
