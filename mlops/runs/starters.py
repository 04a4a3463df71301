"""Who or what has started a run, on the word of those who know: the run's claim, and the delivery's own record; never its display name."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from mlops.aws import Aws
from mlops.bundled.audit import audit_bucket
from mlops.bundled.claims import NOBODY, PERSON, Claims, Start
from mlops.projects.deliveries import Deliveries
from mlops.runs.runs import FINAL

UNATTRIBUTED, NOT_YET = "unattributed", "not known yet"
_TRAINING, _AT_ONCE = "-training", 8
_SERVICES = {"drift-policy": "drift alarm"}  # kinds of starters that people know by another name


class Starters:
    """Starters as one identity may read them; batches have none on record, since nobody asks for them by request."""

    def __init__(self, aws: Aws) -> None:
        self._s3, self._bucket = aws.client("s3"), audit_bucket(aws.account)
        self._deliveries = Deliveries(aws)

    def of_runs(self, runs: Sequence[dict[str, Any]]) -> list[str]:
        """Of summaries of executions with their ``PipelineName``."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self.of_run, runs))

    def of_run(self, run: dict[str, Any]) -> str:
        """A person, a service, both of a push; ``unattributed`` where nobody is known."""
        pipeline = str(run["PipelineName"])
        if not pipeline.endswith(_TRAINING):
            return UNATTRIBUTED
        claims = Claims(self._s3, self._bucket, pipeline.removesuffix(_TRAINING))
        try:
            start = claims.start(run["PipelineExecutionArn"])
        except self._s3.exceptions.NoSuchBucket:
            return UNATTRIBUTED  # the platform is not deployed: anybody's pipeline
        if start is None:
            return UNATTRIBUTED if run["PipelineExecutionStatus"] in FINAL else NOT_YET
        return _told(start)

    def of_deliveries(self, deliveries: Sequence[dict[str, Any]]) -> list[str]:
        """Of summaries of deliveries."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._of_delivery, deliveries))

    def _of_delivery(self, delivery: dict[str, Any]) -> str:
        by = self._deliveries.started_by(delivery)
        pushed = delivery["trigger"]["triggerDetail"].endswith("-push")
        return f"push by {short(by)}" if pushed else short(by)


def short(arn: str) -> str:
    """``role/session`` of an assumed role's ARN, the resource of any other; a text that is no ARN as it is."""
    return arn.split(":", 5)[-1].removeprefix("assumed-role/") if arn.startswith("arn:") else arn


def _told(start: Start) -> str:
    if start.kind == NOBODY:
        return UNATTRIBUTED
    if start.kind == PERSON:
        return short(start.by)
    service = _SERVICES.get(start.kind, start.kind)
    return service if start.by == start.kind else f"{service} by {short(start.by)}"
