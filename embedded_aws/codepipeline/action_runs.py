"""One action of an execution: from its inputs on S3 to its artifacts there, every call as the pipeline's role."""

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from embedded_aws.codepipeline.actions import Action, ActionFailed, Outcome, Stopped
from embedded_aws.codepipeline.notices import Notices
from embedded_aws.codepipeline.records import ActionRecord, ExecutionRecord, State
from embedded_aws.codepipeline.runners import Runners
from embedded_aws.codepipeline.stage_locks import Live
from embedded_aws.codepipeline.variables import resolved
from embedded_aws.service import Call, Document, RoleSession, ServiceError


@dataclass(frozen=True)
class Place:
    """Where an action stands: in which execution of which pipeline and in which stage."""

    call: Call
    live: Live
    pipeline: str
    stage: str

    @property
    def execution_key(self) -> str:
        """Store key of the execution."""
        return self.call.key(f"{self.pipeline}/{self.live.id}")


class ActionRuns:
    """Runs actions and keeps their records."""

    def __init__(self, state: State, runners: Runners, notices: Notices, session: RoleSession) -> None:
        self._state, self._runners, self._notices, self._session = state, runners, notices, session
        self._endpoint = ""

    def open(self, endpoint: str) -> None:
        """Actions reach other services here."""
        self._endpoint = endpoint

    def run(self, place: Place, declared: Document) -> tuple[str, str]:
        """(status, why) of one action, as far as its stage is concerned."""
        id_, now = str(uuid.uuid4()), time.time()
        key = f"{place.execution_key}/{id_}"
        record = ActionRecord(
            id=id_,
            execution=place.live.id,
            version=self._execution(place).version,
            stage=place.stage,
            name=declared["name"],
            started=now,
            updated=now,
            status="InProgress",
            type=declared["actionTypeId"],
            configuration=declared.get("configuration", {}),
            namespace=declared.get("namespace", ""),
        )
        self._state.actions.put(key, record)
        self._notices.action(place.call, place.pipeline, record)
        try:
            outcome = self._attempt(place, declared, id_, key)
        except Stopped:
            return self._end(place, key, "Abandoned"), ""
        except (ActionFailed, ServiceError) as error:
            failed = error if isinstance(error, ActionFailed) else ActionFailed("ConfigurationError", error.message)
            return self._failed(place, key, failed), f"{place.stage}/{declared['name']}: {error.message}"
        ended = {"external_id": outcome.external_id, "summary": outcome.summary, "variables": dict(outcome.variables)}
        return self._end(place, key, "Succeeded", **ended), ""

    def _execution(self, place: Place) -> ExecutionRecord:
        found = self._state.executions.get(place.execution_key)
        if found is None:
            raise ServiceError(
                "PipelineExecutionNotFoundException", f"execution {place.live.id} of {place.pipeline} does not exist"
            )
        return found

    def _attempt(self, place: Place, declared: Document, id_: str, key: str) -> Outcome:
        execution, call = self._execution(place), place.call
        values = {**execution.namespaces, "variables": execution.variables}
        values["codepipeline"] = {"PipelineExecutionId": execution.id}
        role = declared.get("roleArn") or execution.pipeline["roleArn"]
        client, store = self._clients(call, role), execution.pipeline["artifactStore"]
        locations = {item["name"]: execution.artifacts[item["name"]] for item in declared.get("inputArtifacts", [])}
        configuration = resolved(declared.get("configuration", {}), values)
        self._state.actions.set(key, resolved=configuration, inputs=locations)
        outputs = [item["name"] for item in declared.get("outputArtifacts", [])]
        action = Action(
            id_,
            Call("StartBuild", {}, call.account, call.region, _session_arn(call, role)),
            execution,
            declared,
            configuration,
            {item: _read(client("s3"), where) for item, where in locations.items()},
            locations,
            {name: _place(store, place.pipeline, name) for name in outputs},
            client,
            lambda **change: self._note(key, **change),
            lambda: place.live.stop == "abandon",
        )
        outcome = self._runners.run(action)
        self._keep(place, action, outcome, store)
        return outcome

    def _keep(self, place: Place, action: Action, outcome: Outcome, store: Document) -> None:
        """Artifacts to S3; variables and revisions to the execution."""
        s3 = action.client("s3")
        for artifact, content in outcome.artifacts.items():
            where, key = action.reserved[artifact], store.get("encryptionKey", {}).get("id")
            encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
            s3.put_object(Bucket=where["bucketName"], Key=where["objectKey"], Body=content, **encryption)

        def change(found: ExecutionRecord) -> None:
            found.artifacts |= {artifact: action.reserved[artifact] for artifact in outcome.artifacts}
            if action.declaration.get("namespace"):
                found.namespaces[action.declaration["namespace"]] = dict(outcome.variables)
            if outcome.revision:
                made = {"name": action.outputs[0], "created": time.time(), **outcome.revision}
                kept = [item for item in found.artifact_revisions if item["name"] != made["name"]]
                found.artifact_revisions = [*kept, made]

        self._state.executions.update(place.execution_key, change)

    def _clients(self, call: Call, role: str) -> Callable[[str], Any]:
        import boto3
        from botocore.config import Config

        keys = self._session(role, "CodePipeline", call.account, call.region)
        if keys is None:
            raise ActionFailed("ConfigurationError", f"CodePipeline may not assume {role}: there is no such role")
        session = boto3.Session(
            keys["AWS_ACCESS_KEY_ID"],
            keys["AWS_SECRET_ACCESS_KEY"],
            keys["AWS_SESSION_TOKEN"],
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

    def _note(self, key: str, **change: object) -> ActionRecord | None:
        return self._state.actions.set(key, updated=time.time(), **change)

    def _failed(self, place: Place, key: str, error: ActionFailed) -> str:
        change: dict[str, object] = {"error": {"code": error.code, "message": error.message}, "summary": error.message}
        if error.external_id:
            change["external_id"] = error.external_id
        return self._end(place, key, "Failed", **change)

    def _end(self, place: Place, key: str, status: str, **change: object) -> str:
        """Record and tell; returns what it means for the stage."""
        record = self._note(key, status=status, **change)
        if record is not None:
            self._notices.action(place.call, place.pipeline, record)
        return "Stopped" if status == "Abandoned" else status


def _read(s3: Any, where: Document) -> bytes:
    return bytes(s3.get_object(Bucket=where["bucketName"], Key=where["objectKey"])["Body"].read())


def _place(store: Document, pipeline: str, artifact: str) -> Document:
    return {
        "bucketName": store["location"],
        "objectKey": f"{pipeline[:20]}/{artifact[:10]}/{uuid.uuid4().hex[:7]}",
    }


def _session_arn(call: Call, role: str) -> str:
    return f"arn:aws:sts::{call.account}:assumed-role/{role.rsplit('/', 1)[-1]}/CodePipeline"
