"""Who or what has started a run, and how long it took, on the word of those who know: the run's claim, the delivery's own record.

Never its display name. The claim tells a rehearsal too.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple

from mlops.aws import Aws
from mlops.bundled.audit import audit_bucket
from mlops.bundled.claims import NOBODY, PERSON, Claims, Start
from mlops.projects.deliveries import Deliveries
from mlops.runs.runs import FINAL

UNATTRIBUTED, NOT_YET = "unattributed", "not known yet"
ROOT = "root, without --as"
_KINDS, _AT_ONCE = ("-training", "-inference"), 8
_SERVICES = {"drift-policy": "drift alarm"}  # kinds of starters that people know by another name
_DELIVERED = {"Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"}


class Started(NamedTuple):
    """``by``: a person, a service, both of a push; ``unattributed`` where nobody is known. ``seconds`` so far of what still runs."""

    by: str
    seconds: float
    rehearsal: bool = False

    @property
    def shown(self) -> str:
        """The starter, and the mark of a rehearsal."""
        return f"rehearsal by {self.by}" if self.rehearsal else self.by


class Starters:
    """Starters as one identity may read them."""

    def __init__(self, aws: Aws) -> None:
        self._s3, self._bucket, self._account = aws.client("s3"), audit_bucket(aws.account), aws.account
        self._sagemaker, self._deliveries = aws.client("sagemaker"), Deliveries(aws)

    def of_runs(self, runs: Sequence[dict[str, Any]]) -> list[Started]:
        """Of summaries of executions with their ``PipelineName``."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self.of_run, runs))

    def of_run(self, run: dict[str, Any]) -> Started:
        """Of one; its description says when it was last changed, which is when it ended."""
        if "LastModifiedTime" not in run:
            found = self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=run["PipelineExecutionArn"])
            run = {**run, "LastModifiedTime": found["LastModifiedTime"]}
        ended = run["PipelineExecutionStatus"] in FINAL
        until = run["LastModifiedTime"] if ended else datetime.now(UTC)
        began = run["StartTime"] if "StartTime" in run else run["CreationTime"]
        seconds = (until - began).total_seconds()
        start = self.start(run)
        if start is None:
            return Started(UNATTRIBUTED if ended or not _claimed(run) else NOT_YET, seconds)
        return Started(self._told(start), seconds, start.rehearsed)

    def start(self, run: dict[str, Any]) -> Start | None:
        """What the run's first function has written down; None where it has not yet, and of pipelines that have none."""
        if not _claimed(run):
            return None
        try:
            return Claims(self._s3, self._bucket, _project(run)).start(run["PipelineExecutionArn"])
        except self._s3.exceptions.NoSuchBucket:
            return None  # the platform is not deployed: anybody's pipeline

    def of_deliveries(self, deliveries: Sequence[dict[str, Any]]) -> list[Started]:
        """Of summaries of deliveries."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._of_delivery, deliveries))

    def _of_delivery(self, delivery: dict[str, Any]) -> Started:
        by = self._deliveries.started_by(delivery)
        pushed = delivery["trigger"]["triggerDetail"].endswith("-push")
        until = delivery["lastUpdateTime"] if delivery["status"] in _DELIVERED else datetime.now(UTC)
        return Started(f"push by {short(by)}" if pushed else short(by), (until - delivery["startTime"]).total_seconds())

    def _told(self, start: Start) -> str:
        if start.kind == NOBODY:
            return UNATTRIBUTED
        by = ROOT if start.by == self._account else short(start.by)
        if start.kind == PERSON:
            return by
        service = _SERVICES.get(start.kind, start.kind)
        return service if start.by == start.kind else f"{service} by {by}"


def _claimed(run: dict[str, Any]) -> bool:
    """Whether it is of a project's pipeline, which begins with a function that notes the start."""
    return str(run["PipelineName"]).endswith(_KINDS)


def _project(run: dict[str, Any]) -> str:
    return str(run["PipelineName"]).rpartition("-")[0]


def short(arn: str) -> str:
    """``role/session`` of an assumed role's ARN, the resource of any other; a text that is no ARN as it is."""
    return arn.split(":", 5)[-1].removeprefix("assumed-role/") if arn.startswith("arn:") else arn
