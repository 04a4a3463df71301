"""One action that runs: what it gets, what it gives, how it fails."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.codepipeline.records import ExecutionRecord
from embedded_aws.service import Call, Document

_POLL = 0.2  # seconds


class ActionFailed(Exception):
    """An action's own failure, with what the service behind it said."""

    def __init__(self, code: str, message: str, external_id: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.external_id = code, message, external_id


class Stopped(Exception):
    """The execution was stopped and this action abandoned."""


@dataclass(frozen=True)
class Outcome:
    """What a finished action gives: artifacts as bytes by name, variables, the revision it has fetched."""

    artifacts: Mapping[str, bytes] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""
    summary: str = ""
    revision: Document | None = None


@dataclass(frozen=True)
class Action:
    """One action that runs; ``client`` makes boto3 clients of the role, ``note`` keeps attributes of its record meanwhile."""

    id: str
    call: Call
    execution: ExecutionRecord
    declaration: Document
    configuration: Mapping[str, str]
    inputs: Mapping[str, bytes]
    locations: Mapping[str, Document]  # input artifact -> {"bucketName", "objectKey"}
    reserved: Mapping[str, Document]  # output artifact -> where its function may put it
    client: Callable[[str], Any]
    note: Callable[..., object]
    abandoned: Callable[[], bool]

    @property
    def outputs(self) -> list[str]:
        """Names of the artifacts that it makes."""
        return [item["name"] for item in self.declaration.get("outputArtifacts", [])]

    def override(self, kind: str) -> str:
        """The revision of this kind that the start has asked for; empty where none."""
        for item in self.execution.source_revisions:
            if item["actionName"] == self.declaration["name"] and item["revisionType"] == kind:
                return str(item["revisionValue"])
        return ""

    def wait(self, seconds: float = _POLL) -> None:
        """A moment's pause.

        Raises:
            Stopped: the execution is to end now.
        """
        time.sleep(seconds)
        if self.abandoned():
            raise Stopped
