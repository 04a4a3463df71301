"""What a batch's reports say, short enough for a parameter (4 KB): the drift policy and its e-mail read it."""

import json

_FEATURES, _VIOLATIONS, _BRANDS, _LONGEST, _LIMIT = 8, 5, 5, 160, 4000
_LONGEST_FOUND = 400  # of the text that a failing run shows


def summary(report: dict, report_uri: str) -> str:
    """JSON with the drifted features (largest change first) and what breaks the schema; no value of a single patient."""
    drifted = _drifted(report)
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
    return _fitting(content)


def merged(noted: dict, report: dict, report_uri: str) -> str:
    """The input's summary with the predictions of the same run added; one of another run (or none) is left as it is."""
    if noted and _run(noted["report_uri"]) != _run(report_uri):
        return json.dumps(noted, sort_keys=True)
    drifted = [_feature(item) for item in _drifted(report)[:_BRANDS]]
    expected = {key: report["expected"][key] for key in ("auc", "brier")}
    found = {"report_uri": report_uri, "rows": report["rows"], "drifted": drifted, "expected": expected}
    empty = {"report_uri": report_uri, "rows": report["rows"], "features": 0, "drifted_features": 0}
    empty |= {"schema_violations": 0, "drifted": [], "violations": []}
    return _fitting({**(noted or empty), "predictions": found})


def found(report: dict) -> str:
    """One line: what a batch's input breaks."""
    names = [item["name"] for item in _drifted(report)]
    broken = [item for item in report["violations"] if item["constraint_check_type"] != "baseline_drift_check"]
    parts = [f"drift in {', '.join(names)}"] if names else []
    parts += [f"{item['constraint_check_type']} of {item['feature_name']}" for item in broken]
    return _line(parts)


def prediction_found(report: dict) -> str:
    """One line: which predictions have drifted."""
    names = [item["name"] for item in _drifted(report)]
    return _line([f"drift of {', '.join(names)}"] if names else [])


def _line(parts: list[str]) -> str:
    text = "; ".join(parts) or "nothing found"
    return (text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 3] + "...") + "."


def _drifted(report: dict) -> list[dict]:
    return sorted((item for item in report["features"] if item["drifted"]), key=lambda item: -(item["score"] or 0.0))


def _run(uri: str) -> str:
    """The run's own folder: reports lie one folder below it."""
    return uri.rsplit("/", 2)[0]


def _fitting(content: dict) -> str:
    text = json.dumps(content, sort_keys=True)
    while len(text.encode()) > _LIMIT:
        lists = [content["drifted"], content["violations"], content.get("predictions", {}).get("drifted", [])]
        max(lists, key=len).pop()
        text = json.dumps(content, sort_keys=True)
    return text


def _feature(item: dict) -> dict:
    return {
        "name": _shortened(item["name"]),
        "score": round(item["score"] or 0.0, 3),
        "threshold": item["threshold"],
        "change": _shortened(item.get("change", "")),
    }


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
