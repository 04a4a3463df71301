"""Lambda step PublishDriftMetrics: read a batch's drift report and publish it as CloudWatch metrics."""

import json
import os
from urllib.parse import urlparse

import boto3
from metrics import metric_data

_S3 = boto3.client("s3")
_CLOUDWATCH = boto3.client("cloudwatch")
_BATCH = 500  # metrics a request


def handler(event: dict, _context: object) -> dict:
    """Event: {"report_uri": S3 URI of drift_report.json}."""
    where = urlparse(event["report_uri"])
    report = json.loads(_S3.get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read())
    data = metric_data(report, os.environ["PROJECT"], os.environ["INFERENCE_PIPELINE"])
    for begin in range(0, len(data), _BATCH):
        _CLOUDWATCH.put_metric_data(Namespace=os.environ["METRICS_NAMESPACE"], MetricData=data[begin : begin + _BATCH])
    print(json.dumps({"published": len(data), "drifted": report["drifted"], "rows": report["rows"]}))  # noqa: T201
    return {"drifted": "true" if report["drifted"] else "false"}
