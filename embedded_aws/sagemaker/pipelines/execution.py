"""One execution: runs ready steps in parallel, writes every transition through, can be stopped and resumed."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from embedded_aws.gateway import Gateway
from embedded_aws.sagemaker.pipelines.cache import StepCache
from embedded_aws.sagemaker.pipelines.definition import Definition, Step, parse
from embedded_aws.sagemaker.pipelines.expressions import Resolver
from embedded_aws.sagemaker.pipelines.notices import Notices, iso
from embedded_aws.sagemaker.pipelines.records import ExecutionRecord, State, StepRecord
from embedded_aws.sagemaker.pipelines.retries import pause
from embedded_aws.sagemaker.pipelines.steps import StepContext, StepFailed, StepStopped, run_step
from embedded_aws.service import Document, Emit, ServiceError, internal

_LOG = logging.getLogger("embedded_aws")
_MAX_PARALLEL = 50
DescribeJob = Callable[[str, str], Document]  # (kind, store key) -> description
STEP_FAILURE = "Step failure: One or multiple steps failed."


class Execution:
    """Runs in a thread of its own; ``stop`` may be called from any thread."""

    def __init__(self, state: State, key: str, aws: Gateway, emit: Emit, describe_job: DescribeJob) -> None:
        self._state, self._key, self._aws, self._describe = state, key, aws, describe_job
        record = self._record()
        self._account, self._region = key.split("/")[:2]
        self._arn, self._role = record.arn, record.role
        self._notices = Notices(emit, record, self._account, self._region)
        self._definition: Definition = parse(record.definition)
        self._limit = (record.parallelism or {}).get("MaxParallelExecutionSteps", _MAX_PARALLEL)
        self._changed = threading.Condition()
        self._running: set[str] = set()
        self._stopping = threading.Event()
        self.ended = threading.Event()
        self._resolver = Resolver(record.parameters, execution_values(record), self)
        self._cache = StepCache(state.store, aws, key.rsplit("/", 1)[0])
        self._selected = set(self._definition.steps if record.selected is None else record.selected)
        self._selective = record.selected is not None

    def stop(self) -> None:
        """Ask for the end; running jobs are stopped."""
        self._set_status("Stopping")
        with self._changed:
            self._stopping.set()
            self._changed.notify_all()

    def begin(self) -> None:
        """From now on it runs: whoever has asked for a retry sees no earlier end."""
        self._set_status("Executing")

    def run(self) -> None:
        """Run to the end."""
        try:
            while self._advance():
                pass
            self._set_status(*self._outcome())
        except Exception as error:
            _LOG.exception("execution %s failed", self._arn)
            self._set_status("Failed", internal(error))
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
            self._update_step(step, "Failed", failure=internal(error))
        with self._changed:
            self._running.discard(step.name)
            self._changed.notify_all()

    def _attempts(self, step: Step) -> None:
        attempt, began = 1, time.time()
        self._update_step(step, "Executing", started=began, attempts=attempt)
        while True:
            try:
                self._once(step)
            except StepStopped:
                self._update_step(step, "Stopped", ended=time.time())
                return
            except StepFailed as failure:
                policies = step.body.get("RetryPolicies", [])
                wait = pause(policies, attempt, time.time() - began, str(failure))
                if wait is None or self._stopping.wait(wait):
                    self._update_step(step, "Failed", ended=time.time(), failure=str(failure)[:1024])
                    return
            else:
                return
            attempt += 1
            self._update_step(step, "Executing", attempts=attempt)

    def _once(self, step: Step) -> None:
        cache_key = self._cache_key(step)
        hit = self._cache.find(step, cache_key)
        if hit is not None:
            known = {"metadata": hit.metadata, "properties": hit.properties, "cached_from": hit.arn}
            self._update_step(step, "Succeeded", ended=time.time(), **known)
            return
        context = StepContext(
            resolver=self._resolver,
            aws=self._aws,
            role=self._role,
            job_name=self._job_name(step),
            stopping=self._stopping.is_set,
            describe=lambda kind, name: self._describe(kind, f"{self._account}/{self._region}/{name}"),
            announce=lambda metadata: self._update_step(step, "Executing", metadata=metadata),
        )
        properties, metadata = run_step(step, context)
        plain = json.loads(json.dumps(properties, default=str))
        self._update_step(step, "Succeeded", ended=time.time(), metadata=metadata, properties=plain)
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
        number = self._state.store.next_number(f"job/{self._key}/{step.name}")
        name = step.name[:28].replace("_", "-")  # job names have no underscore
        return f"pipelines-{self._key.rsplit('/', 1)[-1]}-{name}-{number:04d}"

    def properties(self, step: str) -> Mapping[str, Any]:
        """See ``expressions.Sources``."""
        record = self._state.steps.get(f"{self._key}/{step}")
        if record is None or record.properties is None:
            raise ServiceError("ValidationException", f"step {step} has not run: its properties are not known")
        return record.properties

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
        return {record.name: record.status for _, record in self._state.steps.list(f"{self._key}/")}

    def _outcome(self) -> tuple[str, str]:
        statuses = set(self._statuses().values())
        if "Failed" in statuses:
            return "Failed", STEP_FAILURE
        if self._stopping.is_set():
            return "Stopped", ""
        return "Succeeded", ""

    def _record(self) -> ExecutionRecord:
        record = self._state.executions.get(self._key)
        if record is None:
            raise ServiceError("ResourceNotFound", f"execution {self._key} does not exist")
        return record

    def _set_status(self, status: str, reason: str = "") -> None:
        before = self._record().status
        after = self._state.executions.set(self._key, status=status, modified=time.time(), failure=reason)
        if after is not None and before != status:
            self._notices.execution(after, before)

    def _update_step(self, step: Step, status: str, **changes: Any) -> None:
        key = f"{self._key}/{step.name}"
        before = self._state.steps.get(key)
        record = replace(before or StepRecord(step.name, status), status=status, **changes)
        if status == "Failed" and record.ended is None:
            record.ended = time.time()
        self._state.steps.put(key, record)
        if before is None or before.status != status:
            self._notices.step(record, step.type, before.status if before else "Starting")


def execution_values(record: ExecutionRecord) -> dict[str, str]:
    """Values of ``Execution.X`` expressions."""
    return {
        "PipelineName": record.pipeline,
        "PipelineArn": record.pipeline_arn,
        "PipelineExecutionId": record.arn.rsplit("/", 1)[-1],
        "PipelineExecutionArn": record.arn,
        "StartDateTime": iso(record.created),
        "CurrentDateTime": iso(time.time()),
    }
