"""One execution: runs ready steps in parallel, writes every transition through, can be stopped and resumed."""

import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from embedded_aws.gateway import Gateway
from embedded_aws.sagemaker.pipelines.cache import StepCache
from embedded_aws.sagemaker.pipelines.definition import Definition, Step, parse
from embedded_aws.sagemaker.pipelines.expressions import Resolver
from embedded_aws.sagemaker.pipelines.retries import pause
from embedded_aws.sagemaker.pipelines.steps import StepContext, StepFailed, StepStopped, run_step
from embedded_aws.service import Document, Emit, ServiceError
from embedded_aws.store import DocumentStore

_LOG = logging.getLogger("embedded_aws")
_MAX_PARALLEL = 50
STEP_FAILURE = "Step failure: One or multiple steps failed."


class Execution:
    """Runs in a thread of its own; ``stop`` may be called from any thread."""

    def __init__(self, store: DocumentStore, key: str, aws: Gateway, emit: Emit) -> None:
        self._store, self._key, self._aws, self._emit = store, key, aws, emit
        document = self._document()
        self._account, self._region = key.split("/")[:2]
        self._arn, self._role = document["PipelineExecutionArn"], document["_role"]
        self._definition: Definition = parse(document["_definition"])
        self._limit = document.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps", _MAX_PARALLEL)
        self._changed = threading.Condition()
        self._running: set[str] = set()
        self._stopping = threading.Event()
        self.ended = threading.Event()
        self._resolver = Resolver(document["_parameters"], execution_values(document), self)
        self._cache = StepCache(store, aws, key.rsplit("/", 1)[0])
        chosen = document.get("_selected")
        self._selected = set(self._definition.steps if chosen is None else chosen)
        self._selective = chosen is not None

    def stop(self) -> None:
        """Ask for the end; running jobs are stopped."""
        self._set_status("Stopping")
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()

    def run(self) -> None:
        """Run to the end."""
        try:
            self._set_status("Executing")
            while self._advance():
                pass
            self._set_status(*self._outcome())
        except Exception as error:
            _LOG.exception("execution %s failed", self._arn)
            self._set_status("Failed", f"InternalServerError: {type(error).__name__}: {error}")
        finally:
            self.ended.set()

    def _advance(self) -> bool:
        """Start what is ready and wait for a change; False when nothing is left."""
        with self._changed:
            statuses = self._statuses()
            halted = self._stopping.is_set() or "Failed" in statuses.values()
            ready = [] if halted else self._ready(statuses)
            for step in ready[: max(0, self._limit - len(self._running))]:
                self._running.add(step.name)
                threading.Thread(target=self._step, args=(step,), daemon=True, name=step.name).start()
            if not self._running:
                return False
            self._changed.wait()
            return True

    def _ready(self, statuses: Mapping[str, str]) -> list[Step]:
        return [
            step
            for step in self._definition.steps.values()
            if step.name in self._selected
            and step.name not in statuses
            and step.name not in self._running
            and all(statuses.get(name) == "Succeeded" for name in step.needs & self._selected)
            and self._on_taken_branch(step)
        ]

    def _on_taken_branch(self, step: Step) -> bool:
        if step.branch is None or self._selective:  # who selects a step means it
            return True
        name, outcome = step.branch
        return bool(self.properties(name)["Outcome"] == str(outcome))

    def _step(self, step: Step) -> None:
        try:
            self._attempts(step)
        except Exception as error:
            _LOG.exception("step %s failed", step.name)
            self._update_step(step, "Failed", FailureReason=f"InternalServerError: {type(error).__name__}: {error}")
        with self._changed:
            self._running.discard(step.name)
            self._changed.notify_all()

    def _attempts(self, step: Step) -> None:
        attempt, began = 1, time.time()
        self._update_step(step, "Executing", StartTime=began, AttemptCount=attempt)
        while True:
            try:
                self._once(step)
            except StepStopped:
                self._update_step(step, "Stopped", EndTime=time.time())
                return
            except StepFailed as failure:
                policies = step.body.get("RetryPolicies", [])
                wait = pause(policies, attempt, time.time() - began, str(failure))
                if wait is None or self._stopping.wait(wait):
                    self._update_step(step, "Failed", EndTime=time.time(), FailureReason=str(failure)[:1024])
                    return
            else:
                return
            attempt += 1
            self._update_step(step, "Executing", AttemptCount=attempt)

    def _once(self, step: Step) -> None:
        cache_key = self._cache_key(step)
        hit = self._cache.find(step, cache_key)
        if hit is not None:
            self._update_step(step, "Succeeded", EndTime=time.time(), **hit)
            return
        context = StepContext(
            resolver=self._resolver,
            aws=self._aws,
            role=self._role,
            job_name=self._job_name(step),
            stopping=self._stopping.is_set,
            describe=self._describe_job,
            announce=lambda metadata: self._update_step(step, "Executing", Metadata=metadata),
        )
        properties, metadata = run_step(step, context)
        plain = json.loads(json.dumps(properties, default=str))
        self._update_step(step, "Succeeded", EndTime=time.time(), Metadata=metadata, _properties=plain)
        self._cache.put(cache_key, self._arn, metadata, plain)

    def _cache_key(self, step: Step) -> str:
        if not step.body.get("CacheConfig", {}).get("Enabled"):
            return ""
        try:
            arguments = self._resolver.resolve(
                {"Arguments": step.body.get("Arguments", {}), "F": step.body.get("FunctionArn")}
            )
            return self._cache.key(step, {**arguments["Arguments"], "FunctionArn": arguments["F"]})
        except ServiceError as error:
            raise StepFailed(f"{error.code}: {error.message}") from error

    def _job_name(self, step: Step) -> str:
        number = self._store.next_number(f"job/{self._key}/{step.name}")
        name = step.name[:28].replace("_", "-")  # job names have no underscore
        return f"pipelines-{self._key.rsplit('/', 1)[-1]}-{name}-{number:04d}"

    def _describe_job(self, kind: str, name: str) -> Mapping[str, Any]:
        found = self._store.get(kind, f"{self._account}/{self._region}/{name}")
        if found is None:
            raise ServiceError("ResourceNotFound", f"{kind} {name} does not exist")
        return {key: value for key, value in found.items() if not key.startswith("_")}

    def properties(self, step: str) -> Mapping[str, Any]:
        """See ``expressions.Sources``."""
        document = self._store.get("PipelineExecutionStep", f"{self._key}/{step}") or {}
        if "_properties" not in document:
            raise ServiceError("ValidationException", f"step {step} has not run: its properties are not known")
        return dict(document["_properties"])

    def property_file(self, step: str, name: str) -> Any:
        """See ``expressions.Sources``."""
        files = self._definition.steps[step].body.get("PropertyFiles", [])
        wanted = next(item for item in files if item["PropertyFileName"] == name)  # parse() has looked for it
        outputs = self.properties(step).get("ProcessingOutputConfig", {}).get("Outputs", [])
        uris = [item["S3Output"]["S3Uri"] for item in outputs if item["OutputName"] == wanted["OutputName"]]
        if not uris:
            raise ServiceError(
                "ValidationException", f"property file {name}: step {step} has no output {wanted['OutputName']}"
            )
        return self.document(f"{uris[0].rstrip('/')}/{wanted['FilePath']}")

    def document(self, uri: str) -> Any:
        """See ``expressions.Sources``."""
        body = self._aws.read(uri)
        try:
            return json.loads(body)
        except ValueError as error:
            raise ServiceError("ValidationException", f"{uri} is no JSON: {error}") from error

    def _statuses(self) -> dict[str, str]:
        found = self._store.list("PipelineExecutionStep", f"{self._key}/")
        return {document["StepName"]: document["StepStatus"] for _, document in found}

    def _outcome(self) -> tuple[str, str]:
        statuses = set(self._statuses().values())
        if "Failed" in statuses:
            return "Failed", STEP_FAILURE
        if self._stopping.is_set():
            return "Stopped", ""
        return "Succeeded", ""

    def _document(self) -> Document:
        document = self._store.get("PipelineExecution", self._key)
        if document is None:
            raise ServiceError("ResourceNotFound", f"execution {self._key} does not exist")
        return document

    def _set_status(self, status: str, reason: str = "") -> None:
        before = self._document()["PipelineExecutionStatus"]

        def change(document: Document) -> None:
            document |= {"PipelineExecutionStatus": status, "LastModifiedTime": time.time()}
            document.pop("FailureReason", None)
            if reason:
                document["FailureReason"] = reason

        after = self._store.update("PipelineExecution", self._key, change)
        if after is not None and before != status:
            detail = {
                "pipelineExecutionDisplayName": after.get("PipelineExecutionDisplayName", ""),
                "currentPipelineExecutionStatus": status,
                "previousPipelineExecutionStatus": before,
                "executionStartTime": _iso(after["CreationTime"]),
                "executionEndTime": _iso(after["LastModifiedTime"]),
                "pipelineArn": after["PipelineArn"],
                "pipelineExecutionArn": self._arn,
            }
            self._send("SageMaker Model Building Pipeline Execution Status Change", detail)

    def _update_step(self, step: Step, status: str, **changes: Any) -> None:
        key = f"{self._key}/{step.name}"
        before = self._store.get("PipelineExecutionStep", key) or {}
        document: Document = {"StepName": step.name, **before, "StepStatus": status, **changes}
        document |= {key: step.body[key] for key in ("DisplayName", "Description") if key in step.body}
        if status == "Failed":
            document.setdefault("EndTime", time.time())
        self._store.put("PipelineExecutionStep", key, document)
        if before.get("StepStatus") != status:
            detail = {
                "stepName": step.name,
                "stepType": step.type,
                "currentStepStatus": status,
                "previousStepStatus": before.get("StepStatus", "Starting"),
                "failureReason": document.get("FailureReason", ""),
                "metadata": document.get("Metadata", {}),
                "pipelineExecutionArn": self._arn,
                "pipelineArn": self._arn.split("/execution/")[0],
            }
            self._send("SageMaker Model Building Pipeline Execution Step Status Change", detail)

    def _send(self, detail_type: str, detail: dict[str, Any]) -> None:
        self._emit(detail_type, detail, [detail["pipelineArn"], self._arn], self._account, self._region)


def execution_values(document: Document) -> dict[str, str]:
    """Values of ``Execution.X`` expressions."""
    arn = document["PipelineExecutionArn"]
    return {
        "PipelineName": document["_pipeline"],
        "PipelineArn": document["PipelineArn"],
        "PipelineExecutionId": arn.rsplit("/", 1)[-1],
        "PipelineExecutionArn": arn,
        "StartDateTime": _iso(document["CreationTime"]),
        "CurrentDateTime": _iso(time.time()),
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
