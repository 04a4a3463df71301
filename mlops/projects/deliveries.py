"""Deliveries of pushed code: executions of the projects' CodePipeline pipelines, their actions and the logs of their builds."""

from collections.abc import Iterator
from typing import Any

from mlops.aws import Aws, listed
from mlops.errors import RefusedInput
from mlops.projects.names import PLATFORM

_SUFFIX = "-delivery"


def is_delivery(pipeline: str) -> bool:
    """Whether a pipeline of this name delivers code: a project's, or the platform's own."""
    return pipeline.endswith(_SUFFIX) or pipeline == PLATFORM


class Deliveries:
    """Deliveries as one identity sees them."""

    def __init__(self, aws: Aws) -> None:
        self._pipelines, self._builds, self._logs = (aws.client(it) for it in ("codepipeline", "codebuild", "logs"))

    def all(self, pipeline: str | None = None) -> list[dict[str, Any]]:
        """Summaries with their ``pipelineName``, newest first; of all projects without a pipeline's name."""
        names = [pipeline] if pipeline else self.names()
        operation, members = "list_pipeline_executions", "pipelineExecutionSummaries"
        found = [
            {"pipelineName": name, **item}
            for name in names
            for item in listed(self._pipelines, operation, members, pipelineName=name)
        ]
        return sorted(found, key=lambda item: item["startTime"], reverse=True)

    def find(self, text: str) -> dict[str, Any] | None:
        """The delivery whose id is, or begins with, ``text``; None where there is none.

        Raises:
            RefusedInput: several begin so.
        """
        matching = [item for item in self.all() if item["pipelineExecutionId"].startswith(text)]
        if len(matching) > 1:
            raise RefusedInput(f"run {text}: {len(matching)} deliveries match; see 'mlops run list'")
        return matching[0] if matching else None

    def started_by(self, delivery: dict[str, Any]) -> str:
        """Who pushed, or what else has started it."""
        answer = self._pipelines.get_pipeline_execution(
            pipelineName=delivery["pipelineName"], pipelineExecutionId=delivery["pipelineExecutionId"]
        )["pipelineExecution"]
        given = {item["name"]: item["resolvedValue"] for item in answer.get("variables", [])}
        by_event = delivery["trigger"]["triggerType"] == "CloudWatchEvent"
        return str(given.get("StartedBy") if by_event else delivery["trigger"]["triggerDetail"])

    def actions(self, delivery: dict[str, Any]) -> list[dict[str, Any]]:
        """Its actions, earliest first."""
        found = listed(
            self._pipelines,
            "list_action_executions",
            "actionExecutionDetails",
            pipelineName=delivery["pipelineName"],
            filter={"pipelineExecutionId": delivery["pipelineExecutionId"]},
        )
        return sorted(found, key=lambda item: item["startTime"])

    def logs(self, action: dict[str, Any]) -> Iterator[str]:
        """Lines of an action's build; nothing for other actions."""
        if action.get("input", {}).get("actionTypeId", {}).get("provider") != "CodeBuild":
            return
        id_ = action.get("output", {}).get("executionResult", {}).get("externalExecutionId")
        for build in self._builds.batch_get_builds(ids=[id_])["builds"] if id_ else []:
            where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
            token: dict[str, str] = {}
            while True:
                answer = self._logs.get_log_events(**where, startFromHead=True, **token)
                yield from (event["message"] for event in answer["events"])
                if token.get("nextToken") == answer["nextForwardToken"]:
                    break
                token = {"nextToken": answer["nextForwardToken"]}

    def release(self, delivery: dict[str, Any], reason: str, *, released: bool) -> None:
        """Decide at the manual gate where the delivery waits.

        Raises:
            RefusedInput: it waits at none.
        """
        state = self._pipelines.get_pipeline_state(name=delivery["pipelineName"])
        waiting = [
            (stage["stageName"], action["actionName"], action["latestExecution"]["token"])
            for stage in state["stageStates"]
            if stage.get("latestExecution", {}).get("pipelineExecutionId") == delivery["pipelineExecutionId"]
            for action in stage["actionStates"]
            if action.get("latestExecution", {}).get("token")
        ]
        if not waiting:
            raise RefusedInput(
                f"delivery {delivery['pipelineExecutionId']} waits for nobody; it is {delivery['status']}"
            )
        stage, action, token = waiting[0]
        self._pipelines.put_approval_result(
            pipelineName=delivery["pipelineName"],
            stageName=stage,
            actionName=action,
            token=token,
            result={"summary": reason, "status": "Approved" if released else "Rejected"},
        )

    def names(self) -> list[str]:
        """Every pipeline that delivers code."""
        found = listed(self._pipelines, "list_pipelines", "pipelines")
        return [item["name"] for item in found if is_delivery(item["name"])]


def reason(action: dict[str, Any]) -> str:
    """Why an action failed, or what it says of itself; a person's decision with the person."""
    result = action.get("output", {}).get("executionResult", {})
    said = str(result.get("errorDetails", {}).get("message") or result.get("externalExecutionSummary", ""))
    by = str(action.get("updatedBy", "")).rpartition(":assumed-role/")[2] or str(action.get("updatedBy", ""))
    return f"{by}: {said}" if by else said
