"""Whose code is being published: the delivery that updates the project now, as CodePipeline knows it.

What the build that runs pushed code says of itself is nobody's word but the pusher's; CodePipeline's history is not theirs to write.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from mlops.bundled.people import person_of_arn

BUILD, DEPLOY, _RELEASE, _SOURCE = "Build", "Deploy", "Release", "Source"  # stages
_LAG = timedelta(minutes=5)  # until EventBridge has made a delivery of a push
_BY_RULE = {"CloudWatchEvent", "EventBridge"}
_NOBODY = {"", "schedule", "a person"}  # what the variable says where no push has started the delivery
_MANUAL = "StartPipelineExecution"


@dataclass(frozen=True)
class Delivery:
    """``pushers`` are ARNs of everybody whose push has come in since the last delivery that was deployed, this one's first.

    ``gated`` says whether a person has to release it; ``released_by`` is empty where nobody has.
    """

    execution: str
    commit: str
    pushers: tuple[str, ...]
    gated: bool
    released_by: str
    release_reason: str

    @property
    def pushed_by(self) -> str:
        """The last of them; empty where nobody's push is known."""
        return self.pushers[0] if self.pushers else ""

    @property
    def released_by_pusher(self) -> bool:
        """Whether one person has let his own code through."""
        return person_of_arn(self.released_by) in {person_of_arn(arn) for arn in self.pushers}

    def details(self, code: str) -> dict[str, Any]:
        """For the audit trail; ``code`` is the digest of what is published."""
        return {
            "code": code,
            "commit": self.commit,
            "pushed_by": self.pushed_by,
            "pushers": sorted({person_of_arn(arn) for arn in self.pushers}),
            "known": bool(self.pushers),
            "delivery": self.execution,
            "released_by": self.released_by,
        }


def in_progress(codepipeline: Any, pipeline: str) -> Delivery | None:
    """The delivery in its deploy stage, which holds one at a time; None where something else updates the project."""
    try:
        state = codepipeline.get_pipeline_state(name=pipeline)
    except codepipeline.exceptions.PipelineNotFoundException:
        return None  # the project is being made
    stages = {stage["stageName"]: stage for stage in state.get("stageStates", [])}
    latest = stages.get(DEPLOY, {}).get("latestExecution")
    if latest is None or latest["status"] != "InProgress":
        return None
    return delivery(codepipeline, pipeline, latest["pipelineExecutionId"], gated=_RELEASE in stages)


def delivery(codepipeline: Any, pipeline: str, id_: str, *, gated: bool) -> Delivery:
    """What CodePipeline knows of an execution."""
    found = _execution(codepipeline, pipeline, id_)
    released = (it for it in actions(codepipeline, pipeline, id_, _RELEASE) if it["status"] == "Succeeded")
    release = max(released, key=lambda it: it["lastUpdateTime"], default={})
    return Delivery(
        execution=id_,
        commit=next((item["revisionId"] for item in found.get("artifactRevisions", [])), ""),
        pushers=tuple(dict.fromkeys(_pushers(codepipeline, pipeline, id_))),
        gated=gated,
        released_by=str(release.get("updatedBy", "")),
        release_reason=_summary(release),
    )


@dataclass(frozen=True)
class Rejection:
    """A decision that has let an execution not through; ``by`` is empty where nobody has decided in time."""

    id: str
    by: str
    reason: str
    at: datetime


def rejections(codepipeline: Any, pipeline: str, execution: str) -> list[Rejection]:
    """All of an execution, oldest first: its stage may have been tried again."""
    failed = [it for it in actions(codepipeline, pipeline, execution, _RELEASE) if it["status"] == "Failed"]
    return [
        Rejection(it["actionExecutionId"], str(it.get("updatedBy", "")), _summary(it), it["lastUpdateTime"])
        for it in sorted(failed, key=lambda it: it["lastUpdateTime"])
    ]


def actions(codepipeline: Any, pipeline: str, execution: str, stage: str) -> Iterator[Mapping[str, Any]]:
    """Runs of a stage's actions in this very execution."""
    pages = codepipeline.get_paginator("list_action_executions").paginate(
        pipelineName=pipeline, filter={"pipelineExecutionId": execution}
    )
    yield from (item for page in pages for item in page["actionExecutionDetails"] if item["stageName"] == stage)


def _summary(action: Mapping[str, Any]) -> str:
    return str(action.get("output", {}).get("executionResult", {}).get("externalExecutionSummary", ""))


def _execution(codepipeline: Any, pipeline: str, id_: str) -> Mapping[str, Any]:
    answer = codepipeline.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=id_)
    found: Mapping[str, Any] = answer["pipelineExecution"]
    return found


def _pushers(codepipeline: Any, pipeline: str, current: str) -> Iterator[str]:
    """From this delivery back to the last one that was deployed: what was stopped on the way comes in with this one.

    One that no push has started takes what the branch has when its checkout runs: pushes until then are in it, though their own
    deliveries are newer.
    """
    until = (
        None if _pusher(_execution(codepipeline, pipeline, current)) else _checked_out(codepipeline, pipeline, current)
    )
    pages = codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=pipeline)
    reached = False
    for item in (item for page in pages for item in page["pipelineExecutionSummaries"]):  # newest first
        reached = reached or item["pipelineExecutionId"] == current
        if not reached and (until is None or item["startTime"] > until):
            continue
        if reached and item["pipelineExecutionId"] != current and item["status"] == "Succeeded":
            return
        by = _pusher(_execution(codepipeline, pipeline, item["pipelineExecutionId"]))
        if by:
            yield by


def _checked_out(codepipeline: Any, pipeline: str, execution: str) -> datetime | None:
    """When the last delivery can have begun whose push is in an execution's checkout; None where it has none."""
    ended = (it["lastUpdateTime"] for it in actions(codepipeline, pipeline, execution, _SOURCE))
    last: datetime | None = max(ended, default=None)
    return last + _LAG if last else None


def _pusher(found: Mapping[str, Any]) -> str:
    """The rule on pushes has noted him; who starts a delivery by hand counts as its pusher."""
    trigger = found.get("trigger", {})
    if trigger.get("triggerType") == _MANUAL:
        return str(trigger.get("triggerDetail", ""))
    given = {item["name"]: item["resolvedValue"] for item in found.get("variables", [])}
    by = given.get("StartedBy", "") if trigger.get("triggerType") in _BY_RULE else ""
    return "" if by in _NOBODY else by
