"""Lambda step PublishDriftMetrics: read a batch's drift report and publish it as CloudWatch metrics."""

import json
import os
from urllib.parse import urlparse

import boto3
from botocore.exceptions import ClientError
from metrics import metric_data
from summary import summary

_S3 = boto3.client("s3")
_CLOUDWATCH = boto3.client("cloudwatch")
_SSM = boto3.client("ssm")
_BATCH = 500  # metrics a request


def handler(event: dict, _context: object) -> dict:
    """Event: {"report_uri": S3 URI of drift_report.json}."""
    where = urlparse(event["report_uri"])
    report = json.loads(_S3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read())
    noted = _note(summary(report, event["report_uri"]))
    data = metric_data(report, os.environ["PROJECT"], os.environ["INFERENCE_PIPELINE"])
    for begin in range(0, len(data), _BATCH):
        _CLOUDWATCH.put_metric_data(Namespace=os.environ["METRICS_NAMESPACE"], MetricData=data[begin : begin + _BATCH])
    log = {"published": len(data), "drifted": report["drifted"], "rows": report["rows"], "noted": noted}
    print(json.dumps(log))  # noqa: T201 (a function's log)
    return {"drifted": "true" if report["drifted"] else "false"}


def _note(text: str) -> str:
    """Leave the summary for the drift policy, before the metrics can raise the alarm; the metrics come first in rank."""
    try:
        _SSM.put_parameter(
            Name=f"/mlops/{os.environ['PROJECT']}/latest-drift", Value=text, Type="String", Overwrite=True
        )
    except ClientError as error:
        return error.response["Error"]["Code"]  # in the log; the e-mail will say that it has no details
    return "yes"
