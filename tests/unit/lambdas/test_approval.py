"""record-approval and resolve-model: digests, the deployed version, refusals."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.bundled.ssm import FakeSsm
from tests.unit.lambdas.functions import load
from tests.unit.lambdas.registry import FakeRegistry


class Desk:
    """Both functions over one registry of three versions and one pointer."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.registry, self.ssm = FakeRegistry(3), FakeSsm()
        clients = {"sagemaker": self.registry, "s3": self.registry, "ssm": self.ssm}
        patch.setenv("PROJECT", "p")
        patch.setenv("MODEL_PACKAGE_GROUP", "p")
        patch.setenv("AUDIT_BUCKET", "audit")
        self._functions = {}
        for purpose in ("record-approval", "resolve-model"):
            where = folder / purpose
            where.mkdir()
            self._functions[purpose] = load(purpose, clients, where, patch).handler

    def hear(self, event: dict[str, Any]) -> str:
        return str(self._functions["record-approval"](event, None)["outcome"])

    def resolve(self, arn: str = "deployed") -> dict[str, str]:
        return dict(self._functions["resolve-model"]({"model_package_arn": arn}, None))

    def approve(self, *numbers: int) -> None:
        for number in numbers:
            self.hear(self.registry.event(number))
            self.hear(self.registry.decide(number, "Approved"))

    @property
    def pointer(self) -> dict[str, Any]:
        return dict(json.loads(self.ssm.values[-1]))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_a_registration_records_the_artifacts_digest(desk: Desk) -> None:
    """The digest is in the version's metadata before anybody has decided anything."""
    assert desk.hear(desk.registry.event(1)) == "registered"
    recorded = desk.registry.packages["arn:1"]["CustomerMetadataProperties"]["model_sha256"]
    assert recorded == hashlib.sha256(b"weights 1").hexdigest()
    assert desk.ssm.values == []


def test_an_approval_deploys_and_says_who_and_why(desk: Desk) -> None:
    """The pointer names version, digest, approver, reason and what moved it."""
    desk.approve(1)
    expected = {"version": 1, "approved_by": "arn:approver", "reason": "reviewed", "action": "approved"}
    assert {name: desk.pointer[name] for name in expected} == expected
    assert desk.pointer["sha256"] == hashlib.sha256(b"weights 1").hexdigest()
    assert desk.resolve()["model_package_arn"] == "arn:1"


def test_a_batch_is_told_its_versions_baselines(desk: Desk) -> None:
    """Statistics, constraints and the evaluation's predictions; an earlier registration has a folder without them."""
    desk.approve(1)
    expected = {"statistics_uri": "s3://b/statistics.json", "constraints_uri": "s3://b/constraints.json"}
    assert desk.resolve().items() >= (expected | {"predictions_uri": "s3://b"}).items()
    desk.registry.packages["arn:1"]["CustomerMetadataProperties"]["prediction_baseline"] = "s3://b/runs/r/evaluation"
    assert desk.resolve()["predictions_uri"] == "s3://b/runs/r/evaluation"


def test_rejecting_the_deployed_version_brings_the_approved_one_back(desk: Desk) -> None:
    """Versions 1 and 3 are approved, 3 is rejected: 1 is deployed, with the reason."""
    desk.approve(1, 3)
    desk.hear(desk.registry.decide(3, "Rejected", "worse in use"))
    assert (desk.pointer["version"], desk.pointer["reason"]) == (1, "version 3 rejected: worse in use")


def test_rejecting_another_version_changes_nothing(desk: Desk) -> None:
    """Only the deployed version gives way."""
    desk.approve(1)
    assert desk.hear(desk.registry.decide(2, "Rejected")) == "nothing to do"
    assert desk.pointer["version"] == 1


def test_rejecting_the_only_version_withdraws_it_and_keeps_the_log(desk: Desk) -> None:
    """Nothing is deployed any more, batches say so, and the history is still there."""
    desk.approve(1)
    assert desk.hear(desk.registry.decide(1, "Rejected")) == "withdrawn"
    with pytest.raises(ValueError, match="project p has no deployed model: approve a version first"):
        desk.resolve()
    assert [json.loads(value)["action"] for value in desk.ssm.values] == ["approved", "withdrawn"]


@pytest.mark.parametrize("late", [False, True])
def test_a_rollback_is_another_approval(desk: Desk, late: bool) -> None:
    """Version 1 is approved again, with its status taken back in between; the first event may come last and changes nothing."""
    desk.approve(1, 2)
    back, again = (desk.registry.decide(1, status, "rollback: complaints") for status in ("Rejected", "Approved"))
    for event in (again, back) if late else (back, again):
        desk.hear(event)
    assert [desk.pointer[name] for name in ("version", "action", "reason")] == [1, "rollback", "complaints"]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
def test_racing_approvals_end_at_the_later_decision(desk: Desk, order: tuple[int, int]) -> None:
    """Version 1 was approved before version 2; whichever function runs last, version 2 is deployed."""
    events = {number: desk.registry.decide(number, "Approved") for number in (1, 2)}
    for number in order:
        desk.hear(events[number])
    assert desk.pointer["version"] == 2


@pytest.mark.parametrize("damage", [b"weights 2", b"", b"weights 1 "], ids=["replaced", "emptied", "longer"])
def test_another_artifact_is_refused_with_both_digests(desk: Desk, damage: bytes) -> None:
    """Whatever stands in the place of the registered artifact is named by both digests and not used."""
    desk.approve(1)
    desk.registry.objects["model-1"] = damage
    found, registered = hashlib.sha256(damage).hexdigest(), hashlib.sha256(b"weights 1").hexdigest()
    with pytest.raises(ValueError, match=f"sha256 {found}, registered was {registered}"):
        desk.resolve()


def test_a_damaged_version_is_not_deployed(desk: Desk) -> None:
    """An artifact that changed between registration and approval never becomes the deployed one."""
    desk.hear(desk.registry.event(1))
    desk.registry.objects["model-1"] = b"other"
    with pytest.raises(ValueError, match="damaged or was replaced"):
        desk.hear(desk.registry.decide(1, "Approved"))
    assert desk.ssm.values == []


def test_only_approved_versions_are_used(desk: Desk) -> None:
    """A version named outright has to be approved, too."""
    with pytest.raises(ValueError, match="version 2 is PendingManualApproval, not approved"):
        desk.resolve("arn:2")


def test_every_decision_is_an_entry_of_the_audit_trail(desk: Desk) -> None:
    """What was decided, by whom, when, why, and what came of it; a registration decides nothing."""
    desk.approve(1, 2)
    desk.hear(desk.registry.decide(3, "Rejected", "worse"))
    for status in ("Rejected", "Approved"):
        desk.hear(desk.registry.decide(1, status, "rollback: complaints"))
    entries = desk.registry.trail()
    assert [(it["action"], it["subject"], it["reason"], it["outcome"]) for it in entries] == [
        ("approve", "version 1", "reviewed", "deployed"),
        ("approve", "version 2", "reviewed", "deployed"),
        ("reject", "version 3", "worse", "nothing to do"),
        ("rollback: status taken back", "version 1", "complaints", "nothing to do"),
        ("rollback", "version 1", "complaints", "deployed"),
    ]
    assert {it["by"] for it in entries} == {"arn:approver"}
    assert [it["at"] for it in entries] == sorted(it["at"] for it in entries)


def test_a_decision_that_was_overtaken_is_on_record_with_its_own_reason(desk: Desk) -> None:
    """The version is rejected before the function hears of the approval: both decisions are there, neither is put down to the other."""
    events = [desk.registry.decide(1, "Approved", "fine"), desk.registry.decide(1, "Rejected", "not fine")]
    for event in events:
        desk.hear(event)
    found = [(it["action"], it["reason"], it["outcome"]) for it in desk.registry.trail()]
    assert found == [("approve", "fine", "nothing to do"), ("reject", "not fine", "nothing to do")]
