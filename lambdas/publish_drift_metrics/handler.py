"""Lambda steps PublishDriftMetrics and PublishPredictionMetrics: read a batch's report and publish it as CloudWatch metrics."""

import json
import os
from urllib.parse import urlparse

import boto3
from botocore.exceptions import ClientError
from metrics import metric_data, prediction_metric_data
from model_monitor import drift_report
from summary import found, merged, prediction_found, summary

_S3 = boto3.client("s3")
_CLOUDWATCH = boto3.client("cloudwatch")
_SSM = boto3.client("ssm")
_BATCH = 500  # metrics a request


def handler(event: dict, _context: object) -> dict:
    """Event: {"report_uri", "statistics_uri", "constraints_uri"} (the baseline's), or {"prediction_report_uri"}."""
    if "prediction_report_uri" in event:
        return _predictions(event["prediction_report_uri"])
    report = _report(event)
    noted = _note(summary(report, event["report_uri"]))
    _publish(metric_data(report, *_names()), noted, report)
    return _answer(report["drifted"], report["violations_count"] > 0, found(report))


def _predictions(uri: str) -> dict:
    report = _read(uri)
    try:
        noted = _note(merged(_noted(), report, uri))
    except ClientError as error:  # what is there stays as it is; the metrics go out in any case
        noted = error.response["Error"]["Code"]
    _publish(prediction_metric_data(report, *_names()), noted, report)
    return _answer(report["drifted"], report["drifted"], prediction_found(report))


def _answer(drifted: bool, violations: bool, text: str) -> dict:
    flags = {"drifted": drifted, "violations": violations}
    return {name: "true" if flag else "false" for name, flag in flags.items()} | {"found": text}


def _report(event: dict) -> dict:
    """The analyzer's drift report; where Model Monitor was the judge there is none, and it is made of Model Monitor's files."""
    uri = event["report_uri"]
    try:
        return _read(uri)
    except _S3.exceptions.NoSuchKey:
        folder = uri.rpartition("/")[0]
    files = {name: _read(f"{folder}/{name}.json") for name in ("statistics", "constraint_violations")}
    baseline = {name: _readable(event.get(f"{name}_uri", "")) for name in ("statistics", "constraints")}
    report = drift_report(files["constraint_violations"], files["statistics"], baseline)
    where = urlparse(uri)
    body = json.dumps(report, indent=1, sort_keys=True).encode()
    _S3.put_object(Bucket=where.netloc, Key=where.path.lstrip("/"), Body=body, ContentType="application/json")
    return report


def _read(uri: str) -> dict:
    where = urlparse(uri)
    return json.loads(_S3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read())


def _readable(uri: str) -> dict | None:
    """A baseline file; None where it is gone or another project's: the report then says what it lacks."""
    try:
        return _read(uri) if uri else None
    except ClientError as error:
        print(json.dumps({"unreadable": uri, "error": error.response["Error"]["Code"]}))  # noqa: T201 (a function's log)
        return None


def _names() -> tuple[str, str]:
    return os.environ["PROJECT"], os.environ["INFERENCE_PIPELINE"]


def _publish(data: list[dict], noted: str, report: dict) -> None:
    for begin in range(0, len(data), _BATCH):
        _CLOUDWATCH.put_metric_data(Namespace=os.environ["METRICS_NAMESPACE"], MetricData=data[begin : begin + _BATCH])
    log = {"published": len(data), "drifted": report["drifted"], "rows": report["rows"], "noted": noted}
    print(json.dumps(log | {"missing": report.get("missing", [])}))  # noqa: T201 (a function's log)


def _parameter() -> str:
    return f"/mlops/{os.environ['PROJECT']}/latest-drift"


def _noted() -> dict:
    """What was left for the drift policy so far; nothing before the first batch."""
    try:
        return json.loads(_SSM.get_parameter(Name=_parameter())["Parameter"]["Value"])
    except _SSM.exceptions.ParameterNotFound:
        return {}


def _note(text: str) -> str:
    """Leave the summary for the drift policy, before the metrics can raise the alarm; the metrics come first in rank."""
    try:
        _SSM.put_parameter(Name=_parameter(), Value=text, Type="String", Overwrite=True)
    except ClientError as error:
        return error.response["Error"]["Code"]  # in the log; the e-mail will say that it has no details
    return "yes"
