"""On the end of a run, and on a rehearsal's alarm that is back to OK: remove what rehearsals that are over have made.

What stays is the reports on their batches, and what AWS does not delete: executions, job records with their logs, metric points; and the
entries of the audit trail. Which runs are a rehearsal's is SageMaker's word on what they have read, so that nothing of the project goes.
"""

import json
import os
from collections.abc import Iterator
from datetime import datetime

import boto3

from lambdas.clear_rehearsal.removal import emptied, without_made
from lambdas.clear_rehearsal.state import Played, Ran, is_over, raised_by
from mlops.bundled import names
from mlops.bundled.asked import parameters
from mlops.bundled.parameters import read
from mlops.bundled.rehearsal import PREFIX, id_of

_S3 = boto3.client("s3")
_SAGEMAKER = boto3.client("sagemaker")
_SSM = boto3.client("ssm")
_CLOUDWATCH = boto3.client("cloudwatch")


def handler(_event: object, _context: object) -> dict[str, list[str]]:
    """Event: EventBridge's; whatever it tells, all rehearsals that have left something are looked at."""
    summary = read(_SSM, _parameter()) or {}
    uri = summary.get("dataset_uri", "")
    noted = id_of(uri, os.environ["DATA_BUCKET"])
    ended = []
    for played in _present():
        raised = raised_by(summary) if played.id == noted else []
        if is_over(_CLOUDWATCH, played, raised):
            _clear(played, noted=played.id == noted)
            ended.append(played.id)
    print(json.dumps({"cleared": ended}))
    return {"cleared": ended}


def _present() -> Iterator[Played]:
    """Rehearsals whose tables are still there: these go last."""
    bucket = os.environ["DATA_BUCKET"]
    pages = _S3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX)
    uploaded: dict[str, datetime] = {}
    for item in (it for page in pages for it in page.get("Contents", [])):
        id_ = item["Key"].removeprefix(PREFIX).partition("/")[0]
        uploaded[id_] = min(item["LastModified"], uploaded.get(id_, item["LastModified"]))
    for id_, began in uploaded.items():
        yield Played(id_, began, [run for run in _runs(began) if id_of(run.reads, bucket) == id_])


def _runs(since: datetime) -> Iterator[Ran]:
    """Executions of the project's pipelines that began after a moment, with what they read."""
    for pipeline in (it for it in (os.environ["INFERENCE_PIPELINE"], os.environ["TRAINING_PIPELINE"]) if it):
        for page in _SAGEMAKER.get_paginator("list_pipeline_executions").paginate(
            PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending"
        ):
            recent = [it for it in page["PipelineExecutionSummaries"] if it["StartTime"] >= since]
            for it in recent:
                arn = it["PipelineExecutionArn"]
                reads = parameters(_SAGEMAKER, arn).get("DatasetUri", "")
                yield Ran(arn, it["PipelineExecutionStatus"], it["StartTime"], reads, pipeline)
            if len(recent) < len(page["PipelineExecutionSummaries"]):
                break


def _clear(played: Played, *, noted: bool) -> None:
    """Its tables go last: whoever is cut off before is called again by the next event, and finds it still."""
    for run in played.runs:
        without_made(_SAGEMAKER, run.arn)
        emptied(_S3, os.environ["ARTIFACTS_BUCKET"], f"runs/{run.id}/", kept=("monitoring/", "prediction-monitoring/"))
    if noted:
        _SSM.delete_parameter(Name=_parameter())
    emptied(_S3, os.environ["DATA_BUCKET"], f"{PREFIX}{played.id}/")


def _parameter() -> str:
    return names.parameter(os.environ["PROJECT"], names.LATEST_REHEARSAL)
