"""On "CodePipeline Action Execution State Change" of a failed approval: the audit trail says who has not let a delivery through."""

from typing import Any, NotRequired, TypedDict

from lambdas.publish_code.delivered import Rejection, delivery, rejections
from mlops.bundled.audit import Entry, Trail

RELEASE, _DECISION = "release", "decision"
# an event may come before CodePipeline's history has what it tells; its members have hyphens
Detail = TypedDict("Detail", {"pipeline": str, "execution-id": str, "action-execution-id": NotRequired[str]})


class NotYet(Exception):
    """CodePipeline's history does not have the decision yet: the event has to come again."""


def note(codepipeline: Any, trail: Trail, detail: Detail) -> list[Entry]:
    """Write down what the trail does not have of the execution's rejections; events come at least once, so perhaps nothing.

    Raises:
        NotYet: the history has no rejection, or not the one that is told.
    """
    pipeline, execution = detail["pipeline"], detail["execution-id"]
    found = rejections(codepipeline, pipeline, execution)
    told = detail.get("action-execution-id")
    if not any(told in {None, it.id} for it in found):
        raise NotYet(f"CodePipeline does not say yet who has rejected delivery {execution}: the event comes again")
    known = {it.details.get(_DECISION) for it in trail.entries() if it.action == RELEASE}
    new = [it for it in found if it.id not in known]
    if not new:
        return []
    about = delivery(codepipeline, pipeline, execution, gated=True)
    return [_append(trail, it, about.commit, about.details("")) for it in new]


def _append(trail: Trail, rejection: Rejection, commit: str, details: dict[str, Any]) -> Entry:
    return trail.append(
        RELEASE,
        commit,
        by=rejection.by or "CodePipeline",
        reason=rejection.reason,
        outcome="rejected" if rejection.by else "nobody decided in time",
        at=rejection.at.isoformat(timespec="milliseconds"),
        details={**details, _DECISION: rejection.id},
        once=rejection.id,
    )
