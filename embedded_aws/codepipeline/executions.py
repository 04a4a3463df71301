"""Executions of pipelines: stage by stage, actions of one run order side by side, artifacts on S3, every change an event."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

from embedded_aws.codepipeline.actions import Action, ActionFailed, Outcome, Runners, Stopped
from embedded_aws.codepipeline.stage_locks import Gates, GaveWay, Live
from embedded_aws.codepipeline.variables import given, resolved
from embedded_aws.gateway import Gateway
from embedded_aws.service import Call, Document, Emit, RoleSession, ServiceError
from embedded_aws.store import DocumentStore

_LOG = logging.getLogger("embedded_aws")
KIND, ACTION = "DeliveryExecution", "DeliveryAction"
RUNNING = {"InProgress", "Stopping"}


class Executions:
    """Starts, runs, stops and retries executions; their records are in the store."""

    def __init__(self, store: DocumentStore, runners: Runners, emit: Emit, session: RoleSession) -> None:
        self._store, self._runners, self._emit, self._session = store, runners, emit, session
        self._gates, self._endpoint = Gates(), ""
        self._threads: list[threading.Thread] = []

    def open(self, endpoint: str) -> None:
        """Look through what an earlier server left: executions that it ran have failed and can be retried."""
        self._endpoint = endpoint
        for key, item in self._store.list(ACTION):
            if item["status"] == "InProgress":
                error = {"code": "JobFailed", "message": "the embedded AWS ended while this action ran"}
                ended = {"status": "Failed", "errorDetails": error, "lastUpdateTime": time.time()}
                self._store.update(ACTION, key, lambda found, ended=ended: found.update(ended))  # type: ignore[misc]
        for key, item in self._store.list(KIND):
            if item["status"] in RUNNING:
                self._store.update(KIND, key, _failed)

    def close(self) -> None:
        """End everything."""
        for live in self._gates.everyone():
            self._gates.stop(live, "abandon")
        for thread in self._threads:
            thread.join(timeout=5)

    def start(self, call: Call, pipeline: Document, trigger: Document) -> str:
        """Begin an execution; returns its id."""
        name = pipeline["name"]
        id_, now = str(uuid.uuid4()), time.time()
        document: Document = {
            "pipelineExecutionId": id_,
            "pipelineName": name,
            "pipelineVersion": pipeline["version"],
            "pipeline": pipeline,
            "number": self._store.next_number(f"Delivery/{call.key(name)}"),
            "status": "InProgress",
            "startTime": now,
            "lastUpdateTime": now,
            "executionMode": pipeline.get("executionMode", "SUPERSEDED"),
            "executionType": "STANDARD",
            "trigger": trigger,
            "variables": given(pipeline.get("variables", []), call.params.get("variables", [])),
            "sourceRevisions": call.params.get("sourceRevisions", []),
            "artifactRevisions": [],
            "artifacts": {},
            "namespaces": {},
            "stages": {},
            "statusSummary": "",
        }
        self._store.put(KIND, call.key(f"{name}/{id_}"), document)
        self._begin(call, document, 0, "STARTED")
        return id_

    def stop(self, call: Call, name: str, id_: str, *, abandon: bool, why: str) -> None:
        """Stop after the present actions, or at once with ``abandon``.

        Raises:
            ServiceError: no such execution, or it has ended.
        """
        document, live = self.find(call, name, id_), self._gates.find(id_)
        if live is None or document["status"] not in RUNNING:
            raise ServiceError("PipelineExecutionNotStoppableException", f"execution {id_} is {document['status']}")
        self._change(call, name, id_, {"status": "Stopping", "statusSummary": why})
        self._tell_execution(call, name, id_, "STOPPING")
        self._gates.stop(live, "abandon" if abandon else "stop")

    def retry(self, call: Call, name: str, id_: str, stage: str, *, everything: bool) -> None:
        """Run the failed actions of a stage again (or all of them), and go on from there.

        Raises:
            ServiceError: the stage has not failed.
        """
        document = self.find(call, name, id_)
        if self._gates.find(id_) is not None or document["stages"].get(stage) not in {"Failed", "Stopped"}:
            raise ServiceError("StageNotRetryableException", f"stage {stage} of execution {id_} has not failed")
        names = [item["name"] for item in document["pipeline"]["stages"]]
        keep = [] if everything else self._finished(call, document, stage)
        change = {"status": "InProgress", "statusSummary": "", "skip": keep}
        self._begin(call, self._change(call, name, id_, change), names.index(stage), "RESUMED")

    def find(self, call: Call, name: str, id_: str) -> Document:
        """An execution's record.

        Raises:
            ServiceError: there is none.
        """
        found = self._store.get(KIND, call.key(f"{name}/{id_}"))
        if found is None:
            raise ServiceError("PipelineExecutionNotFoundException", f"execution {id_} of {name} does not exist")
        return found

    def all(self, call: Call, name: str) -> list[Document]:
        """Executions of a pipeline, newest first."""
        found = [item for _, item in self._store.list(KIND, call.key(f"{name}/"))]
        return sorted(found, key=lambda item: -int(item["number"]))

    def actions(self, call: Call, name: str, id_: str = "") -> list[Document]:
        """Action records, newest first."""
        found = [item for _, item in self._store.list(ACTION, call.key(f"{name}/{id_}"))]
        return sorted(found, key=lambda item: -float(item["startTime"]))

    def _finished(self, call: Call, document: Document, stage: str) -> list[str]:
        latest: dict[str, str] = {}
        for item in self.actions(call, document["pipelineName"], document["pipelineExecutionId"]):
            if item["stageName"] == stage:
                latest.setdefault(item["actionName"], item["status"])
        return [name for name, status in latest.items() if status == "Succeeded"]

    def _begin(self, call: Call, document: Document, first: int, state: str) -> None:
        name, id_ = document["pipelineName"], document["pipelineExecutionId"]
        live = Live(id_, call.key(name), document["number"], document["executionMode"], first)
        self._gates.add(live)
        self._tell_execution(call, name, id_, state)
        thread = threading.Thread(target=self._run, args=(call, live, name, first), daemon=True, name=f"delivery-{id_}")
        self._threads = [item for item in self._threads if item.is_alive()] + [thread]
        thread.start()

    def _run(self, call: Call, live: Live, name: str, first: int) -> None:
        try:
            status, summary = self._stages(call, live, name, first)
        except Exception as error:  # a fault of ours: the execution says so instead of running for ever
            _LOG.exception("execution %s of %s", live.id, name)
            status, summary = "Failed", f"{type(error).__name__}: {error}"
        finally:
            self._gates.remove(live)
        try:
            self._change(call, name, live.id, {"status": status, **({"statusSummary": summary} if summary else {})})
            events = {"Succeeded": "SUCCEEDED", "Failed": "FAILED", "Stopped": "STOPPED", "Superseded": "SUPERSEDED"}
            self._tell_execution(call, name, live.id, events[status])
        except Exception:
            _LOG.exception("execution %s of %s", live.id, name)

    def _stages(self, call: Call, live: Live, name: str, first: int) -> tuple[str, str]:
        """(status, why) of the whole execution."""
        stages = self.find(call, name, live.id)["pipeline"]["stages"]
        for number, stage in list(enumerate(stages))[first:]:
            try:
                if not self._gates.enter(live, number):
                    return "Stopped", ""
            except GaveWay:
                return "Superseded", ""
            try:
                status, summary = self._stage(call, live, name, stage)
            finally:
                self._gates.leave(live)
            if status != "Succeeded":
                return status, summary
        return "Succeeded", ""

    def _stage(self, call: Call, live: Live, name: str, stage: Document) -> tuple[str, str]:
        self._stage_status(call, live, name, stage, "InProgress", "STARTED")
        skipped = set(self.find(call, name, live.id).get("skip", []))
        ordered = sorted(stage["actions"], key=lambda action: int(action.get("runOrder", 1)))
        status, summary = "Succeeded", ""
        for _, group in groupby(ordered, key=lambda action: int(action.get("runOrder", 1))):
            actions = [action for action in group if action["name"] not in skipped]
            if live.stop:
                status = "Stopped"
                break
            with ThreadPoolExecutor(max(len(actions), 1)) as pool:
                found = list(pool.map(lambda action: self._action(call, live, name, stage["name"], action), actions))
            failed = [item for item in found if item[0] != "Succeeded"]
            if failed:
                status, summary = failed[0]
                break
        self._change(call, name, live.id, {"skip": []})
        words = {"Succeeded": "SUCCEEDED", "Failed": "FAILED", "Stopped": "STOPPED"}
        self._stage_status(call, live, name, stage, status, words[status])
        return status, summary

    def _stage_status(self, call: Call, live: Live, name: str, stage: Document, status: str, event: str) -> None:  # noqa: PLR0917
        def change(found: Document) -> None:
            found["stages"][stage["name"]] = status
            found["lastUpdateTime"] = time.time()

        self._store.update(KIND, call.key(f"{name}/{live.id}"), change)
        self._tell(call, name, "Stage", {"execution-id": live.id, "stage": stage["name"], "state": event})

    def _action(self, call: Call, live: Live, name: str, stage: str, declared: Document) -> tuple[str, str]:
        """(status, why) of one action."""
        id_ = str(uuid.uuid4())
        key = call.key(f"{name}/{live.id}/{id_}")
        record: Document = {
            "pipelineExecutionId": live.id,
            "actionExecutionId": id_,
            "pipelineVersion": self.find(call, name, live.id)["pipelineVersion"],
            "stageName": stage,
            "actionName": declared["name"],
            "startTime": time.time(),
            "lastUpdateTime": time.time(),
            "status": "InProgress",
            "actionTypeId": declared["actionTypeId"],
            "configuration": declared.get("configuration", {}),
            "namespace": declared.get("namespace", ""),
        }
        self._store.put(ACTION, key, record)
        self._tell_action(call, name, record, "STARTED")
        try:
            outcome = self._attempt(call, live, name, declared, id_, key)
        except Stopped:
            return self._end_action(call, name, key, "Abandoned", {}), ""
        except (ActionFailed, ServiceError) as error:
            code = error.code if isinstance(error, ActionFailed) else "ConfigurationError"
            external = error.external_id if isinstance(error, ActionFailed) else ""
            change = {"errorDetails": {"code": code, "message": error.message}, "summary": error.message}
            change |= {"externalExecutionId": external} if external else {}
            return self._end_action(call, name, key, "Failed", change), f"{stage}/{declared['name']}: {error.message}"
        change = {"externalExecutionId": outcome.external_id, "summary": outcome.summary}
        return self._end_action(call, name, key, "Succeeded", change | {"outputVariables": dict(outcome.variables)}), ""

    def _attempt(self, call: Call, live: Live, name: str, declared: Document, id_: str, key: str) -> Outcome:  # noqa: PLR0917
        document = self.find(call, name, live.id)
        values = {**document["namespaces"], "variables": document["variables"]}
        values["codepipeline"] = {"PipelineExecutionId": live.id}
        role = declared.get("roleArn") or document["pipeline"]["roleArn"]
        client = self._clients(call, role)
        store = document["pipeline"]["artifactStore"]
        names = [item["name"] for item in declared.get("inputArtifacts", [])]
        locations = {item: document["artifacts"][item] for item in names}
        configuration = resolved(declared.get("configuration", {}), values)
        self._store.update(
            ACTION, key, lambda found: found.update(resolvedConfiguration=configuration, inputs=locations)
        )
        action = Action(
            id_,
            Call("StartBuild", {}, call.account, call.region, _session_arn(call, role)),
            document,
            declared,
            configuration,
            {item: _read(client("s3"), where) for item, where in locations.items()},
            locations,
            {item["name"]: _place(store, name, item["name"]) for item in declared.get("outputArtifacts", [])},
            client,
            lambda change: self._note(key, change),
            lambda: live.stop == "abandon",
        )
        outcome = self._runners.run(action)
        self._keep(call, live, name, action, outcome, store)
        return outcome

    def _keep(self, call: Call, live: Live, name: str, action: Action, outcome: Outcome, store: Document) -> None:  # noqa: PLR0917
        """Artifacts to S3; variables and revisions to the execution."""
        s3 = action.client("s3")
        for artifact, content in outcome.artifacts.items():
            where, key = action.reserved[artifact], store.get("encryptionKey", {}).get("id")
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
            s3.put_object(Bucket=where["bucketName"], Key=where["objectKey"], Body=content, **encryption)

        def change(found: Document) -> None:
            found["artifacts"] |= {artifact: action.reserved[artifact] for artifact in outcome.artifacts}
            if action.declaration.get("namespace"):
                found["namespaces"][action.declaration["namespace"]] = dict(outcome.variables)
            if outcome.revision:
                made = {"name": action.outputs[0], "created": time.time(), **outcome.revision}
                kept = [item for item in found["artifactRevisions"] if item["name"] != made["name"]]
                found["artifactRevisions"] = [*kept, made]

        self._store.update(KIND, call.key(f"{name}/{live.id}"), change)

    def _clients(self, call: Call, role: str) -> Callable[[str], Any]:
        import boto3
        from botocore.config import Config

        keys = self._session(role, "CodePipeline", call.account, call.region)
        own = keys or Gateway(self._endpoint, call.account, call.region).root
        session = boto3.Session(
            own["AWS_ACCESS_KEY_ID"],
            own["AWS_SECRET_ACCESS_KEY"],
            own.get("AWS_SESSION_TOKEN"),
            region_name=call.region,
        )
        config = Config(
            s3={"addressing_style": "path"}, read_timeout=900, retries={"mode": "standard", "max_attempts": 2}
        )
        lock = threading.Lock()

        def client(service: str) -> Any:
            with lock:
                return session.client(service, endpoint_url=self._endpoint, config=config)  # type: ignore[call-overload]

        return client

    def _note(self, key: str, change: Document) -> None:
        self._store.update(ACTION, key, lambda found: found.update(change, lastUpdateTime=time.time()))

    def _end_action(self, call: Call, name: str, key: str, status: str, change: Document) -> str:
        """Record and tell; returns what it means for the stage."""
        self._note(key, {"status": status, **change})
        record = self._store.get(ACTION, key)
        words = {"Succeeded": "SUCCEEDED", "Failed": "FAILED", "Abandoned": "ABANDONED"}
        if record is not None:
            self._tell_action(call, name, record, words[status])
        return "Stopped" if status == "Abandoned" else status

    def _change(self, call: Call, name: str, id_: str, change: Document) -> Document:
        found = self._store.update(
            KIND, call.key(f"{name}/{id_}"), lambda found: found.update(change, lastUpdateTime=time.time())
        )
        if found is None:
            raise ServiceError("PipelineExecutionNotFoundException", f"execution {id_} of {name} does not exist")
        return found

    def _tell_execution(self, call: Call, name: str, id_: str, state: str) -> None:
        document = self.find(call, name, id_)
        trigger = document["trigger"]
        detail = {
            "execution-id": id_,
            "state": state,
            "version": float(document["pipelineVersion"]),
            "execution-trigger": {"trigger-type": trigger["triggerType"], "trigger-detail": trigger["triggerDetail"]},
        }
        self._tell(call, name, "Pipeline", detail)

    def _tell_action(self, call: Call, name: str, record: Document, state: str) -> None:
        detail: Document = {
            "execution-id": record["pipelineExecutionId"],
            "stage": record["stageName"],
            "action": record["actionName"],
            "action-execution-id": record["actionExecutionId"],
            "state": state,
            "region": call.region,
            "type": record["actionTypeId"],
        }
        if "summary" in record:
            detail["execution-result"] = {
                "external-execution-id": record.get("externalExecutionId", ""),
                "external-execution-summary": record["summary"],
                **({"error-code": record["errorDetails"]["code"]} if "errorDetails" in record else {}),
            }
        self._tell(call, name, "Action", detail)

    def _tell(self, call: Call, name: str, what: str, detail: Document) -> None:
        arn = call.arn(name, "codepipeline")
        kind = f"CodePipeline {what} Execution State Change"
        self._emit(kind, {"pipeline": name, **detail}, [arn], call.account, call.region)


def _failed(found: Document) -> None:
    for stage, status in found["stages"].items():
        if status == "InProgress":
            found["stages"][stage] = "Failed"
    found |= {"status": "Failed", "statusSummary": "the embedded AWS ended while it ran"}


def _read(s3: Any, where: Document) -> bytes:
    return bytes(s3.get_object(Bucket=where["bucketName"], Key=where["objectKey"])["Body"].read())


def _place(store: Document, pipeline: str, artifact: str) -> Document:
    return {
        "bucketName": store["location"],
        "objectKey": f"{pipeline[:20]}/{artifact[:10]}/{uuid.uuid4().hex[:7]}",
    }


def _session_arn(call: Call, role: str) -> str:
    return f"arn:aws:sts::{call.account}:assumed-role/{role.rsplit('/', 1)[-1]}/CodePipeline"


def summaries(found: Iterator[Document]) -> list[Document]:
    """Executions as ListPipelineExecutions shows them."""
    return [
        {
            **{
                key: item[key]
                for key in ("pipelineExecutionId", "status", "statusSummary", "startTime", "lastUpdateTime")
            },
            "trigger": item["trigger"],
            "executionMode": item["executionMode"],
            "executionType": item["executionType"],
            "sourceRevisions": [
                {
                    "actionName": revision["name"],
                    **{key: revision[key] for key in revision if key.startswith("revision")},
                }
                for revision in item["artifactRevisions"]
            ],
        }
        for item in found
    ]
