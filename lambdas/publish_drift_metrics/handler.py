"""Lambda steps PublishDriftMetrics and PublishPredictionMetrics: read a batch's report and publish it as CloudWatch metrics.

Those of a rehearsal go beside the project's own: into another namespace, which other alarms watch, and into another parameter.
"""

import json
import os
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import boto3
from botocore.exceptions import ClientError

from lambdas.publish_drift_metrics.metrics import Report, metric_data, prediction_metric_data
from lambdas.publish_drift_metrics.model_monitor import drift_report
from lambdas.publish_drift_metrics.summary import found, merged, prediction_found, summary
from mlops.bundled import names, parameters, rehearsal, s3_json

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

_S3 = boto3.client("s3")
_CLOUDWATCH = boto3.client("cloudwatch")
_SSM = boto3.client("ssm")
_BATCH = 500  # metrics a request


class Event(TypedDict):
    """Inputs of both steps: ``rehearsal`` is yes or no; of PublishDriftMetrics the report's URI, the baseline's and the data set."""

    rehearsal: NotRequired[str]
    dataset_id: NotRequired[str]
    dataset_uri: NotRequired[str]

    report_uri: NotRequired[str]
    statistics_uri: NotRequired[str]
    constraints_uri: NotRequired[str]
    prediction_report_uri: NotRequired[str]


class Answer(TypedDict):
    """The steps' output parameters: two flags as ``true`` or ``false``, and one line."""

    drifted: str
    violations: str
    found: str


def handler(event: Event, _context: object) -> Answer:
    """Event: {"report_uri", "statistics_uri", "constraints_uri"} (the baseline's), or {"prediction_report_uri"}."""
    played = event.get("rehearsal") == rehearsal.YES
    if "prediction_report_uri" in event:
        return _predictions(event["prediction_report_uri"], rehearsed=played)
    report = _report(event)
    data = (event["dataset_id"], event["dataset_uri"]) if played else None
    noted = _note(summary(report, event["report_uri"], data), rehearsed=played)
    _publish(metric_data(report, *_names()), noted, report, rehearsed=played)
    return _answer(report["drifted"], report["violations_count"] > 0, found(report))


def _predictions(uri: str, *, rehearsed: bool) -> Answer:
    report = s3_json.read(_S3, uri)
    try:
        before = parameters.read(_SSM, _parameter(rehearsed=rehearsed))
        noted = _note(merged(before, report, uri), rehearsed=rehearsed)
    except ClientError as error:  # what is there stays as it is; the metrics go out in any case
        noted = error.response["Error"]["Code"]
    _publish(prediction_metric_data(report, *_names()), noted, report, rehearsed=rehearsed)
    return _answer(report["drifted"], report["drifted"], prediction_found(report))


def _answer(drifted: bool, violations: bool, text: str) -> Answer:
    return Answer(drifted=_flag(drifted), violations=_flag(violations), found=text)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _report(event: Event) -> Report:
    """The analyzer's drift report; where Model Monitor was the judge there is none, and it is made of Model Monitor's files."""
    uri = event["report_uri"]
    try:
        return s3_json.read(_S3, uri)
    except _S3.exceptions.NoSuchKey:
        folder = uri.rpartition("/")[0]
    files = {name: s3_json.read(_S3, f"{folder}/{name}.json") for name in ("statistics", "constraint_violations")}
    baseline = {
        "statistics": _readable(event.get("statistics_uri", "")),
        "constraints": _readable(event.get("constraints_uri", "")),
    }
    report = drift_report(files["constraint_violations"], files["statistics"], baseline)
    if event.get("rehearsal") == rehearsal.YES:
        report["rehearsal"] = True
    s3_json.write(_S3, uri, report, indent=1)
    return report


def _readable(uri: str) -> dict[str, Any] | None:
    """A baseline file; None where it is gone or another project's: the report then says what it lacks."""
    try:
        return s3_json.read(_S3, uri) if uri else None
    except ClientError as error:
        print(json.dumps({"unreadable": uri, "error": error.response["Error"]["Code"]}))
        return None


def _names() -> tuple[str, str]:
    return os.environ["PROJECT"], os.environ["INFERENCE_PIPELINE"]


def _publish(data: list["MetricDatumTypeDef"], noted: str, report: Report, *, rehearsed: bool) -> None:
    where = names.namespace(os.environ["PROJECT"], rehearsal=rehearsed)
    for begin in range(0, len(data), _BATCH):
        _CLOUDWATCH.put_metric_data(Namespace=where, MetricData=data[begin : begin + _BATCH])
    log = {"published": len(data), "drifted": report["drifted"], "rows": report["rows"], "noted": noted, "in": where}
    print(json.dumps(log | {"missing": report.get("missing", [])}))


def _parameter(*, rehearsed: bool) -> str:
    return names.parameter(os.environ["PROJECT"], names.LATEST_REHEARSAL if rehearsed else names.LATEST_DRIFT)


def _note(text: str, *, rehearsed: bool) -> str:
    """Leave the summary for the drift policy, before the metrics can raise the alarm; the metrics come first in rank."""
    try:
        _SSM.put_parameter(Name=_parameter(rehearsed=rehearsed), Value=text, Type="String", Overwrite=True)
    except ClientError as error:
        return error.response["Error"]["Code"]  # in the log; the e-mail will say that it has no details
    return "yes"
