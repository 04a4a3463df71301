"""What a deployed project has and has done: its resources, its definitions, its last runs, what it stores and publishes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from mlops.aws import NO_ACCESS, Aws, listed
from mlops.projects.names import Project
from mlops.runs.runs import Runs, answered
from mlops.s3 import read_json

GIGABYTE = 1e9


@dataclass(frozen=True)
class LastRun:
    """The newest run of a pipeline that has succeeded: minutes of every step, and what it has predicted."""

    id: str
    minutes: Mapping[str, float]
    rows: int = 0


class Observed:
    """A project as one identity sees it."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._aws, self._project, self._runs = aws, project, Runs(aws)
        self._sagemaker, self._s3 = aws.client("sagemaker"), aws.client("s3")

    @property
    def starts_take_time(self) -> bool:
        """Whether a step's time is from the start of its job on; on the embedded AWS a job starts at once."""
        return self._aws.endpoint is None

    def types(self, resources: list[dict[str, Any]]) -> Counter[str]:
        """Type -> how many, of what CloudFormation lists of the project's stack."""
        return Counter(item["ResourceType"] for item in resources)

    def definition(self, pipeline: str) -> str | None:
        """The definition of one of its pipelines; None where the project has no such pipeline."""
        if pipeline not in self._runs.pipelines():
            return None
        return str(self._sagemaker.describe_pipeline(PipelineName=pipeline)["PipelineDefinition"])

    def last(self, pipeline: str) -> LastRun | None:
        """The newest run that has succeeded; None where none has."""
        for run in self._runs.executions(pipeline):
            if run["PipelineExecutionStatus"] == "Succeeded":
                steps = self._runs.steps(run["PipelineExecutionArn"])
                minutes = {
                    it["StepName"]: (it["EndTime"] - it["StartTime"]).total_seconds() / 60
                    for it in steps
                    if "EndTime" in it
                }
                return LastRun(run["PipelineExecutionArn"].rsplit("/", 1)[-1], minutes, self._rows(steps))
        return None

    def _rows(self, steps: list[dict[str, Any]]) -> int:
        places = [place for step in steps if (place := answered(step, "predictions"))]
        return int(read_json(self._s3, f"{places[0]}/metadata.json").get("rows", 0)) if places else 0

    def metrics(self) -> int:
        """How many custom metrics it has published in the last two weeks."""
        return len(
            listed(self._aws.client("cloudwatch"), "list_metrics", "Metrics", Namespace=self._project.metrics_namespace)
        )

    def gigabytes(self) -> float | None:
        """What lies in its two buckets, without versions that were written over; None where the caller may not list them."""
        buckets = self._project.data_bucket, self._project.artifacts_bucket
        try:
            sizes = [it["Size"] for name in buckets for it in self._objects(name)]
        except ClientError as error:
            if error.response["Error"]["Code"] in NO_ACCESS:
                return None
            raise
        return float(sum(sizes)) / GIGABYTE

    def _objects(self, bucket: str) -> list[dict[str, Any]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [item for page in pages for item in page.get("Contents", [])]
