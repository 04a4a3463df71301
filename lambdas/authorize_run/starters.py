"""Who stands behind a start request: a person, or a service that acts because of somebody or something."""

import os
from dataclasses import dataclass
from typing import Any

from mlops.bundled.claims import PERSON
from mlops.bundled.people import person_of_arn
from mlops.bundled.requests import Refused, Request

DRIFT, PUSH, SCHEDULE, DELIVERY = "drift-policy", "push", "schedule", "delivery"
_SESSION = "AWSCodeBuild-"  # CodeBuild names a build's session after the build


@dataclass(frozen=True)
class Starter:
    """``people`` are those whom the run counts as theirs: none of them may sign for its version."""

    kind: str
    by: str
    people: frozenset[str]


def starter(codebuild: Any, codepipeline: Any, request: Request) -> Starter:
    """By the unique id that the request lies below; the services' role ids come from the project's own stack.

    Raises:
        Refused: a build that no delivery has started, or that is not known.
    """
    role, _, session = request.writer.partition(":")
    if role == os.environ.get("DRIFT_ROLE_ID"):
        return Starter(DRIFT, DRIFT, frozenset())
    if role == os.environ.get("DEPLOY_ROLE_ID"):
        return _delivery(codepipeline, _execution(codebuild, session))
    return Starter(PERSON, request.person, request.people)  # never what he says of himself


def _execution(codebuild: Any, session: str) -> str:
    """Id of the delivery whose build this session is: CodePipeline has told the build, not its code."""
    if not session.startswith(_SESSION):
        raise Refused("the start request was written in the deploy role by something else than a build")
    id_ = f"{os.environ['DEPLOY_PROJECT']}:{session.removeprefix(_SESSION)}"
    builds = codebuild.batch_get_builds(ids=[id_])["builds"]
    told = builds[0].get("environment", {}).get("environmentVariables", []) if builds else []
    found = next((item["value"] for item in told if item["name"] == "EXECUTION"), "")
    if not found:
        raise Refused(f"the start request was written by build {id_}, which no delivery has started")
    return found


def _delivery(codepipeline: Any, execution: str) -> Starter:
    """A push counts as its pusher's; the rule that started the delivery has noted him, and only rules start deliveries."""
    answer = codepipeline.get_pipeline_execution(
        pipelineName=os.environ["DELIVERY_PIPELINE"], pipelineExecutionId=execution
    )["pipelineExecution"]
    given = {item["name"]: item["resolvedValue"] for item in answer.get("variables", [])}
    trigger, by = answer.get("trigger", {}), given.get("StartedBy", "")
    if trigger.get("triggerType") not in {"CloudWatchEvent", "EventBridge"}:  # somebody has started it by hand
        who = str(trigger.get("triggerDetail", DELIVERY))
        return Starter(DELIVERY, who, frozenset({person_of_arn(who)}))
    if by == SCHEDULE:
        return Starter(SCHEDULE, SCHEDULE, frozenset())
    return Starter(PUSH, by, frozenset({person_of_arn(by)}))
