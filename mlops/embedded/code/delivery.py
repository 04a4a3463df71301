"""CodePipeline: the pipelines' structure; executions are another part's."""

import time
from collections.abc import Mapping
from typing import Any

from mlops.embedded.service import Call, Document, Handler, ServiceError
from mlops.embedded.store import DocumentStore


class CodePipeline:
    """See ``mlops.embedded.service.Service``."""

    name = "codepipeline"

    def __init__(self, store: DocumentStore) -> None:
        self._store = store
        self.operations: Mapping[str, Handler] = {
            "CreatePipeline": self._create,
            "GetPipeline": self._get,
            "UpdatePipeline": self._update,
            "DeletePipeline": self._delete,
            "ListPipelines": self._list,
            "GetPipelineState": self._state,
            "ListTagsForResource": self._tags,
        }

    def start(self, endpoint: str) -> None:
        """Nothing runs in the background."""

    def close(self) -> None:
        """Nothing to stop."""

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
        pipeline = self._find(call, call.params["name"])["pipeline"]
        stages = [
            {
                "stageName": stage["name"],
                "actionStates": [{"actionName": action["name"]} for action in stage["actions"]],
            }
            for stage in pipeline["stages"]
        ]
        return {"pipelineName": pipeline["name"], "pipelineVersion": pipeline["version"], "stageStates": stages}

    def _tags(self, call: Call) -> Document:
        return {"tags": self._find(call, call.params["resourceArn"].rsplit(":", 1)[-1])["tags"]}


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


def resource_arn(_operation: str, params: dict[str, Any], region: str, account: str) -> str:
    """ARN of the pipeline that an operation acts on."""
    name = params.get("name") or params.get("pipelineName") or params.get("pipeline", {}).get("name")
    return f"arn:aws:codepipeline:{region}:{account}:{name or '*'}"
