"""Pipeline executions and jobs as operations of the SageMaker service."""

import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from embedded_aws.gateway import Gateway
from embedded_aws.sagemaker.jobs.service import INTERRUPTED, Jobs
from embedded_aws.sagemaker.paging import page
from embedded_aws.sagemaker.pipelines.definition import Definition, bind, parse
from embedded_aws.sagemaker.pipelines.execution import Execution, execution_values
from embedded_aws.sagemaker.pipelines.preflight import refuse_unsupported
from embedded_aws.sagemaker.pipelines.selection import taken_over
from embedded_aws.service import Call, Document, Emit, Handler, RoleSession, ServiceError, created_by
from embedded_aws.settings import Settings
from embedded_aws.store import DocumentStore

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_RUNNING = {"Executing", "Stopping"}


class Engine:
    """Executions of this server; their state lives in the store."""

    def __init__(
        self, store: DocumentStore, state_dir: Path, emit: Emit, session: RoleSession, settings: Settings
    ) -> None:
        self._store, self._emit, self._endpoint = store, emit, ""
        self._up = threading.Event()
        self._gateways: dict[tuple[str, str], Gateway] = {}
        self._executions: dict[str, Execution] = {}
        self._jobs = Jobs(store, state_dir, emit, self._gateway, session=session, settings=settings)
        self.operations: Mapping[str, Handler] = {
            "StartPipelineExecution": self._start,
            "DescribePipelineExecution": self._describe,
            "ListPipelineExecutions": self._list,
            "ListPipelineExecutionSteps": self._list_steps,
            "ListPipelineParametersForExecution": self._list_parameters,
            "DescribePipelineDefinitionForExecution": self._definition,
            "StopPipelineExecution": self._stop,
            "RetryPipelineExecution": self._retry,
            "UpdatePipelineExecution": self._update,
            **self._jobs.operations,
        }

    @staticmethod
    def check_definition(text: str) -> None:
        """Raises ServiceError where a definition is wrong or cannot run here."""
        refuse_unsupported(parse(text), {})

    def start(self, endpoint: str) -> None:
        """Begin to work: mark what an earlier server left unfinished, then accept executions."""
        self._endpoint = endpoint
        self._jobs.start()
        for key, execution in self._store.list("PipelineExecution"):
            if execution["PipelineExecutionStatus"] in _RUNNING:
                self._interrupted(key)
        self._up.set()

    def close(self) -> None:
        """End every job."""
        self._jobs.close()

    def _interrupted(self, key: str) -> None:
        failed = {"FailureReason": INTERRUPTED, "EndTime": time.time(), "StepStatus": "Failed"}
        for step_key, step in self._store.list("PipelineExecutionStep", f"{key}/"):
            if step["StepStatus"] in {"Executing", "Starting", "Stopping"}:
                self._store.put("PipelineExecutionStep", step_key, step | failed)
        ended = {"PipelineExecutionStatus": "Failed", "FailureReason": INTERRUPTED, "LastModifiedTime": time.time()}
        self._store.update("PipelineExecution", key, lambda execution: execution.update(ended))

    def _gateway(self, account: str, region: str) -> Gateway:
        if not self._up.wait(timeout=30):
            raise ServiceError("ServiceUnavailable", "the embedded AWS is still starting", 503)
        return self._gateways.setdefault((account, region), Gateway(self._endpoint, account, region))

    def definition_at(self, call: Call, location: Document) -> str:
        """Text of a definition on S3 (PipelineDefinitionS3Location)."""
        aws = self._gateway(call.account, call.region)
        return aws.read(f"s3://{location['Bucket']}/{location['ObjectKey']}", location.get("VersionId")).decode()

    def _start(self, call: Call) -> Document:
        self._gateway(call.account, call.region)  # not before start() has looked through what an earlier server left
        for member in ("PipelineVersionId", "MlflowExperimentName"):
            if member in call.params:
                raise ServiceError("ValidationException", f"not supported locally: {member}")
        name = call.params["PipelineName"].rsplit("/", 1)[-1]
        pipeline = self._store.get("Pipeline", call.key(name))
        if pipeline is None:
            raise ServiceError("ResourceNotFound", f"Pipeline {name} does not exist")
        arn = f"{pipeline['PipelineArn']}/execution/{''.join(secrets.choice(_ALPHABET) for _ in range(12))}"
        document = self._new(call, pipeline, arn)
        definition = parse(pipeline["PipelineDefinition"])
        known = {f"Parameters.{key}": value for key, value in document["_parameters"].items()}
        known |= {f"Execution.{key}": value for key, value in execution_values(document).items()}
        refuse_unsupported(definition, known, self._jobs.image_known)
        reused = self._select(call, definition, document)
        token = call.key(f"{name}/{call.params.get('ClientRequestToken', secrets.token_hex())}")
        key = self._key(call, arn)
        for step in reused:
            self._store.put("PipelineExecutionStep", f"{key}/{step['StepName']}", step)
        self._store.put("PipelineExecution", key, document)
        if not self._store.create("PipelineExecutionToken", token, {"PipelineExecutionArn": arn}):
            self._forget(key)
            return self._store.get("PipelineExecutionToken", token) or {}
        self._run(call, key)
        return {"PipelineExecutionArn": arn}

    def _new(self, call: Call, pipeline: Document, arn: str) -> Document:
        now, by = time.time(), created_by(call)
        given = {item["Name"]: item["Value"] for item in call.params.get("PipelineParameters", [])}
        parameters = bind(parse(pipeline["PipelineDefinition"]), given)
        name = call.params.get("PipelineExecutionDisplayName", f"execution-{int(now * 1000)}")
        document: Document = {
            "PipelineArn": pipeline["PipelineArn"],
            "PipelineExecutionArn": arn,
            "PipelineExecutionDisplayName": name,
            "PipelineExecutionStatus": "Executing",
            "CreationTime": now,
            "LastModifiedTime": now,
            "CreatedBy": by,
            "LastModifiedBy": by,
            "_definition": pipeline["PipelineDefinition"],
            "_parameters": parameters,
            "_role": pipeline.get("RoleArn", ""),
            "_pipeline": pipeline["PipelineName"],
        }
        for member in ("PipelineExecutionDescription", "ParallelismConfiguration", "SelectiveExecutionConfig"):
            if member in call.params or member in pipeline:
                document[member] = call.params.get(member, pipeline.get(member))
        return document

    def _select(self, call: Call, definition: Definition, document: Document) -> list[Document]:
        """Steps taken over from an earlier execution; notes in ``document`` which ones are to run."""
        config = document.get("SelectiveExecutionConfig")
        if config is None:
            return []
        source = config.get("SourcePipelineExecutionArn") or self._latest(call, document["_pipeline"])
        config["SourcePipelineExecutionArn"] = source
        document["_selected"] = [item["StepName"] for item in config["SelectedSteps"]]
        prefix = f"{self._key(call, source)}/"
        earlier = [step for _, step in self._store.list("PipelineExecutionStep", prefix)]
        return taken_over(definition, document["_selected"], earlier, source)

    def _latest(self, call: Call, pipeline: str) -> str:
        executions = [item for _, item in self._store.list("PipelineExecution", call.key(f"{pipeline}/"))]
        if not executions:
            raise ServiceError(
                "ValidationException", f"selective execution: pipeline {pipeline} has no earlier execution"
            )
        return str(max(executions, key=lambda item: item["CreationTime"])["PipelineExecutionArn"])

    def _forget(self, key: str) -> None:
        self._store.delete("PipelineExecution", key)
        for step_key, _ in self._store.list("PipelineExecutionStep", f"{key}/"):
            self._store.delete("PipelineExecutionStep", step_key)

    def forget_pipeline(self, call: Call, name: str) -> None:
        """Remove the executions of a pipeline that is being deleted.

        Raises:
            ServiceError: one of them runs.
        """
        found = list(self._store.list("PipelineExecution", call.key(f"{name}/")))
        if any(item["PipelineExecutionStatus"] in _RUNNING for _, item in found):
            raise ServiceError("ConflictException", f"Pipeline {name} has running executions: stop them first")
        for key, _ in found:
            self._forget(key)

    def _run(self, call: Call, key: str) -> None:
        execution = Execution(self._store, key, self._gateway(call.account, call.region), self._emit)
        self._executions[key] = execution

        threading.Thread(target=execution.run, daemon=True, name=key).start()

    @staticmethod
    def _key(call: Call, arn: str) -> str:
        pipeline, _, execution = arn.split(":pipeline/", 1)[-1].partition("/execution/")
        return call.key(f"{pipeline}/{execution}")

    def _find(self, call: Call) -> tuple[str, Document]:
        arn = call.params["PipelineExecutionArn"]
        key = self._key(call, arn)
        document = self._store.get("PipelineExecution", key)
        if document is None:
            raise ServiceError("ResourceNotFound", f"Pipeline execution {arn} does not exist")
        return key, document

    def _describe(self, call: Call) -> Document:
        return self._find(call)[1]

    def _list(self, call: Call) -> Document:
        name = call.params["PipelineName"].rsplit("/", 1)[-1]
        found = [
            item | {"StartTime": item["CreationTime"], "PipelineExecutionFailureReason": item.get("FailureReason", "")}
            for _, item in self._store.list("PipelineExecution", call.key(f"{name}/"))
        ]
        return page(call, found, "PipelineExecutionSummaries", default_sort="CreationTime")

    def _list_steps(self, call: Call) -> Document:
        key, _ = self._find(call)
        found = [step for _, step in self._store.list("PipelineExecutionStep", f"{key}/")]
        return page(call, found, "PipelineExecutionSteps", default_sort="StartTime")

    def _list_parameters(self, call: Call) -> Document:
        _, document = self._find(call)
        return {
            "PipelineParameters": [{"Name": key, "Value": str(value)} for key, value in document["_parameters"].items()]
        }

    def _definition(self, call: Call) -> Document:
        _, document = self._find(call)
        return {"PipelineDefinition": document["_definition"], "CreationTime": document["CreationTime"]}

    def _stop(self, call: Call) -> Document:
        key, document = self._find(call)
        execution = self._executions.get(key)
        if execution is None or execution.ended.is_set():
            raise ServiceError(
                "ValidationException", f"the execution is {document['PipelineExecutionStatus']}: it cannot be stopped"
            )
        execution.stop()
        return {"PipelineExecutionArn": document["PipelineExecutionArn"]}

    def _retry(self, call: Call) -> Document:
        key, document = self._find(call)
        last = self._executions.get(key)
        if last is not None and document["PipelineExecutionStatus"] not in _RUNNING:
            last.ended.wait(timeout=10)  # its status is final, its thread has a few instructions to go
        if document["PipelineExecutionStatus"] not in {"Failed", "Stopped"}:
            raise ServiceError(
                "ValidationException",
                f"the execution is {document['PipelineExecutionStatus']}: only a failed or stopped one can be retried",
            )
        for step_key, step in self._store.list("PipelineExecutionStep", f"{key}/"):
            if step["StepStatus"] != "Succeeded":
                self._store.delete("PipelineExecutionStep", step_key)
        self._run(call, key)
        return {"PipelineExecutionArn": document["PipelineExecutionArn"]}

    def _update(self, call: Call) -> Document:
        key, document = self._find(call)
        members = ("PipelineExecutionDisplayName", "PipelineExecutionDescription", "ParallelismConfiguration")
        changes = {member: call.params[member] for member in members if member in call.params}
        self._store.update("PipelineExecution", key, lambda it: it.update(changes))
        return {"PipelineExecutionArn": document["PipelineExecutionArn"]}
