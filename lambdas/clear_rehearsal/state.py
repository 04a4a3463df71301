"""Whether a rehearsal is over: nothing of it runs, and nothing more can come of its batch."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mlops.bundled.alarms import ALARMS, DRIFT, PREDICTIONS, SCHEMA

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

_RUNNING = {"Executing", "Stopping"}
_NEVER_BEGAN = timedelta(hours=1)


@dataclass(frozen=True)
class Ran:
    """An execution: what it reads, and of which pipeline it is."""

    arn: str
    status: str
    began: datetime
    reads: str
    pipeline: str

    @property
    def id(self) -> str:
        """The execution's own part of its ARN."""
        return self.arn.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Played:
    """A rehearsal, when its first table was uploaded, and its executions."""

    id: str
    uploaded: datetime
    runs: Sequence[Ran]


def raised_by(summary: Mapping[str, Any]) -> list[str]:
    """Kinds of the alarms that a batch raises, by its summary."""
    found = {
        DRIFT: summary.get("raises_drift"),
        SCHEMA: summary.get("schema_violations"),
        PREDICTIONS: summary.get("predictions", {}).get("drifted"),
    }
    return [kind for kind, raises in found.items() if raises]


def is_over(cloudwatch: "CloudWatchClient", played: Played, raised: Sequence[str]) -> bool:
    """Ended runs only, and its batch raises no alarm, or has been answered: by a training, or long enough ago for the alarms to be OK."""
    if not played.runs:
        return datetime.now(UTC) - played.uploaded > _NEVER_BEGAN
    if any(run.status in _RUNNING for run in played.runs):
        return False
    if not raised or any(run.pipeline == os.environ["TRAINING_PIPELINE"] for run in played.runs):
        return True
    began = min(run.began for run in played.runs)
    watched = [row.name(os.environ["PROJECT"], rehearsal=True) for row in ALARMS if row.kind in raised]
    states = cloudwatch.describe_alarms(AlarmNames=watched)["MetricAlarms"]
    return all(it["StateValue"] == "OK" and it["StateUpdatedTimestamp"] > began for it in states)
