"""Stored executions and actions of pipelines, as records of their own; ``describe`` gives the API's members."""

from dataclasses import asdict, dataclass, field

from embedded_aws.records import Records, renamed
from embedded_aws.service import Document
from embedded_aws.store import DocumentStore


@dataclass
class ExecutionRecord:
    """An execution: what is shown of it, and what running it needs."""

    id: str
    pipeline_name: str
    pipeline: Document  # its declaration when the execution began
    number: int  # 1, 2, ... per pipeline
    status: str
    started: float  # epoch seconds
    updated: float
    mode: str  # SUPERSEDED, QUEUED or PARALLEL
    trigger: Document
    variables: dict[str, str]
    source_revisions: list[Document] = field(default_factory=list)  # that the start asked for
    artifact_revisions: list[Document] = field(default_factory=list)
    artifacts: dict[str, Document] = field(default_factory=dict)  # name -> {"bucketName", "objectKey"}
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)  # variables of actions
    stages: dict[str, str] = field(default_factory=dict)  # name -> status, once entered
    summary: str = ""
    skip: list[str] = field(default_factory=list)  # actions of the stage that a retry leaves out

    @property
    def version(self) -> int:
        """The pipeline's version."""
        return int(self.pipeline["version"])

    def describe(self) -> Document:
        """The members of GetPipelineExecution."""
        return {
            "pipelineExecutionId": self.id,
            "pipelineName": self.pipeline_name,
            "pipelineVersion": self.version,
            "status": self.status,
            "statusSummary": self.summary,
            "artifactRevisions": self.artifact_revisions,
            "variables": [{"name": key, "resolvedValue": value} for key, value in self.variables.items()],
            "trigger": self.trigger,
            "executionMode": self.mode,
            "executionType": "STANDARD",
        }

    def summarize(self) -> Document:
        """The members of ListPipelineExecutions' entries."""
        revisions = [
            {"actionName": item["name"], **{key: item[key] for key in item if key.startswith("revision")}}
            for item in self.artifact_revisions
        ]
        return {
            "pipelineExecutionId": self.id,
            "status": self.status,
            "statusSummary": self.summary,
            "startTime": self.started,
            "lastUpdateTime": self.updated,
            "trigger": self.trigger,
            "executionMode": self.mode,
            "executionType": "STANDARD",
            "sourceRevisions": revisions,
        }

    def to_document(self) -> Document:
        """See ``embedded_aws.records``."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Document) -> "ExecutionRecord":
        """See ``embedded_aws.records``."""
        return cls(**renamed(document, _FORMER_EXECUTION) if "pipelineExecutionId" in document else document)


@dataclass
class ActionRecord:
    """One run of an action."""

    id: str
    execution: str
    version: int
    stage: str
    name: str
    started: float
    updated: float
    status: str
    type: Document
    configuration: dict[str, str]
    namespace: str = ""
    resolved: dict[str, str] | None = None  # the configuration with every variable's value
    inputs: dict[str, Document] = field(default_factory=dict)
    external_id: str = ""  # of what runs in the service behind it
    summary: str | None = None
    error: Document | None = None  # {"code", "message"}
    variables: dict[str, str] = field(default_factory=dict)
    token: str = ""  # of an approval that waits
    by: str = ""  # ARN of who has decided

    def describe(self) -> Document:
        """The members of ListActionExecutions' entries."""
        given: Document = {"actionTypeId": self.type, "configuration": self.configuration}
        if self.resolved is not None:
            given["resolvedConfiguration"] = self.resolved
        given["inputArtifacts"] = [
            {"name": name, "s3location": {"bucket": where["bucketName"], "key": where["objectKey"]}}
            for name, where in self.inputs.items()
        ]
        result: Document = {"externalExecutionId": self.external_id, "externalExecutionSummary": self.summary or ""}
        if self.error is not None:
            result["errorDetails"] = self.error
        return {
            **({"updatedBy": self.by} if self.by else {}),
            "pipelineExecutionId": self.execution,
            "actionExecutionId": self.id,
            "pipelineVersion": self.version,
            "stageName": self.stage,
            "actionName": self.name,
            "startTime": self.started,
            "lastUpdateTime": self.updated,
            "status": self.status,
            "input": given | ({"namespace": self.namespace} if self.namespace else {}),
            "output": {"executionResult": result, "outputVariables": self.variables},
        }

    def latest(self) -> Document:
        """The members of GetPipelineState's ``latestExecution``."""
        shown = {
            "actionExecutionId": self.id,
            "status": self.status,
            "summary": self.summary,
            "externalExecutionId": self.external_id,
            "errorDetails": self.error,
            "token": self.token if self.status == "InProgress" else "",
            "lastUpdatedBy": self.by,
        }
        return {key: value for key, value in shown.items() if value} | {"lastStatusChange": self.updated}

    def to_document(self) -> Document:
        """See ``embedded_aws.records``."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Document) -> "ActionRecord":
        """See ``embedded_aws.records``."""
        return cls(**renamed(document, _FORMER_ACTION) if "actionExecutionId" in document else document)


class State:
    """Where both are kept: executions by account/region/pipeline/id, actions with /id of their own behind it."""

    def __init__(self, store: DocumentStore) -> None:
        self.store = store
        self.executions = Records(store, "DeliveryExecution", ExecutionRecord)
        self.actions = Records(store, "DeliveryAction", ActionRecord)


# member in records that versions before the typed ones have written -> attribute
_FORMER_EXECUTION = {
    "pipelineExecutionId": "id",
    "pipelineName": "pipeline_name",
    "pipeline": "pipeline",
    "number": "number",
    "status": "status",
    "startTime": "started",
    "lastUpdateTime": "updated",
    "executionMode": "mode",
    "trigger": "trigger",
    "variables": "variables",
    "sourceRevisions": "source_revisions",
    "artifactRevisions": "artifact_revisions",
    "artifacts": "artifacts",
    "namespaces": "namespaces",
    "stages": "stages",
    "statusSummary": "summary",
    "skip": "skip",
}
_FORMER_ACTION = {
    "actionExecutionId": "id",
    "pipelineExecutionId": "execution",
    "pipelineVersion": "version",
    "stageName": "stage",
    "actionName": "name",
    "startTime": "started",
    "lastUpdateTime": "updated",
    "status": "status",
    "actionTypeId": "type",
    "configuration": "configuration",
    "namespace": "namespace",
    "resolvedConfiguration": "resolved",
    "inputs": "inputs",
    "externalExecutionId": "external_id",
    "summary": "summary",
    "errorDetails": "error",
    "outputVariables": "variables",
    "token": "token",
}
