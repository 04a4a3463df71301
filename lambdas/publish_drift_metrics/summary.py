"""What a batch's reports say, short enough for a parameter (4 KB): the drift policy and its e-mail read it."""

import json
import re
from typing import Any, cast

from lambdas.publish_drift_metrics.metrics import Report
from mlops.bundled.batch_summary import Finding, Predictions, Summary

_FEATURES, _VIOLATIONS, _BRANDS, _LONGEST, _LIMIT = 8, 5, 5, 160, 4000
_SHARE, _TYPE = r"[\d.]+(?:[eE]-?\d+)?%", r"(?:Integral|Fractional|Boolean|String|Unknown)"
# the sentences that the analyzer and Model Monitor are known to write: figures, types, and names of the baseline's columns
_SENTENCES = re.compile(
    rf"Data completeness requirement is not met\. Expected completeness: {_SHARE}\. Observed: Only {_SHARE} of data is complete\."
    rf"|Data type match requirement is not met\. Expected data type: {_TYPE}, Expected match: {_SHARE}\. "
    rf"Observed: Only {_SHARE} of data is {_TYPE}\."
    r"|Numeric constraint requirement is not met: values must not be negative\. Observed: \d+ of \d+ are\."
    rf"|Categorical values requirement is not met\. Expected match: {_SHARE}\. "
    rf"Observed: Only {_SHARE} of data has values of the baseline's domain\."
    r"|There are (?:missing|extra) columns in current dataset\. Number of columns in current dataset: \d+, "
    r"Number of columns in baseline constraints: \d+(?:\. Missing: .+)?"
)
_LONGEST_FOUND = 400  # of the text that a failing run shows


def summary(report: Report, report_uri: str, rehearsed: tuple[str, str] | None = None) -> str:
    """JSON with the drifted features (largest change first) and what breaks the schema; no value of a single patient.

    ``rehearsed`` is (id, URI) of a rehearsal's data set, for its retraining.
    """
    drifted = _drifted(report)
    broken = [item for item in report.get("violations", []) if item["constraint_check_type"] != "baseline_drift_check"]
    content = Summary(
        report_uri=report_uri,
        rows=report["rows"],
        features=len(report["features"]),
        drifted_features=len(drifted),
        schema_violations=report["schema_violations"],
        drifted=[_feature(item) for item in drifted[:_FEATURES]],
        violations=[_shortened(_said(item)) for item in broken[:_VIOLATIONS]],
    )
    if rehearsed:
        content["dataset_id"], content["dataset_uri"] = rehearsed
        content["raises_drift"] = bool(report["drifted"])
    return _fitting(content)


def _said(item: dict[str, str]) -> str:
    """What is broken, in the report's words where it is certain that they quote no value; else the check's name."""
    known = _SENTENCES.fullmatch(item["description"])
    what = item["description"] if known else f"{item['constraint_check_type']}, see the report"
    return f"{item['feature_name']}: {what}"


def merged(noted: dict[str, Any] | None, report: Report, report_uri: str) -> str:
    """The input's summary with the predictions of the same run added; one of another run is left as it is."""
    if noted and _run(noted["report_uri"]) != _run(report_uri):
        return json.dumps(noted, sort_keys=True)
    drifted = [_feature(item) for item in _drifted(report)[:_BRANDS]]
    expected = {key: report["expected"][key] for key in ("auc", "brier")}
    content = cast("Summary", noted) if noted else _nothing(report, report_uri)
    content["predictions"] = Predictions(report_uri=report_uri, rows=report["rows"], drifted=drifted, expected=expected)
    return _fitting(content)


def _nothing(report: Report, report_uri: str) -> Summary:
    """The summary of an input whose own one was not written."""
    return Summary(
        report_uri=report_uri,
        rows=report["rows"],
        features=0,
        drifted_features=0,
        schema_violations=0,
        drifted=[],
        violations=[],
    )


def found(report: Report) -> str:
    """One line: what a batch's input breaks."""
    names = [item["name"] for item in _drifted(report)]
    broken = [item for item in report["violations"] if item["constraint_check_type"] != "baseline_drift_check"]
    parts = [f"drift in {', '.join(names)}"] if names else []
    parts += [f"{item['constraint_check_type']} of {item['feature_name']}" for item in broken]
    return _line(parts)


def prediction_found(report: Report) -> str:
    """One line: which predictions have drifted."""
    names = [item["name"] for item in _drifted(report)]
    return _line([f"drift of {', '.join(names)}"] if names else [])


def _line(parts: list[str]) -> str:
    text = "; ".join(parts) or "nothing found"
    return (text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 3] + "...") + "."


def _drifted(report: Report) -> list[Report]:
    return sorted((item for item in report["features"] if item["drifted"]), key=lambda item: -(item["score"] or 0.0))


def _run(uri: str) -> str:
    """The run's own folder: reports lie one folder below it."""
    return uri.rsplit("/", 2)[0]


def _fitting(content: Summary) -> str:
    lists: list[list[Any]] = [content["drifted"], content["violations"]]
    if "predictions" in content:
        lists.append(content["predictions"]["drifted"])
    text = json.dumps(content, sort_keys=True)
    while len(text.encode()) > _LIMIT:
        max(lists, key=len).pop()
        text = json.dumps(content, sort_keys=True)
    return text


def _feature(item: Report) -> Finding:
    return Finding(
        name=_shortened(item["name"]),
        score=round(item["score"] or 0.0, 3),
        threshold=item["threshold"],
        change=_shortened(item.get("change", "")),
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
