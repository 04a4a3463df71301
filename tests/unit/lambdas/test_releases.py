"""publish-code on a delivery's gate: rejected releases in the audit trail, and whose an update during a deployment is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.bundled.audit import Entry, Trail
from tests.unit.lambdas.functions import load
from tests.unit.lambdas.test_delivered import ALICE, BOB, FakePipeline

_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Gate(FakePipeline):
    """A delivery by Alice, decisions about it, and what its builds have exported."""

    def __init__(self) -> None:
        super().__init__("1")
        self.add("1", ALICE)
        self.found: list[dict[str, Any]] = []

    def decide(self, id_: str, by: str, summary: str, status: str = "Failed") -> dict[str, Any]:
        """A decision, as ListActionExecutions has it; returns the event."""
        action = {"stageName": "Release", "actionExecutionId": id_, "status": status}
        action |= {"lastUpdateTime": _AT + timedelta(hours=len(self.found))} | ({"updatedBy": by} if by else {})
        self.found.append(action | {"output": {"executionResult": {"externalExecutionSummary": summary}}})
        return event(id_)

    def build(self, key: str, status: str = "Succeeded") -> None:
        """A build that has named its package, as ListActionExecutions has it; each later than the one before."""
        output = {"outputVariables": {"PACKAGE": key}, "executionResult": {"externalExecutionId": "p-build:1"}}
        action = {"stageName": "Build", "status": status, "startTime": _AT + timedelta(hours=len(self.found))}
        self.found.append(action | {"output": output})

    def deploy(self, artifact: str) -> None:
        """The deploy stage's action, with where its artifact is."""
        where = {"name": "Source", "s3location": {"bucket": "own", "key": artifact}}
        self.found.append({"stageName": "Deploy", "startTime": _AT, "input": {"inputArtifacts": [where]}})

    def get_paginator(self, name: str) -> Any:
        """Its actions as they were given."""
        if name != "list_action_executions":
            return super().get_paginator(name)
        outer = self

        class Pages:
            def paginate(self, pipelineName: str, filter: dict[str, str]) -> list[dict[str, Any]]:  # noqa: A002
                assert (pipelineName, filter) == ("p-delivery", {"pipelineExecutionId": "1"})
                return [{"actionExecutionDetails": outer.found}]

        return Pages()


def event(id_: str = "") -> dict[str, Any]:
    """As the user guide shows it ("Monitoring CodePipeline events"); not every event has the action's id."""
    detail = {
        "pipeline": "p-delivery",
        "execution-id": "1",
        "stage": "Release",
        "action": "Approve",
        "state": "FAILED",
        "region": "us-east-1",
        "type": {"owner": "AWS", "provider": "Manual", "category": "Approval", "version": "1"},
        "version": 1.0,
    }
    told = {"action-execution-id": id_} if id_ else {}
    return {"detail-type": "CodePipeline Action Execution State Change", "detail": detail | told}


class Desk:
    """The function over S3, and a gate."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        for name, value in {"AUDIT_BUCKET": "audit", "PROJECT": "p", "DELIVERY_PIPELINE": "p-delivery"}.items():
            patch.setenv(name, value)
        self.s3, self.gate = boto3.client("s3", region_name="us-east-1"), Gate()
        for bucket in ("audit", "own"):
            self.s3.create_bucket(Bucket=bucket)
        clients = {"s3": self.s3, "codepipeline": self.gate, "ssm": None, "cloudformation": None}
        self.function: ModuleType = load("publish-code", clients, folder, patch)

    def hear(self, given: dict[str, Any]) -> None:
        self.function.handler(given, None)

    @property
    def entries(self) -> list[Entry]:
        return Trail(self.s3, "audit", "p").entries()

    def delivery(self, key: str, before: str = "packages/old.zip", bucket: str = "own") -> Any:
        """The delivery that an update to the package ``key`` is put down to."""
        given = {"Bucket": "own", "PackageBucket": bucket, "PackageKey": key}
        return self.function._delivery({"ResourceProperties": given, "OldResourceProperties": {"PackageKey": before}})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    with mock_aws():
        yield Desk(tmp_path, monkeypatch)


def test_a_rejected_release_is_an_entry(desk: Desk) -> None:
    """Who has rejected it, why, when, and whose delivery it was: once, however often the event comes."""
    told = desk.gate.decide("a1", BOB, "not this week")
    for _ in range(2):
        desk.hear(told)
    (entry,) = desk.entries
    assert (entry.action, entry.subject, entry.by) == ("release", "commit-1", BOB)
    assert (entry.reason, entry.outcome, entry.at) == ("not this week", "rejected", "2026-03-01T12:00:00.000+00:00")
    assert (entry.details["delivery"], entry.details["pushers"]) == ("1", ["alice"])


def test_an_event_that_is_early_comes_again(desk: Desk) -> None:
    """The history lags behind the event: nothing is written, the function fails, and Lambda's next attempt finds it."""
    desk.gate.decide("a1", BOB, "no")
    desk.hear(event("a1"))
    with pytest.raises(Exception, match="the event comes again"):
        desk.hear(event("a2"))
    assert len(desk.entries) == 1
    desk.gate.decide("a2", ALICE, "no again")
    desk.hear(event("a2"))
    assert [(it.by, it.reason) for it in desk.entries] == [(BOB, "no"), (ALICE, "no again")]


def test_without_the_actions_id_every_rejection_is_found_too(desk: Desk) -> None:
    """The stage was tried again between two events; what was let through at last is no rejection."""
    with pytest.raises(Exception, match="the event comes again"):
        desk.hear(event())
    desk.gate.decide("a1", BOB, "no")
    desk.gate.decide("a2", BOB, "still no")
    desk.gate.decide("a3", BOB, "go", "Succeeded")
    desk.hear(event())
    assert [it.reason for it in desk.entries] == ["no", "still no"]


def test_a_gate_that_nobody_opened_is_put_down_to_nobody(desk: Desk) -> None:
    """After seven days CodePipeline lets the action fail, by itself."""
    desk.hear(desk.gate.decide("a1", "", "timed out"))
    assert [(it.by, it.outcome) for it in desk.entries] == [("CodePipeline", "nobody decided in time")]


OURS, OTHER = "packages/new.zip", "packages/other.zip"


@pytest.fixture
def deploying(desk: Desk) -> Desk:
    """The delivery is in its deploy stage with the package that its build has made."""
    desk.gate.build(OURS)
    desk.gate.deploy("p-delivery/Source/x")
    return desk


def test_what_the_delivery_has_packaged_is_its_own(deploying: Desk) -> None:
    """Also where the code is what it was."""
    for before in ("packages/old.zip", OURS):
        found = deploying.delivery(OURS, before)
        assert (found.execution, found.pushed_by) == ("1", ALICE)


def test_other_changes_during_a_deployment_are_not_the_deliverys(deploying: Desk) -> None:
    """A parameter, another version of the product, the product's own code: the pusher has nothing to do with them."""
    assert deploying.delivery(OTHER, OTHER) is None
    assert deploying.delivery("abc.zip", "old.zip", bucket="assets") is None


def test_other_code_during_a_deployment_is_refused(deploying: Desk) -> None:
    """It would count as the pusher's, or come past the gate as nobody's."""
    with pytest.raises(PermissionError, match=r"packages/other.zip is not what delivery 1 has packaged"):
        deploying.delivery(OTHER)


def test_a_package_is_that_of_the_executions_own_build(desk: Desk) -> None:
    """The newest that has succeeded, where the stage was tried again; a build that failed names nothing, and neither does S3."""
    desk.gate.build(OTHER, "Failed")
    with pytest.raises(PermissionError, match="not what delivery 1 has packaged"):
        desk.delivery(OTHER)
    desk.gate.build("packages/first.zip")
    desk.gate.build(OURS)
    desk.gate.build(OTHER, "Failed")
    desk.gate.found.reverse()  # AWS lists newest first
    assert desk.delivery(OURS).execution == "1"
    for key in ("packages/first.zip", OTHER):
        with pytest.raises(PermissionError, match="not what delivery 1 has packaged"):
            desk.delivery(key)
