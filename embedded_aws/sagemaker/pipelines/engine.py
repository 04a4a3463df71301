"""Pipeline executions as operations of the SageMaker service."""

import secrets
import threading
import time
from collections.abc import Iterator, Mapping

from embedded_aws.gateway import Gateways
from embedded_aws.sagemaker import versions
from embedded_aws.sagemaker.jobs.service import INTERRUPTED, Jobs
from embedded_aws.sagemaker.paging import page
from embedded_aws.sagemaker.pipelines.check import report
from embedded_aws.sagemaker.pipelines.definition import Definition, bind, parse, refusal
from embedded_aws.sagemaker.pipelines.execution import Execution, execution_values
from embedded_aws.sagemaker.pipelines.expressions import text
from embedded_aws.sagemaker.pipelines.preflight import refuse_unsupported
from embedded_aws.sagemaker.pipelines.records import ExecutionRecord, State, StepRecord
from embedded_aws.sagemaker.pipelines.selection import ensure_ended, taken_over
from embedded_aws.service import Call, Document, Emit, Handler, Require, ServiceError
from embedded_aws.store import DocumentStore

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_RUNNING = {"Executing", "Stopping"}


class Engine:
    """Executions of this server; their state lives in the store."""

    def __init__(self, store: DocumentStore, jobs: Jobs, gateways: Gateways, emit: Emit, require: Require) -> None:
        self._store, self._state, self._jobs, self._gateways, self._emit = store, State(store), jobs, gateways, emit
        self._require, self._executions = require, dict[str, Execution]()
        self.operations: Mapping[str, Handler] = {
            "StartPipelineExecution": self._start,
            "DescribePipelineExecution": self._describe,
            "ListPipelineExecutions": self._list,
            "ListPipelineExecutionSteps": self._list_steps,
            "ListPipelineParametersForExecution": self._list_parameters,
            "DescribePipelineDefinitionForExecution": self._definition,
            "ListPipelineVersions": self._list_versions,
            "StopPipelineExecution": self._stop,
            "RetryPipelineExecution": self._retry,
            "UpdatePipelineExecution": self._update,
        }

    def check_definition(self, text: str) -> None:
        """Raises ServiceError, with all that is wrong, where a definition is refused by AWS or cannot run here."""
        problems = report(text, self._jobs.check_image).problems
        if problems:
            raise refusal(problems)

    def open(self) -> None:
        """Mark what an earlier server left unfinished."""
        for key, execution in self._state.executions.list():
            if execution.status in _RUNNING:
                self._interrupted(key)

    def _interrupted(self, key: str) -> None:
        for step_key, step in self._state.steps.list(f"{key}/"):
            if step.status in {"Executing", "Starting", "Stopping"}:
                self._state.steps.set(step_key, status="Failed", failure=INTERRUPTED, ended=time.time())
        self._state.executions.set(key, status="Failed", failure=INTERRUPTED, modified=time.time())

    def definition_at(self, call: Call, location: Document) -> str:
        """Text of a definition on S3 (PipelineDefinitionS3Location), which the caller has to be allowed to read."""
        place = f"arn:aws:s3:::{location['Bucket']}/{location['ObjectKey']}"
        self._require(call.identity, "s3:GetObject", place, (call.account, call.region), None)
        aws = self._gateways.of(call.account, call.region)
        return aws.read(f"s3://{location['Bucket']}/{location['ObjectKey']}", location.get("VersionId")).decode()

    def _start(self, call: Call) -> Document:
        self._gateways.wait()  # not before open() has looked through what an earlier server left
        if "MlflowExperimentName" in call.params:
            raise ServiceError("ValidationException", "not supported locally: MlflowExperimentName")
        name = call.named("PipelineName", "pipeline")
        pipeline = self._store.get("Pipeline", call.key(name))
        if pipeline is None:
            raise ServiceError("ResourceNotFound", f"Pipeline {name} does not exist")
        pipeline = versions.at(self._store, call, pipeline, call.params.get("PipelineVersionId"))
        arn = f"{pipeline['PipelineArn']}/execution/{''.join(secrets.choice(_ALPHABET) for _ in range(12))}"
        record = self._new(call, pipeline, arn)
        self._gateways.acting(record.role, "SageMaker", call.account, call.region)  # or nothing is begun
        definition = parse(record.definition)
        known = {f"Parameters.{key}": value for key, value in record.parameters.items()}
        known |= {f"Execution.{key}": value for key, value in execution_values(record).items()}
        refuse_unsupported(definition, known, self._jobs.check_image)
        reused = self._select(call, definition, record)
        token = call.key(f"{name}/{call.params.get('ClientRequestToken', secrets.token_hex())}")
        key = self._key(call, arn)
        for step in reused:
            self._state.steps.put(f"{key}/{step.name}", step)
        self._state.executions.put(key, record)
        if not self._store.create("PipelineExecutionToken", token, {"PipelineExecutionArn": arn}):
            self._forget(key)
            return self._store.get("PipelineExecutionToken", token) or {}
        self._run(call, key)
        return {"PipelineExecutionArn": arn}

    @staticmethod
    def _new(call: Call, pipeline: Document, arn: str) -> ExecutionRecord:
        now, params = time.time(), call.params
        given = {item["Name"]: item["Value"] for item in params.get("PipelineParameters", [])}
        return ExecutionRecord(
            arn=arn,
            pipeline=pipeline["PipelineName"],
            pipeline_arn=pipeline["PipelineArn"],
            display_name=params.get("PipelineExecutionDisplayName", f"execution-{int(now * 1000)}"),
            status="Executing",
            created=now,
            modified=now,
            created_by={},  # AWS documents no identity for executions
            modified_by={},
            definition=pipeline["PipelineDefinition"],
            parameters=bind(parse(pipeline["PipelineDefinition"]), given),
            role=pipeline.get("RoleArn", ""),
            description=params.get("PipelineExecutionDescription"),
            parallelism=params.get("ParallelismConfiguration", pipeline.get("ParallelismConfiguration")),
            selective=params.get("SelectiveExecutionConfig"),
            version=pipeline.get("PipelineVersionId"),
        )

    def _select(self, call: Call, definition: Definition, record: ExecutionRecord) -> list[StepRecord]:
        """Steps taken over from an earlier execution; notes in ``record`` which ones are to run."""
        config = record.selective
        if config is None:
            return []
        source = config.get("SourcePipelineExecutionArn") or self._latest(call, record.pipeline)
        config["SourcePipelineExecutionArn"] = source
        ensure_ended(self._state.executions.get(self._key(call, source)), source, record.pipeline_arn)
        record.selected = [item["StepName"] for item in config["SelectedSteps"]]
        earlier = [step for _, step in self._state.steps.list(f"{self._key(call, source)}/")]
        return taken_over(definition, record.selected, earlier, source)

    def _latest(self, call: Call, pipeline: str) -> str:
        executions = [item for _, item in self._state.executions.list(call.key(f"{pipeline}/"))]
        if not executions:
            raise ServiceError(
                "ValidationException", f"selective execution: pipeline {pipeline} has no earlier execution"
            )
        return max(executions, key=lambda item: item.created).arn

    def _forget(self, key: str) -> None:
        self._state.executions.delete(key)
        for step_key, _ in self._state.steps.list(f"{key}/"):
            self._state.steps.delete(step_key)

    def forget_pipeline(self, call: Call, name: str) -> None:
        """Remove the executions of a pipeline that is being deleted.

        Raises:
            ServiceError: one of them runs.
        """
        found = list(self._state.executions.list(call.key(f"{name}/")))
        if any(item.status in _RUNNING for _, item in found):
            raise ServiceError("ConflictException", f"Pipeline {name} has running executions: stop them first")
        for key, _ in found:
            self._forget(key)

    def _run(self, call: Call, key: str) -> None:
        record = self._state.executions.get(key)
        role = record.role if record else ""
        aws = self._gateways.acting(role, "SageMaker", call.account, call.region)
        execution = Execution(self._state, key, aws, self._emit, self._jobs.describe)
        self._executions[key] = execution
        execution.begin()
        threading.Thread(target=execution.run, daemon=True, name=key).start()

    @staticmethod
    def _key(call: Call, arn: str) -> str:
        pipeline, _, execution = arn.split(":pipeline/", 1)[-1].partition("/execution/")
        return call.key(f"{pipeline}/{execution}")

    def _find(self, call: Call) -> tuple[str, ExecutionRecord]:
        arn = call.params.get("PipelineExecutionArn", "")
        if not arn:  # no required member of ListPipelineExecutionSteps
            raise ServiceError("ValidationException", "PipelineExecutionArn is missing: nothing to look for")
        key = self._key(call, arn)
        record = self._state.executions.get(key)
        if record is None or record.arn != arn:
            raise ServiceError("ResourceNotFound", f"Pipeline execution {arn} does not exist")
        return key, record

    def _describe(self, call: Call) -> Document:
        return self._find(call)[1].describe()

    def _list(self, call: Call) -> Document:
        name = call.named("PipelineName", "pipeline")
        found = [
            item.describe() | {"StartTime": item.created, "PipelineExecutionFailureReason": item.failure}
            for _, item in self._state.executions.list(call.key(f"{name}/"))
        ]
        return page(call, found, "PipelineExecutionSummaries", default_sort="CreationTime")

    def _list_versions(self, call: Call) -> Document:
        name = call.named("PipelineName", "pipeline")
        if self._store.get("Pipeline", call.key(name)) is None:
            raise ServiceError("ResourceNotFound", f"Pipeline {name} does not exist")
        return page(
            call, versions.every(self._store, call, name), "PipelineVersionSummaries", default_sort="CreationTime"
        )

    def all(self, call: Call) -> Iterator[Document]:
        """Every execution of the caller's account and region, as Search shows it."""
        for _, record in self._state.executions.list(call.key("")):
            parameters = [{"Name": key, "Value": text(item)} for key, item in record.parameters.items()]
            yield record.describe() | {"PipelineParameters": parameters, "PipelineName": record.pipeline}

    def _list_steps(self, call: Call) -> Document:
        key, _ = self._find(call)
        found = [step.describe() for _, step in self._state.steps.list(f"{key}/")]
        return page(call, found, "PipelineExecutionSteps", default_sort="StartTime")

    def _list_parameters(self, call: Call) -> Document:
        _, record = self._find(call)
        return {"PipelineParameters": [{"Name": key, "Value": text(item)} for key, item in record.parameters.items()]}

    def _definition(self, call: Call) -> Document:
        _, record = self._find(call)
        return {"PipelineDefinition": record.definition, "CreationTime": record.created}

    def _stop(self, call: Call) -> Document:
        key, record = self._find(call)
        execution = self._executions.get(key)
        if execution is None or execution.ended.is_set():
            raise ServiceError("ValidationException", f"the execution is {record.status}: it cannot be stopped")
        execution.stop()
        return {"PipelineExecutionArn": record.arn}

    def _retry(self, call: Call) -> Document:
        key, record = self._find(call)
        last = self._executions.get(key)
        if last is not None and record.status not in _RUNNING:
            last.ended.wait(timeout=10)  # its status is final, its thread has a few instructions to go
        if record.status not in {"Failed", "Stopped"}:
            raise ServiceError(
                "ValidationException",
                f"the execution is {record.status}: only a failed or stopped one can be retried",
            )
        self._gateways.acting(record.role, "SageMaker", call.account, call.region)
        for step_key, step in self._state.steps.list(f"{key}/"):
            if step.status != "Succeeded":
                self._state.steps.delete(step_key)
        self._run(call, key)
        return {"PipelineExecutionArn": record.arn}

    def _update(self, call: Call) -> Document:
        key, record = self._find(call)
        members = {
            "PipelineExecutionDisplayName": "display_name",
            "PipelineExecutionDescription": "description",
            "ParallelismConfiguration": "parallelism",
        }
        changes = {name: call.params[member] for member, name in members.items() if member in call.params}
        self._state.executions.set(key, **changes)
        return {"PipelineExecutionArn": record.arn}
