"""Whose code a delivery brings, and who has let it through: from CodePipeline's own history."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lambdas.publish_code.delivered import in_progress

ALICE, BOB = (f"arn:aws:sts::1:assumed-role/mlops-data-scientist/{name}" for name in ("alice", "bob"))


def _at(minute: int) -> datetime:
    return datetime(2026, 3, 1, 12, minute, tzinfo=UTC)


class FakePipeline:
    """CodePipeline: executions, oldest first, of which one is in its deploy stage; releases by execution."""

    class exceptions:  # noqa: N801 (boto3's name)
        """CodePipeline's."""

        class PipelineNotFoundException(Exception):
            """There is none."""

    def __init__(self, deploying: str, *, gated: bool = True) -> None:
        self.executions: list[dict[str, Any]] = []
        self.releases: dict[str, list[tuple[str, str, int]]] = {}
        self.deploying, self.gated = deploying, gated
        self.checkouts: dict[str, datetime] = {}

    def add(
        self, id_: str, by: str, status: str = "InProgress", trigger: str = "CloudWatchEvent", minute: int = 0
    ) -> None:
        """An execution that ``by`` has started, as the pipeline's variable or the trigger says."""
        variables = [{"name": "StartedBy", "resolvedValue": by}]
        found = {"trigger": {"triggerType": trigger, "triggerDetail": by}, "variables": variables}
        found["artifactRevisions"] = [{"revisionId": f"commit-{id_}"}]  # type: ignore[assignment]
        self.executions.append({"pipelineExecutionId": id_, "status": status, "startTime": _at(minute), **found})

    def get_pipeline_state(self, name: str) -> dict[str, Any]:
        """Stages with what is in them."""
        stages = [
            {"stageName": "Deploy", "latestExecution": {"pipelineExecutionId": self.deploying, "status": "InProgress"}}
        ]
        newest = self.executions[-1]["pipelineExecutionId"]
        release = {"stageName": "Release", "latestExecution": {"pipelineExecutionId": newest, "status": "InProgress"}}
        return {"stageStates": [release, *stages] if self.gated else stages}

    def get_pipeline_execution(self, pipelineName: str, pipelineExecutionId: str) -> dict[str, Any]:
        """One of them."""
        return {
            "pipelineExecution": next(it for it in self.executions if it["pipelineExecutionId"] == pipelineExecutionId)
        }

    def get_paginator(self, name: str) -> Any:
        """Of executions, newest first, and of actions."""
        outer = self

        class Pages:
            def paginate(self, pipelineName: str, filter: dict[str, str] | None = None) -> list[dict[str, Any]]:  # noqa: A002
                if name == "list_pipeline_executions":
                    return [{"pipelineExecutionSummaries": list(reversed(outer.executions))}]
                id_ = (filter or {})["pipelineExecutionId"]
                found = [_action(*it) for it in outer.releases.get(id_, [])]
                checkout = {"stageName": "Source", "status": "Succeeded", "lastUpdateTime": outer.checkouts.get(id_)}
                return [{"actionExecutionDetails": [*found, *([checkout] if id_ in outer.checkouts else [])]}]

        return Pages()


def _action(by: str, status: str, at: int) -> dict[str, Any]:
    result = {"executionResult": {"externalExecutionSummary": "go"}}
    return {"stageName": "Release", "status": status, "updatedBy": by, "lastUpdateTime": at, "output": result}


def test_a_release_is_that_of_the_execution_itself() -> None:
    """Another one waits at the gate already: what is asked is who has released this one."""
    pipeline = FakePipeline("1")
    pipeline.add("1", ALICE)
    pipeline.add("2", BOB)
    pipeline.releases["1"] = [(BOB, "Failed", 1), (ALICE, "Succeeded", 2)]
    found = in_progress(pipeline, "p-delivery")
    assert found is not None
    assert (found.commit, found.pushed_by, found.released_by, found.release_reason) == ("commit-1", ALICE, ALICE, "go")
    assert found.released_by_pusher


def test_a_gate_without_a_release_is_told() -> None:
    """Whoever looks can refuse it."""
    pipeline = FakePipeline("1")
    pipeline.add("1", ALICE)
    found = in_progress(pipeline, "p-delivery")
    assert found is not None
    assert (found.gated, found.released_by) == (True, "")


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Superseded"])
def test_the_schedule_launders_no_push(status: str) -> None:
    """What a push could not bring in comes with the schedule's delivery: it is the pusher's still, and those before him."""
    pipeline = FakePipeline("3", gated=False)
    pipeline.add("0", BOB, "Succeeded")
    pipeline.add("1", ALICE, status)
    pipeline.add("3", "schedule")
    found = in_progress(pipeline, "p-delivery")
    assert found is not None
    assert found.pushers == (ALICE,)
    assert found.details("c0de")["pushers"] == ["alice"]


@pytest.mark.parametrize("status", ["InProgress", "Succeeded", "Failed"])
def test_a_push_into_the_schedules_checkout_is_its_pushers(status: str) -> None:
    """The schedule's delivery takes the branch as its checkout finds it: who has pushed in between, and releases it, releases his own."""
    pipeline = FakePipeline("2")
    pipeline.add("1", BOB, "Succeeded")
    pipeline.add("2", "schedule", minute=20)
    pipeline.checkouts["2"] = _at(21)
    pipeline.add("3", ALICE, status, minute=22)  # its event came after the checkout, which has the commit
    pipeline.add("4", BOB, status, minute=40)
    pipeline.releases["2"] = [(ALICE, "Succeeded", 1)]
    found = in_progress(pipeline, "p-delivery")
    assert found is not None
    assert found.pushers == (ALICE,)
    assert found.released_by_pusher


def test_a_pushs_own_commit_is_no_later_pushers() -> None:
    """It brings the commit that its event names, whatever comes while it is checked out."""
    pipeline = FakePipeline("2")
    pipeline.add("2", ALICE, minute=20)
    pipeline.checkouts["2"] = _at(21)
    pipeline.add("3", BOB, minute=20)
    found = in_progress(pipeline, "p-delivery")
    assert found is not None
    assert found.pushers == (ALICE,)


def test_who_pushes_on_top_does_not_stand_for_what_lies_below() -> None:
    """Both count, and either's release would be his own."""
    pipeline = FakePipeline("2")
    pipeline.add("1", ALICE, "Failed")
    pipeline.add("2", BOB)
    pipeline.releases["2"] = [(ALICE, "Succeeded", 1)]
    found = in_progress(pipeline, "p-delivery")
    assert found is not None
    assert found.pushers == (BOB, ALICE)
    assert found.released_by_pusher


def test_a_schedule_without_a_push_is_of_nobody_known() -> None:
    """The trail says that the code's pusher is not known; a start by hand is of who started it."""
    pipeline = FakePipeline("1", gated=False)
    pipeline.add("1", "schedule")
    found = in_progress(pipeline, "p-delivery")
    assert found is not None
    assert (found.pushers, found.details("c")["known"]) == ((), False)
    by_hand = FakePipeline("1", gated=False)
    by_hand.add("1", BOB, trigger="StartPipelineExecution")
    started = in_progress(by_hand, "p-delivery")
    assert started is not None
    assert started.pushers == (BOB,)


def test_an_update_without_a_delivery_is_none() -> None:
    """The catalog's own: nothing is in the deploy stage."""
    pipeline = FakePipeline("1")
    pipeline.add("1", ALICE)
    pipeline.get_pipeline_state = lambda name: {"stageStates": [{"stageName": "Deploy"}]}  # type: ignore[method-assign]
    assert in_progress(pipeline, "p-delivery") is None
