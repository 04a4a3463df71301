"""CodePipeline: pipelines, their executions, approvals and jobs of functions."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from embedded_aws.codepipeline.executions import Executions
from embedded_aws.codepipeline.open_jobs import OpenJobs
from embedded_aws.codepipeline.records import ActionRecord, ExecutionRecord
from embedded_aws.endpoint import Endpoint
from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.store import DocumentStore

T = TypeVar("T")


class CodePipeline:
    """See ``embedded_aws.service.Service``."""

    name = "codepipeline"

    def __init__(self, store: DocumentStore, executions: Executions, jobs: OpenJobs) -> None:
        self._store, self._executions, self._jobs = store, executions, jobs
        self.operations: Mapping[str, Handler] = {
            "CreatePipeline": self._create,
            "GetPipeline": self._get,
            "UpdatePipeline": self._update,
            "DeletePipeline": self._delete,
            "ListPipelines": self._list,
            "GetPipelineState": self._state,
            "StartPipelineExecution": self._start,
            "StopPipelineExecution": self._stop,
            "RetryStageExecution": self._retry,
            "GetPipelineExecution": self._execution,
            "ListPipelineExecutions": self._list_executions,
            "ListActionExecutions": self._list_actions,
            "PutApprovalResult": self._approve,
            "PutJobSuccessResult": self._succeed,
            "PutJobFailureResult": self._fail,
            "ListTagsForResource": self._tags,
        }

    def start(self, endpoint: Endpoint) -> None:
        """Executions can begin."""
        self._executions.open(endpoint.url)

    def close(self) -> None:
        """End what runs."""
        self._executions.close()

    def start_by_rule(self, name: str, given: Document, rule: str, call: Call) -> str:
        """Start because of an event; ``given`` may have variables and sourceRevisions, as a target's input has."""
        wanted: Document = {key: given[key] for key in ("variables", "sourceRevisions") if key in given}
        own = Call("StartPipelineExecution", {"name": name, **wanted}, call.account, call.region, call.identity)
        return self._begin(own, {"triggerType": "CloudWatchEvent", "triggerDetail": rule})

    def _start(self, call: Call) -> Document:
        token = call.params.get("clientRequestToken")
        known = self._store.get("DeliveryToken", call.key(token)) if token else None
        if known is not None:
            return known
        trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": call.identity}
        answer = {"pipelineExecutionId": self._begin(call, trigger)}
        if token:
            self._store.put("DeliveryToken", call.key(token), answer)
        return answer

    def _begin(self, call: Call, trigger: Document) -> str:
        return self._executions.start(call, self._find(call, call.params["name"])["pipeline"], trigger)

    def _stop(self, call: Call) -> Document:
        given = call.params
        self._executions.stop(
            call,
            given["pipelineName"],
            given["pipelineExecutionId"],
            abandon=bool(given.get("abandon")),
            why=given.get("reason", ""),
        )
        return {"pipelineExecutionId": given["pipelineExecutionId"]}

    def _retry(self, call: Call) -> Document:
        given = call.params
        name, id_, everything = given["pipelineName"], given["pipelineExecutionId"], given["retryMode"] == "ALL_ACTIONS"
        self._executions.retry(call, name, id_, given["stageName"], everything=everything)
        return {"pipelineExecutionId": id_}

    def _execution(self, call: Call) -> Document:
        found = self._executions.find(call, call.params["pipelineName"], call.params["pipelineExecutionId"])
        return {"pipelineExecution": found.describe()}

    def _list_executions(self, call: Call) -> Document:
        self._find(call, call.params["pipelineName"])
        found = self._executions.all(call, call.params["pipelineName"])
        page, token = _page(call, found, 100)
        return {"pipelineExecutionSummaries": [item.summarize() for item in page], **token}

    def _list_actions(self, call: Call) -> Document:
        name = call.params["pipelineName"]
        self._find(call, name)
        chosen = call.params.get("filter", {}).get("pipelineExecutionId", "")
        page, token = _page(call, self._executions.actions(call, name, chosen), 100)
        return {"actionExecutionDetails": [item.describe() for item in page], **token}

    def _approve(self, call: Call) -> Document:
        given = call.params
        result = {"status": given["result"]["status"], "summary": given["result"]["summary"], "by": call.identity}
        message = f"approval {given['token']} does not exist or has been decided"
        self._jobs.give(given["token"], result, "ApprovalAlreadyCompletedException", message)
        return {"approvedAt": time.time()}

    def _succeed(self, call: Call) -> Document:
        given = call.params
        result = {"kind": "success", "summary": given.get("executionDetails", {}).get("summary", "")}
        result |= {key: given[key] for key in ("continuationToken", "outputVariables") if key in given}
        self._give(given["jobId"], result)
        return {}

    def _fail(self, call: Call) -> Document:
        details = call.params["failureDetails"]
        self._give(call.params["jobId"], {"kind": "failure", "type": details["type"], "message": details["message"]})
        return {}

    def _give(self, id_: str, result: Document) -> None:
        self._jobs.give(id_, result, "JobNotFoundException", f"job {id_} does not exist or has its result")

    def _create(self, call: Call) -> Document:
        pipeline, now = {**call.params["pipeline"], "version": 1}, time.time()
        _accept(pipeline)
        document = {"pipeline": pipeline, "created": now, "updated": now, "tags": call.params.get("tags", [])}
        if not self._store.create("Delivery", call.key(pipeline["name"]), document):
            raise ServiceError("PipelineNameInUseException", f"pipeline {pipeline['name']} already exists")
        return {"pipeline": pipeline, "tags": document["tags"]}

    def _find(self, call: Call, name: str) -> Document:
        found = self._store.get("Delivery", call.key(name))
        if found is None:
            raise ServiceError("PipelineNotFoundException", f"pipeline {name} does not exist")
        return found

    def _get(self, call: Call) -> Document:
        found = self._find(call, call.params["name"])
        arn = call.arn(call.params["name"], "codepipeline")
        return {
            "pipeline": found["pipeline"],
            "metadata": {"pipelineArn": arn, "created": found["created"], "updated": found["updated"]},
        }

    def _update(self, call: Call) -> Document:
        given = call.params["pipeline"]
        found = self._find(call, given["name"])
        _accept(given)
        pipeline = {**given, "version": found["pipeline"]["version"] + 1}
        self._store.put("Delivery", call.key(given["name"]), {**found, "pipeline": pipeline, "updated": time.time()})
        return {"pipeline": pipeline}

    def _delete(self, call: Call) -> Document:
        self._store.delete("Delivery", call.key(call.params["name"]))
        return {}

    def _list(self, call: Call) -> Document:
        found = [item for _, item in self._store.list("Delivery", call.key(""))]
        members = ("name", "version", "pipelineType", "executionMode")
        summaries = [{name: item["pipeline"][name] for name in members if name in item["pipeline"]} for item in found]
        return {"pipelines": summaries}

    def _state(self, call: Call) -> Document:
        found = self._find(call, call.params["name"])
        pipeline, name = found["pipeline"], call.params["name"]
        executions, actions = self._executions.all(call, name), self._executions.actions(call, name)
        stages = [_stage_state(stage, executions, actions) for stage in pipeline["stages"]]
        return {
            "pipelineName": name,
            "pipelineVersion": pipeline["version"],
            "stageStates": stages,
            "created": found["created"],
            "updated": found["updated"],
        }

    def _tags(self, call: Call) -> Document:
        return {"tags": self._find(call, call.params["resourceArn"].rsplit(":", 1)[-1])["tags"]}


def _stage_state(stage: Document, executions: list[ExecutionRecord], actions: list[ActionRecord]) -> Document:
    """The newest execution that has entered a stage, and each action's newest run."""
    name = stage["name"]
    state: Document = {"stageName": name, "inboundTransitionState": {"enabled": True}, "actionStates": []}
    latest = next((item for item in executions if name in item.stages), None)
    if latest is not None:
        state["latestExecution"] = {"pipelineExecutionId": latest.id, "status": latest.stages[name]}
    for declared in stage["actions"]:
        runs = (item for item in actions if (item.stage, item.name) == (name, declared["name"]))
        newest = next(runs, None)
        own = {"latestExecution": newest.latest()} if newest is not None else {}
        state["actionStates"].append({"actionName": declared["name"], **own})
    return state


def _page(call: Call, items: Sequence[T], most: int) -> tuple[Sequence[T], Document]:
    """A page and, where there are more, the token of the next one."""
    size, start = int(call.params.get("maxResults") or most), int(call.params.get("nextToken") or 0)
    more = {"nextToken": str(start + size)} if start + size < len(items) else {}
    return items[start : start + size], more


def _accept(pipeline: Document) -> None:
    """What CodePipeline refuses beyond shapes: fewer than two stages, artifacts that nobody makes."""
    if len(pipeline["stages"]) < 2:
        raise ServiceError("InvalidStructureException", "pipeline should have at least two stages")
    made: set[str] = set()
    for stage in pipeline["stages"]:
        for action in stage["actions"]:
            unknown = {item["name"] for item in action.get("inputArtifacts", [])} - made
            if unknown:
                raise ServiceError(
                    "InvalidStructureException", f"action {action['name']}: nothing makes artifact {sorted(unknown)[0]}"
                )
        made |= {item["name"] for action in stage["actions"] for item in action.get("outputArtifacts", [])}


def resource_arn(operation: str, params: dict[str, Any], region: str, account: str) -> str:
    """ARN of the pipeline that an operation acts on, or of its stage or action."""
    name = params.get("name") or params.get("pipelineName") or params.get("pipeline", {}).get("name")
    parts = {"PutApprovalResult": ("stageName", "actionName"), "RetryStageExecution": ("stageName",)}
    name = "/".join([str(name), *(str(params.get(it)) for it in parts[operation])]) if operation in parts else name
    return f"arn:aws:codepipeline:{region}:{account}:{name or '*'}"
