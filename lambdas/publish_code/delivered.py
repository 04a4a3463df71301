"""Whose code is being published: the delivery that updates the project now, as CodePipeline knows it.

What the build that runs pushed code says of itself is nobody's word but the pusher's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops.bundled.people import person_of_arn

_DEPLOY, _RELEASE = "Deploy", "Release"  # stages
_BY_RULE = {"CloudWatchEvent", "EventBridge"}
_NOBODY = {"", "schedule"}


@dataclass(frozen=True)
class Delivery:
    """``pushed_by`` and ``released_by`` are ARNs, empty where nobody has pushed (the schedule) or there is no gate."""

    execution: str
    commit: str
    pushed_by: str
    released_by: str
    release_reason: str

    @property
    def released_by_pusher(self) -> bool:
        """Whether one person has let his own code through."""
        return bool(self.released_by) and person_of_arn(self.released_by) == person_of_arn(self.pushed_by)

    def details(self, code: str) -> dict[str, str]:
        """For the audit trail; ``code`` is the digest of what is published."""
        return {
            "code": code,
            "commit": self.commit,
            "pushed_by": self.pushed_by,
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
    latest = stages.get(_DEPLOY, {}).get("latestExecution")
    if latest is None or latest["status"] != "InProgress":
        return None
    id_ = latest["pipelineExecutionId"]
    found = codepipeline.get_pipeline_execution(pipelineName=pipeline, pipelineExecutionId=id_)["pipelineExecution"]
    release = _release(stages.get(_RELEASE, {}), id_)
    return Delivery(
        execution=id_,
        commit=next((item["revisionId"] for item in found.get("artifactRevisions", [])), ""),
        pushed_by=_pusher(found),
        released_by=str(release.get("lastUpdatedBy", "")),
        release_reason=str(release.get("summary", "")),
    )


def _pusher(found: Mapping[str, Any]) -> str:
    """The rule on pushes has noted him; who starts a delivery by hand counts as its pusher."""
    trigger = found.get("trigger", {})
    if trigger.get("triggerType") not in _BY_RULE:
        return str(trigger.get("triggerDetail", ""))
    given = {item["name"]: item["resolvedValue"] for item in found.get("variables", [])}
    by = given.get("StartedBy", "")
    return "" if by in _NOBODY else by


def _release(stage: Mapping[str, Any], execution: str) -> Mapping[str, Any]:
    """The approval that has let this execution through."""
    if stage.get("latestExecution", {}).get("pipelineExecutionId") != execution:
        return {}
    actions = (action.get("latestExecution", {}) for action in stage.get("actionStates", []))
    return next((action for action in actions if action.get("status") == "Succeeded"), {})
