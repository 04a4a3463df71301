"""Where a canary could sing: everything that commands, jobs, functions and services leave outside of the data buckets, as (place, text)."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.integration.desk import Desk


def log_texts(desk: Desk) -> Iterator[tuple[str, str]]:
    """Every stream of every log group."""
    logs = desk.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in (item["logGroupName"] for item in page["logGroups"]):
            for part in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
                for stream in part["logStreams"]:
                    yield group, "\n".join(_lines(logs, group, stream["logStreamName"]))


def _lines(logs: Any, group: str, stream: str) -> Iterator[str]:
    token: dict[str, str] = {}
    while True:
        answer = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
        yield from (event["message"] for event in answer["events"])
        if token.get("nextToken") == answer["nextForwardToken"]:
            return
        token = {"nextToken": answer["nextForwardToken"]}


def told(value: Any) -> str:
    """An API's answer as text."""
    return json.dumps(value, default=lambda it: it.isoformat() if isinstance(it, datetime) else str(it))


def api_texts(desk: Desk) -> Iterator[tuple[str, str]]:
    """What the APIs tell of runs, jobs, tags, versions, metrics, alarms, parameters, features, deliveries and stacks."""
    sagemaker = desk.client("sagemaker")
    for pipeline in sagemaker.list_pipelines()["PipelineSummaries"]:
        name = pipeline["PipelineName"]
        yield name, told(sagemaker.describe_pipeline(PipelineName=name))
        for run in sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]:
            arn = run["PipelineExecutionArn"]
            yield arn, told(sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn))
            yield arn, told(sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn))
            steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
            yield arn, told(steps)
    jobs = {"processing": "ProcessingJob", "training": "TrainingJob", "transform": "TransformJob"}
    for kind, noun in jobs.items():
        for job in getattr(sagemaker, f"list_{kind}_jobs")(MaxResults=100)[f"{noun}Summaries"]:
            described = getattr(sagemaker, f"describe_{kind}_job")(**{f"{noun}Name": job[f"{noun}Name"]})
            yield job[f"{noun}Name"], told(described) + told(sagemaker.list_tags(ResourceArn=job[f"{noun}Arn"]))
    for group in sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]:
        listed = sagemaker.list_model_packages(ModelPackageGroupName=group["ModelPackageGroupName"])
        for package in listed["ModelPackageSummaryList"]:
            arn = package["ModelPackageArn"]
            yield (
                arn,
                told(sagemaker.describe_model_package(ModelPackageName=arn))
                + told(sagemaker.list_tags(ResourceArn=arn)),
            )
    for group in sagemaker.list_feature_groups()["FeatureGroupSummaries"]:
        yield "feature group", told(sagemaker.describe_feature_group(FeatureGroupName=group["FeatureGroupName"]))
    yield "artifacts", told(sagemaker.list_artifacts()["ArtifactSummaries"])
    cloudwatch, ssm = desk.client("cloudwatch"), desk.client("ssm")
    yield "metrics", told([page["Metrics"] for page in cloudwatch.get_paginator("list_metrics").paginate()])
    yield "alarms", told(cloudwatch.describe_alarms()) + told(cloudwatch.describe_alarm_history())
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/", Recursive=True)
    yield "parameters", told([page["Parameters"] for page in pages])
    pipelines = desk.client("codepipeline")
    for item in pipelines.list_pipelines()["pipelines"]:
        yield item["name"], told(pipelines.list_action_executions(pipelineName=item["name"]))
    builds = desk.client("codebuild")
    ids = builds.list_builds()["ids"]
    yield "builds", told(builds.batch_get_builds(ids=ids[:100])) if ids else ""
    cloudformation = desk.client("cloudformation")
    for stack in cloudformation.describe_stacks()["Stacks"]:
        yield stack["StackName"], told(cloudformation.describe_stack_events(StackName=stack["StackName"]))


_DATA = ("-data-", "mlops-datasets-")  # buckets of those who may see the data
_RUNS = "runs/"  # of an artifacts bucket: patients' rows and models, and between them what is made to be shown
_SHOWN = ("evaluation.json", "validation.json", "_report.json", "_card.json", ".html", ".md")


def objects(desk: Desk) -> Iterator[tuple[str, str]]:
    """Objects outside of the data: audit trail, access logs, what is deployed and delivered, reports and cards."""
    s3 = desk.client("s3")
    for bucket in (item["Name"] for item in s3.list_buckets()["Buckets"]):
        if any(part in bucket for part in _DATA):
            continue
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for key in (item["Key"] for item in page.get("Contents", [])):
                if not key.startswith(_RUNS) or key.endswith(_SHOWN):
                    yield f"s3://{bucket}/{key}", decoded(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def decoded(body: bytes) -> str:
    """Bytes as text, unpacked where they are packed."""
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "\n".join(f"{name}\n{decoded(archive.read(name))}" for name in archive.namelist())
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8", errors="replace")


def files(folder: Path, data: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Files below a folder, but those below its subfolders ``data``."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if inside[0] not in data and path.is_file() and not path.is_symlink():
            yield "/".join((folder.name, *inside)), decoded(path.read_bytes())


def events(desk: Desk) -> Callable[[], list[str]]:
    """A queue that hears every event of the account's services; reads those so far."""
    sqs, bus = desk.client("sqs"), desk.client("events")
    queue = sqs.create_queue(QueueName="canary-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus.put_rule(Name="canary-events", EventPattern=json.dumps({"source": [{"prefix": "aws."}]}), State="ENABLED")
    bus.put_targets(Rule="canary-events", Targets=[{"Id": "queue", "Arn": arn}])
    kept: list[str] = []

    def read() -> list[str]:
        while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            kept.extend(message["Body"] for message in found)
            for message in found:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return kept

    return read
