"""Stored executions, their steps and cached results, as records of their own; ``describe`` gives the API's members.

The former form, which earlier versions have written, was the API's members with what the executor needs under names with an
underscore; it is read and never written.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from embedded_aws.records import Records, renamed
from embedded_aws.service import Document
from embedded_aws.store import DocumentStore


@dataclass
class ExecutionRecord:
    """An execution: what is shown of it, and what running it needs."""

    arn: str
    pipeline: str
    pipeline_arn: str
    display_name: str
    status: str
    created: float  # epoch seconds
    modified: float
    created_by: Document
    modified_by: Document
    definition: str
    parameters: dict[str, Any]
    role: str = ""
    failure: str = ""
    description: str | None = None
    parallelism: Document | None = None  # ParallelismConfiguration
    selective: Document | None = None  # SelectiveExecutionConfig
    selected: list[str] | None = None  # names of the steps to run; None: all
    version: int | None = None  # of the pipeline; executions of earlier servers have none

    def describe(self) -> Document:
        """The members of DescribePipelineExecution."""
        optional = {
            "FailureReason": self.failure or None,
            "PipelineExecutionDescription": self.description,
            "ParallelismConfiguration": self.parallelism,
            "SelectiveExecutionConfig": self.selective,
            "PipelineVersionId": self.version,
        }
        return {
            "PipelineArn": self.pipeline_arn,
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionDisplayName": self.display_name,
            "PipelineExecutionStatus": self.status,
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "CreatedBy": self.created_by,
            "LastModifiedBy": self.modified_by,
            **_present(optional),
        }

    def to_document(self) -> Document:
        """See ``embedded_aws.records``."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Document) -> "ExecutionRecord":
        """See ``embedded_aws.records``."""
        return cls(**(renamed(document, _FORMER_EXECUTION) if "PipelineExecutionArn" in document else document))


@dataclass
class StepRecord:
    """A step of an execution; ``properties`` is what its Describe call answered, once it has succeeded."""

    name: str
    status: str
    started: float | None = None
    ended: float | None = None
    attempts: int = 0
    failure: str = ""
    metadata: Document = field(default_factory=dict)
    properties: Document | None = None
    cached_from: str = ""  # ARN of the execution whose result it took
    selected_from: str = ""  # ARN of the execution that a selective one builds on

    def describe(self) -> Document:
        """The members of ListPipelineExecutionSteps' entries."""
        optional = {
            "StartTime": self.started,
            "EndTime": self.ended,
            "AttemptCount": self.attempts or None,
            "FailureReason": self.failure or None,
            "Metadata": self.metadata or None,
            "CacheHitResult": _source(self.cached_from),
            "SelectiveExecutionResult": _source(self.selected_from),
        }
        return {"StepName": self.name, "StepStatus": self.status, **_present(optional)}

    def to_document(self) -> Document:
        """See ``embedded_aws.records``."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Document) -> "StepRecord":
        """See ``embedded_aws.records``."""
        if "StepName" not in document:
            return cls(**document)
        results = {name: document.get(member, {}).get(_SOURCE, "") for member, name in _FORMER_RESULTS.items()}
        return cls(**renamed(document, _FORMER_STEP), **results)


@dataclass
class CachedResult:
    """What a step of execution ``arn`` gave at ``at`` (epoch seconds)."""

    arn: str
    at: float
    metadata: Document
    properties: Document

    def to_document(self) -> Document:
        """See ``embedded_aws.records``."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Document) -> "CachedResult":
        """See ``embedded_aws.records``."""
        return cls(**(renamed(document, _FORMER_RESULT) if "_arn" in document else document))


class State:
    """Where executions and their steps are kept: by account/region/pipeline/id, steps with /name behind it."""

    def __init__(self, store: DocumentStore) -> None:
        self.store = store
        self.executions = Records(store, "PipelineExecution", ExecutionRecord)
        self.steps = Records(store, "PipelineExecutionStep", StepRecord)


_SOURCE = "SourcePipelineExecutionArn"
_FORMER_EXECUTION = {
    "PipelineExecutionArn": "arn",
    "_pipeline": "pipeline",
    "PipelineArn": "pipeline_arn",
    "PipelineExecutionDisplayName": "display_name",
    "PipelineExecutionStatus": "status",
    "CreationTime": "created",
    "LastModifiedTime": "modified",
    "CreatedBy": "created_by",
    "LastModifiedBy": "modified_by",
    "_definition": "definition",
    "_parameters": "parameters",
    "_role": "role",
    "FailureReason": "failure",
    "PipelineExecutionDescription": "description",
    "ParallelismConfiguration": "parallelism",
    "SelectiveExecutionConfig": "selective",
    "_selected": "selected",
}
_FORMER_STEP = {
    "StepName": "name",
    "StepStatus": "status",
    "StartTime": "started",
    "EndTime": "ended",
    "AttemptCount": "attempts",
    "FailureReason": "failure",
    "Metadata": "metadata",
    "_properties": "properties",
}
_FORMER_RESULTS = {"CacheHitResult": "cached_from", "SelectiveExecutionResult": "selected_from"}
_FORMER_RESULT = {"_arn": "arn", "_at": "at", "Metadata": "metadata", "_properties": "properties"}


def _present(members: Document) -> Document:
    return {name: value for name, value in members.items() if value is not None}


def _source(arn: str) -> Document | None:
    return {_SOURCE: arn} if arn else None
