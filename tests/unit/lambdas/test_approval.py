"""record-approval and resolve-model: digests, the deployed version, refusals."""

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.bundled import dataset_tables
from mlops.bundled.audit import Trail
from tests.unit.bundled.ssm import FakeSsm, FakeStore
from tests.unit.lambdas.functions import load
from tests.unit.lambdas.registry import APPROVER, DATASET, DATASET_URI, RUN, STARTER, FakeRegistry, rendered


class Desk:
    """Both functions over one registry of three versions and one pointer."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.registry, self.ssm, self.retraining = FakeRegistry(3), FakeSsm(), FakeSsm()
        details = {"code": "c0de", "pushers": [], "known": True}
        Trail(self.registry, "audit", "p").append("deliver", "seed", by="CloudFormation", details=details)  # type: ignore[arg-type]
        store = FakeStore(deployed_model=self.ssm, latest_dataset=self.retraining)
        clients = {"sagemaker": self.registry, "s3": self.registry, "ssm": store}
        patch.setenv("PROJECT", "p")
        patch.setenv("MODEL_PACKAGE_GROUP", "p")
        patch.setenv("AUDIT_BUCKET", "audit")
        patch.setenv("OWNER", "p")
        patch.setenv("DEPLOYS", "yes")
        patch.setenv("DATASETS_BUCKET", "mlops-datasets-1")
        patch.setenv("TRAINING_PIPELINE", "p-training")
        patch.setenv("INFERENCE_PIPELINE", "p-inference")
        patch.setenv("UNATTRIBUTED_VERSIONS", "with-reason")
        patch.setenv("DATA_BUCKET", "p-data")
        self._functions = {}
        for purpose in ("record-approval", "resolve-model"):
            where = folder / purpose
            where.mkdir()
            self._functions[purpose] = load(purpose, clients, where, patch).handler

    def hear(self, event: dict[str, Any]) -> str:
        return str(self._functions["record-approval"](event, None)["outcome"])

    def resolve(self, uri: str = "s3://p-data/datasets/d/") -> dict[str, str]:
        event = {"execution": RUN.replace("p-training", "p-inference"), "code": "c0de", "request": "none"}
        event |= {"dataset_id": "d", "dataset_uri": uri}
        return dict(self._functions["resolve-model"](event, None))

    def register(self, *numbers: int) -> None:
        for number in numbers:
            assert self.hear(self.registry.event(number)) == "registered"

    def approve(self, *numbers: int) -> None:
        for number in numbers:
            self.register(number)
            self.hear(self.registry.decide(number, "Approved"))

    def decisions(self) -> list[dict[str, Any]]:
        return [entry for entry in self.registry.trail() if entry["action"] not in {"deliver", "register"}]

    def refused(self, number: int, **decision: Any) -> str:
        """The reason why an approval does not count: the version is rejected, nothing is deployed, the trail says so."""
        before = list(self.ssm.values)
        assert self.hear(self.registry.decide(number, "Approved", **decision)) == "refused"
        package = self.registry.packages[f"arn:{number}"]
        assert package["ModelApprovalStatus"] == "Rejected"
        assert self.ssm.values == before
        why = str(package["ApprovalDescription"]).removeprefix("refused: ")
        assert self.decisions()[-1]["outcome"] == f"refused: {why}"
        self.hear(self.registry.event(number))  # that of the rejection: no decision of anybody's
        assert self.decisions()[-1]["outcome"] == f"refused: {why}"
        return why

    @property
    def pointer(self) -> dict[str, Any]:
        return dict(json.loads(self.ssm.values[-1]))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_a_registration_is_written_down_whole(desk: Desk) -> None:
    """Digest, whole specification, data set, run and people are in the audit trail before anybody has decided anything."""
    desk.register(1)
    assert desk.hear(desk.registry.event(1)) == "registered already"
    _, entry = desk.registry.trail()
    known = entry["details"]
    assert (entry["action"], entry["by"], known["people"]) == ("register", STARTER, ["alice"])
    assert known["sha256"] == hashlib.sha256(b"weights 1").hexdigest()
    assert known["specification"]["InferenceSpecification"]["Containers"][0]["Image"] == "image:1"
    assert (known["dataset_id"], known["code"]) == (DATASET, "c0de")
    assert desk.ssm.values == []


def test_retraining_uses_what_a_version_was_registered_from(desk: Desk) -> None:
    """Its approved data set, with the version and who had started its run: written at the registration, before any decision."""
    desk.register(2)
    (value,) = map(json.loads, desk.retraining.values)
    assert value == {"uri": DATASET_URI, "id": DATASET, "version": 2, "at": value["at"], "people": ["alice"]}
    assert desk.registry.trail()[-1]["details"]["retraining"] == "uses its data set"
    desk.hear(desk.registry.event(2))
    assert len(desk.retraining.values) == 1


def test_registrations_may_come_in_any_order(desk: Desk) -> None:
    """The newest version's data set stays, also where another function writes in between; what an earlier 'mlops train' left goes."""
    desk.retraining.values.append(json.dumps({"uri": "s3://p-data/datasets/x/", "id": "x", "tables": "0" * 64}))
    desk.register(2)
    desk.register(1)
    assert desk.registry.trail()[-1]["details"]["retraining"] == "uses that of a newer version"
    newer = json.dumps(json.loads(desk.retraining.values[-1]) | {"version": 9})

    def race(store: FakeSsm) -> None:
        store.before_write = lambda _: None
        store.values.append(newer)

    desk.retraining.before_write = race
    desk.register(3)
    assert json.loads(desk.retraining.values[-1])["version"] == 9
    assert desk.registry.trail()[-1]["details"]["retraining"] == "uses that of a newer version"


@pytest.mark.parametrize("status", ["Rejected", ""])
def test_retraining_uses_no_data_set_that_nobody_has_approved(desk: Desk, status: str) -> None:
    """A run that was allowed to use one registers its version; its data set is nothing for runs that nobody starts."""
    desk.registry.review(status)
    desk.registry.begin(1, review=status.lower() or "pending")
    desk.register(1)
    assert desk.retraining.values == []
    known = desk.registry.trail()[-1]["details"]
    assert known["retraining"] == f"does not use its data set, which is {status.lower() or 'pending'}"


def test_retraining_uses_no_uploaded_folder_and_nothing_of_a_refused_registration(desk: Desk) -> None:
    """What was uploaded nobody has approved; a version of a selective execution is rejected, and its data set is not used."""
    tables = dataset_tables.digest({"fills.csv": "1"})
    desk.registry.objects["datasets/f/fills.csv"] = b"a"
    desk.registry.begin(
        1, review="not registered", dataset_id="f", dataset_uri="s3://p-data/datasets/f/", tables=tables
    )
    desk.register(1)
    assert desk.registry.trail()[-1]["details"]["retraining"] == "does not use its data set, which is not registered"
    desk.registry.selective.add("run2")
    desk.registry.selective.add(f"{RUN}2")
    assert desk.hear(desk.registry.event(2)) == "refused"
    assert desk.retraining.values == []


def test_a_rehearsals_version_is_rejected_at_once_and_never_approved(desk: Desk) -> None:
    """Whoever approves it, whatever its metadata say by then: what its run has read counts, which was noted when it began."""
    folder = "s3://p-data/rehearsals/1/"
    desk.registry.objects["rehearsals/1/fills.csv"] = b"a"
    tables = dataset_tables.digest({"fills.csv": "1"})
    known = {"dataset_id": "rehearsal-1", "dataset_uri": folder, "review": "rehearsal", "tables": tables}
    desk.registry.begin(1, **known)
    assert desk.hear(desk.registry.event(1)) == "a rehearsal"
    package = desk.registry.packages["arn:1"]
    assert (package["ModelApprovalStatus"], desk.registry.trail()[-1]["outcome"]) == (
        "Rejected",
        "a rehearsal: never approved",
    )
    package["CustomerMetadataProperties"]["dataset_review"] = "approved"
    assert desk.refused(1) == "it was made in a rehearsal, on invented data, and goes when the rehearsal ends"
    last = desk.registry.event(1)
    del desk.registry.packages["arn:1"]
    assert desk.hear(last) == "gone with its rehearsal"


def test_a_version_that_is_gone_and_was_no_rehearsals_is_no_small_thing(desk: Desk) -> None:
    """Nobody deletes one: the event comes again, and is told where it fails on."""
    desk.register(1)
    last = desk.registry.event(1)
    del desk.registry.packages["arn:1"]
    with pytest.raises(ClientError):
        desk.hear(last)


def test_a_batch_is_told_whether_it_is_a_rehearsal(desk: Desk) -> None:
    """By where its data lie in the project's own bucket, and by nothing else; its start is written down."""
    desk.approve(1)
    places = {"s3://p-data/datasets/rehearsals/1/": "no", "s3://other/rehearsals/1/": "no"}
    for uri, told in {**places, "s3://p-data/rehearsals/1/": "yes", "s3://p-data/rehears": "yes"}.items():
        noted = "claims/p/run-" + RUN.rsplit("/", 1)[-1] + ".json"
        desk.registry.objects.pop(noted, None)
        assert desk.resolve(uri)["rehearsal"] == told, uri
        start = json.loads(desk.registry.objects[noted])
        assert (start["kind"], start["dataset_uri"], start["review"] == "rehearsal") == ("nobody", uri, told == "yes")


def test_an_approval_deploys_and_says_who_and_why(desk: Desk) -> None:
    """The pointer names version, digest, approver, reason and what moved it."""
    desk.approve(1)
    expected = {"version": 1, "approved_by": APPROVER, "reason": "reviewed", "action": "approved"}
    assert {name: desk.pointer[name] for name in expected} == expected
    assert desk.pointer["sha256"] == hashlib.sha256(b"weights 1").hexdigest()
    assert desk.resolve()["model_package_arn"] == "arn:1"


def test_a_batch_is_told_its_versions_baselines(desk: Desk) -> None:
    """Statistics, constraints and the evaluation's predictions; an earlier registration has a folder without them."""
    desk.approve(1)
    expected = {"statistics_uri": "s3://b/statistics.json", "constraints_uri": "s3://b/constraints.json"}
    assert desk.resolve().items() >= (expected | {"predictions_uri": "s3://b"}).items()
    desk.registry.packages["arn:2"]["CustomerMetadataProperties"]["prediction_baseline"] = "s3://b/runs/r/evaluation"
    desk.approve(2)
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
    desk.register(1, 2)
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
    desk.register(1)
    desk.registry.objects["model-1"] = b"other"
    assert "damaged or was replaced" in desk.refused(1)


def _image(package: dict[str, Any]) -> None:
    package["InferenceSpecification"]["Containers"][0]["Image"] = "image:evil"


def _environment(package: dict[str, Any]) -> None:
    package["InferenceSpecification"]["Containers"][0]["Environment"] = {"SAGEMAKER_PROGRAM": "evil.py"}


def _artifact(package: dict[str, Any]) -> None:
    package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] = "s3://b/model-2"


def _another_container(package: dict[str, Any]) -> None:
    package["InferenceSpecification"]["Containers"].append({"Image": "image:evil"})


def _metadata(package: dict[str, Any]) -> None:
    package["CustomerMetadataProperties"]["model_sha256"] = hashlib.sha256(b"other").hexdigest()


def _more(package: dict[str, Any]) -> None:
    package["AdditionalInferenceSpecifications"] = [{"Name": "evil", "Containers": []}]


def _baseline(package: dict[str, Any]) -> None:
    package["DriftCheckBaselines"] = {"ModelDataQuality": {"Constraints": {"S3Uri": "s3://evil/c.json"}}}


_CHANGES = [_image, _environment, _artifact, _another_container, _metadata, _more, _baseline]


@pytest.mark.parametrize("change", _CHANGES, ids=[change.__name__.strip("_") for change in _CHANGES])
def test_an_approving_call_that_also_changes_the_version_is_refused(desk: Desk, change: Callable[..., None]) -> None:
    """UpdateModelPackage takes a decision and a new image in one call: what is approved is what was registered."""
    desk.register(1)
    change(desk.registry.packages["arn:1"])
    assert "changed since the registration" in desk.refused(1)


@pytest.mark.parametrize("change", _CHANGES, ids=[change.__name__.strip("_") for change in _CHANGES])
def test_a_deployed_version_that_is_changed_predicts_nothing(desk: Desk, change: Callable[..., None]) -> None:
    """A call that changes no status makes no event: the batch looks itself."""
    desk.approve(1)
    change(desk.registry.packages["arn:1"])
    with pytest.raises(ValueError, match="version 1 was changed since it was registered"):
        desk.resolve()


def test_an_old_version_of_the_batch_or_a_part_of_one_is_told_nothing(desk: Desk) -> None:
    """Its first step refuses both; what leaves that step out is refused by the last one."""
    desk.approve(1)
    desk.registry.own = rendered(code="f00d")
    with pytest.raises(ValueError, match="RefusedInput: this is not the pipeline's present version"):
        desk.resolve()
    desk.registry.own = desk.registry.definition
    desk.registry.selective.add(RUN.replace("p-training", "p-inference"))
    with pytest.raises(ValueError, match="RefusedInput: a selective execution"):
        desk.resolve()


def test_a_batch_is_told_the_container_by_value(desk: Desk) -> None:
    """What the version says later changes nothing: its model does not name it."""
    desk.approve(1)
    expected = {"image": "image:1", "model_data_url": "s3://b/model-1", "program": "inference.py"}
    expected |= {"submit_directory": "/opt/ml/model/code", "model_sha256": hashlib.sha256(b"weights 1").hexdigest()}
    assert desk.resolve().items() >= expected.items()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"ModelDataSource": {"S3DataSource": {}}}, "ModelDataSource"),
        (
            {"Environment": {"SAGEMAKER_PROGRAM": "p", "SAGEMAKER_SUBMIT_DIRECTORY": "d", "LD_PRELOAD": "x"}},
            "LD_PRELOAD",
        ),
        ({"Environment": {"SAGEMAKER_PROGRAM": "p"}}, "no SAGEMAKER_SUBMIT_DIRECTORY"),
    ],
    ids=["source", "variable", "nothing"],
)
def test_a_container_that_says_more_than_is_handed_over_is_refused(desk: Desk, more: dict[str, Any], told: str) -> None:
    """Registered so and approved: the batch says that it would make another model of it."""
    desk.registry.packages["arn:1"]["InferenceSpecification"]["Containers"][0] |= more
    desk.approve(1)
    with pytest.raises(ValueError, match=f"does not hand over what its container says: {told}"):
        desk.resolve()


def test_what_sagemaker_fills_in_later_is_no_change(desk: Desk) -> None:
    """Digest of the image and tag of the archive appear when SageMaker has looked; the card is the evaluation's."""
    desk.register(1)
    container = desk.registry.packages["arn:1"]["InferenceSpecification"]["Containers"][0]
    container |= {"ImageDigest": "sha256:1", "ModelDataETag": "e"}
    assert desk.hear(desk.registry.decide(1, "Approved")) == "deployed"
    assert desk.resolve()["model_package_arn"] == "arn:1"


def test_another_model_card_is_refused(desk: Desk) -> None:
    """The card that the registry shows is the one that the evaluation has written: nothing more, and nothing less."""
    package = desk.registry.packages["arn:1"]
    package["CustomerMetadataProperties"]["prediction_baseline"] = "s3://b/evaluation"
    desk.registry.objects["evaluation/registry_card.json"] = b'{"intended_uses": {"purpose": "one"}}'
    desk.register(1)
    good = {"intended_uses": {"purpose": "one"}}
    for content in ({"intended_uses": {"purpose": "another"}}, good | {"business_details": {"x": "cleared"}}, {}):
        package["ModelCard"] = {"ModelCardContent": json.dumps(content)}
        assert "model card is not the one" in desk.refused(1)
        assert package["ModelCard"]["ModelCardStatus"] == "Draft"
    package["ModelCard"] = {"ModelCardContent": json.dumps(good | {"model_package_details": {"arn": "arn:1"}})}
    assert desk.hear(desk.registry.decide(1, "Approved")) == "deployed"


@pytest.mark.parametrize(
    "role", ["mlops-ml-engineer/alice", "mlops-data-scientist/alice", "other-role/alice"], ids=lambda role: role
)
def test_nobody_signs_for_himself_in_whatever_role(desk: Desk, role: str) -> None:
    """By person: alice started the run, so no session of hers approves its version, and no rollback to it either."""
    desk.register(1)
    why = desk.refused(1, by=f"arn:aws:sts::1:assumed-role/{role}")
    assert why == "alice started its run or pushed its code: another person must approve it"
    assert desk.hear(desk.registry.decide(1, "Approved")) == "deployed"  # bob's
    desk.approve(2)
    assert "alice started" in desk.refused(1, reason="rollback: mine", by=f"arn:aws:sts::1:assumed-role/{role}")


def test_whoever_pushed_the_code_signs_for_none_of_its_versions(desk: Desk) -> None:
    """Automatic retraining on bob's code is bob's: he started nothing, and still another person must approve."""
    trail = Trail(desk.registry, "audit", "p")  # type: ignore[arg-type]
    trail.append("deliver", "f00", by="x", details={"code": "c0de", "pushers": ["bob"], "known": True})
    trail.append("deliver", "f01", by="x", details={"code": "other", "pushers": ["carol"], "known": True})
    desk.registry.begin(1, kind="drift-policy", by="drift-policy", people=[])
    desk.register(1)
    assert desk.refused(1).startswith("bob started its run or pushed its code")
    carol = "arn:aws:sts::1:assumed-role/mlops-ml-engineer/carol"
    assert desk.hear(desk.registry.decide(1, "Approved", by=carol)) == "deployed"


def test_a_source_identity_tells_who_hides_behind_a_shared_session(desk: Desk) -> None:
    """Sessions of one name are told apart by whom the person signed in as."""
    desk.register(1)
    event = desk.registry.decide(1, "Approved", by="arn:aws:sts::1:assumed-role/mlops-ml-engineer/SageMaker")
    desk.registry.packages["arn:1"]["LastModifiedBy"]["IamIdentity"]["SourceIdentity"] = "alice"
    assert desk.hear(event) == "refused"


def test_a_change_by_the_projects_own_function_hides_no_approver(desk: Desk) -> None:
    """The registry remembers the last change only: where a function made it, somebody has to approve again."""
    desk.register(1)
    assert "approve it again" in desk.refused(1, by="arn:aws:sts::1:assumed-role/mlops-p-record-card/f")


@pytest.mark.parametrize(
    ("setting", "reason", "outcome"),
    [("with-reason", "seen in Studio", "deployed"), ("with-reason", " ", "refused"), ("refuse", "seen", "refused")],
)
def test_a_version_of_nobodys_request_needs_a_reason_or_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, setting: str, reason: str, outcome: str
) -> None:
    """Studio's button starts a run without a request; the product's parameter says what may become of its version."""
    monkeypatch.setenv("UNATTRIBUTED_VERSIONS", setting)
    desk.registry.begin(1, kind="nobody", by="nobody", people=[])
    desk.register(1)
    assert desk.hear(desk.registry.decide(1, "Approved", reason)) == outcome
    if outcome == "deployed":
        assert desk.decisions()[-1]["outcome"] == "deployed; nobody's request started its run"


def test_a_run_on_data_that_nobody_approved_needs_a_request_that_says_so(desk: Desk) -> None:
    """Without a request nobody has asked to train on them all the same: no reason of the approver's helps."""
    desk.registry.review("")
    desk.registry.begin(1, kind="nobody", by="nobody", people=[], review="pending")
    desk.register(1)
    assert "its data set is pending" in desk.refused(1, reason="looked at")


def test_code_that_no_delivery_has_brought_is_nobodys(desk: Desk) -> None:
    """A package that somebody has set through the catalog: the version needs a reason, as one without a request."""
    trail = Trail(desk.registry, "audit", "p")  # type: ignore[arg-type]
    trail.append("deliver", "f00", by="CloudFormation", details={"code": "catalog", "pushers": [], "known": False})
    desk.registry.begin(1, code="catalog")
    desk.register(1)
    assert "needs a reason" in desk.refused(1, reason=" ")


@pytest.mark.parametrize("status", ["Approved", "PendingManualApproval"])
def test_what_was_changed_before_it_was_written_down_is_rejected(desk: Desk, status: str) -> None:
    """Somebody is faster than the event of the registration: another image is never what was registered."""
    event = desk.registry.event(1)
    decided = desk.registry.decide(1, status)
    _image(desk.registry.packages["arn:1"])
    assert desk.hear(event) == "refused"
    assert "before its registration was written down" in desk.registry.packages["arn:1"]["ApprovalDescription"]
    desk.hear(decided)
    assert desk.ssm.values == []


def test_the_model_cards_function_may_be_first(desk: Desk) -> None:
    """The project's own step changes the version a moment after it was made."""
    desk.registry.decide(1, "PendingManualApproval", "", "arn:aws:sts::1:assumed-role/mlops-p-record-card/f")
    desk.register(1)


def test_a_rejection_in_the_functions_words_is_on_record(desk: Desk) -> None:
    """Whose decision it is, is told by who made it, not by how its reason begins."""
    desk.approve(1)
    desk.hear(desk.registry.decide(1, "Rejected", "refused: quietly"))
    assert desk.decisions()[-1]["action"] == "reject"
    assert desk.decisions()[-1]["by"] == APPROVER


def test_a_project_may_be_called_as_a_personas_role_begins(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """``ml``: mlops-ml-engineer is no function of it."""
    desk.register(1)
    entries = [key for key in desk.registry.objects if key.startswith("audit/p/")]
    for key in entries:
        desk.registry.objects[key.replace("audit/p/", "audit/ml/")] = desk.registry.objects[key]
    monkeypatch.setenv("PROJECT", "ml")
    monkeypatch.setenv("OWNER", "ml")
    assert desk.hear(desk.registry.decide(1, "Approved")) == "deployed"


def test_tables_that_came_while_it_ran_reject_the_version(desk: Desk) -> None:
    """What the run may have read is what was there at its start."""
    folder = {"dataset_id": "d", "dataset_uri": "s3://p-data/datasets/d/", "review": "not registered"}
    desk.registry.begin(1, **folder, tables=dataset_tables.digest({}))
    desk.registry.objects["datasets/d/labs.csv"] = b"mine"
    assert desk.hear(desk.registry.event(1)) == "refused"
    why = desk.registry.packages["arn:1"]["ApprovalDescription"]
    assert why == "refused: tables were added to its data set since its run began, or lack"


def test_data_that_lie_elsewhere_reject_the_version(desk: Desk) -> None:
    """What is no place of the registry or the project was read by nobody."""
    desk.registry.begin(1, dataset_uri="https://datasets.s3.amazonaws.com/datasets/a/0123456789ab/data/")
    assert desk.hear(desk.registry.event(1)) == "refused"
    why = desk.registry.packages["arn:1"]["ApprovalDescription"]
    assert why.startswith("refused: the data are neither a version of the registry")


def test_a_version_that_no_run_has_made_is_rejected(desk: Desk) -> None:
    """By hand, by a selective execution, by a run of an old pipeline, by one that made another version: none waits for approval."""
    packages = desk.registry.packages
    packages["arn:1"]["CustomerMetadataProperties"] = {}
    packages["arn:2"]["CustomerMetadataProperties"]["pipeline_execution_arn"] = f"{RUN}1"
    del desk.registry.objects["claims/p/run-run3.json"]
    for number, why in ((1, "not registered by a run of p-training"), (2, "another version"), (3, "AuthorizeRun")):
        assert desk.hear(desk.registry.event(number)) == "refused"
        assert packages[f"arn:{number}"]["ModelApprovalStatus"] == "Rejected"
        assert why in packages[f"arn:{number}"]["ApprovalDescription"]
        assert why in desk.registry.trail()[-1]["reason"]


def test_a_version_of_a_selective_execution_is_rejected(desk: Desk) -> None:
    """It would take over what others have authorized."""
    desk.registry.selective.add(f"{RUN}1")
    assert desk.hear(desk.registry.event(1)) == "refused"
    assert "selective" in desk.registry.packages["arn:1"]["ApprovalDescription"]


@pytest.mark.parametrize(
    "own", [rendered(floor=0.5), rendered().replace("Equals", "").replace("Processing", "X")], ids=["floor", "steps"]
)
def test_a_run_of_a_gate_that_the_project_has_no_longer_is_rejected(desk: Desk, own: str) -> None:
    """Stopped, and retried after the floor was raised: it meets what it began with."""
    desk.registry.own = own
    assert desk.hear(desk.registry.event(1)) == "refused"
    why = desk.registry.packages["arn:1"]["ApprovalDescription"]
    assert "of the pipeline have changed since it began: start again" in why


def test_a_delivery_meanwhile_outdates_no_run(desk: Desk) -> None:
    """Newer code of the team's is another version's: the gate is the same."""
    desk.registry.definition = rendered(code="f00d", rounds="200")
    desk.register(1)


@pytest.mark.parametrize(("status", "told"), [("Rejected", "rejected"), ("", "pending")])
def test_a_data_set_is_looked_at_once_more(desk: Desk, status: str, told: str) -> None:
    """Approved when the run began, and not when it was retried: what it has made is rejected."""
    desk.registry.review(status)
    assert desk.hear(desk.registry.event(1)) == "refused"
    assert f"its data set is {told} by now" in desk.registry.packages["arn:1"]["ApprovalDescription"]


def test_data_that_a_request_has_asked_for_may_stay_pending(desk: Desk) -> None:
    """The request said so when the run began; the registration says what others have decided since."""
    desk.registry.review("")
    desk.registry.begin(1, review="pending")
    desk.register(1)
    assert desk.registry.trail()[-1]["details"]["dataset_review"] == "pending"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits end a thousand times sooner."""
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() * 1000)


@pytest.mark.usefixtures("quick")
def test_a_registration_whose_step_says_nothing_yet_comes_again(desk: Desk) -> None:
    """The run goes on: nothing is decided and nothing written, so that Lambda's next attempt at the same event registers."""
    del desk.registry.registered[f"{RUN}1"]
    before, event = len(desk.registry.trail()), desk.registry.event(1)
    with pytest.raises(Exception, match="the event comes again"):
        desk.hear(event)
    assert desk.registry.packages["arn:1"]["ModelApprovalStatus"] == "PendingManualApproval"
    assert len(desk.registry.trail()) == before
    desk.registry.registered[f"{RUN}1"] = "arn:1"
    desk.register(1)
    assert desk.hear(desk.registry.decide(1, "Approved")) == "deployed"


@pytest.mark.parametrize("status", ["Succeeded", "Failed", "Stopped"])
def test_a_version_that_no_step_of_an_ended_run_has_made_is_rejected(desk: Desk, status: str) -> None:
    """Nothing more will be said: no wait, no retry."""
    del desk.registry.registered[f"{RUN}1"]
    desk.registry.statuses[f"{RUN}1"] = status
    assert desk.hear(desk.registry.event(1)) == "refused"
    assert "another version or none" in desk.registry.packages["arn:1"]["ApprovalDescription"]


@pytest.mark.usefixtures("quick")
def test_a_version_without_a_registration_is_not_approved(desk: Desk) -> None:
    """What was never written down can be compared with nothing."""
    assert desk.refused(1) == "the audit trail has no registration of this version: train a new version"


def test_a_registration_that_was_edited_approves_nothing(desk: Desk) -> None:
    """The trail's own digest is looked at before what it says is believed."""
    desk.register(1)
    key = max(name for name in desk.registry.objects if name.startswith("audit/p/"))
    desk.registry.objects[key] = desk.registry.objects[key].replace(b"image:1", b"image:9")
    event = desk.registry.decide(1, "Approved")
    with pytest.raises(ValueError, match="was edited"):
        desk.hear(event)
    assert desk.ssm.values == []


def test_a_project_that_uses_anothers_versions_holds_them_to_that_trail(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It rejects nothing there, and deploys only what its owner has written down."""
    desk.register(1, 2)
    _image(desk.registry.packages["arn:2"])
    monkeypatch.setenv("PROJECT", "user")
    monkeypatch.setenv("OWNER", "p")
    assert desk.hear(desk.registry.event(3)) == "another project's"
    assert desk.hear(desk.registry.decide(1, "Approved")) == "deployed"
    assert desk.hear(desk.registry.decide(2, "Approved")) == "refused"
    assert desk.registry.packages["arn:2"]["ModelApprovalStatus"] == "Approved"
    assert desk.pointer["version"] == 1


def test_every_decision_is_an_entry_of_the_audit_trail(desk: Desk) -> None:
    """What was decided, by whom, when, why, on what, and what came of it; registrations stand there too."""
    desk.approve(1, 2)
    desk.register(3)
    desk.hear(desk.registry.decide(3, "Rejected", "worse"))
    for status in ("Rejected", "Approved"):
        desk.hear(desk.registry.decide(1, status, "rollback: complaints"))
    entries = desk.decisions()
    assert [(it["action"], it["subject"], it["reason"], it["outcome"]) for it in entries] == [
        ("approve", "version 1", "reviewed", "deployed"),
        ("approve", "version 2", "reviewed", "deployed"),
        ("reject", "version 3", "worse", "nothing to do"),
        ("rollback: status taken back", "version 1", "complaints", "nothing to do"),
        ("rollback", "version 1", "complaints", "deployed"),
    ]
    assert {it["by"] for it in entries} == {APPROVER}
    facts = {(it["details"]["dataset_id"], it["details"]["started_by"]) for it in entries}
    assert facts == {(DATASET, STARTER)}
    assert {len(it["details"]["sha256"]) for it in entries} == {64}
    assert [it["at"] for it in entries] == sorted(it["at"] for it in entries)


def test_a_decision_that_was_overtaken_is_on_record_with_its_own_reason(desk: Desk) -> None:
    """The version is rejected before the function hears of the approval: both decisions are there, neither is put down to the other."""
    desk.register(1)
    events = [desk.registry.decide(1, "Approved", "fine"), desk.registry.decide(1, "Rejected", "not fine")]
    for event in events:
        desk.hear(event)
    found = [(it["action"], it["reason"], it["outcome"]) for it in desk.decisions()]
    assert found == [("approve", "fine", "nothing to do"), ("reject", "not fine", "nothing to do")]


def test_an_event_that_comes_again_is_one_entry(desk: Desk) -> None:
    """EventBridge and Lambda deliver at least once: whatever was decided, the trail says it once, and the effect is the same one."""
    registered = desk.registry.event(1)
    for _ in range(3):
        desk.hear(registered)
    approved = desk.registry.decide(1, "Approved")
    assert [desk.hear(approved) for _ in range(2)] == ["deployed", "deployed"]
    rejected = desk.registry.decide(1, "Rejected", "no more")
    for _ in range(2):
        desk.hear(rejected)
    again = desk.registry.decide(1, "Approved")  # a decision of its own: the same status, another event
    desk.hear(again)
    entries = [entry for entry in desk.registry.trail() if entry["action"] != "deliver"]
    assert [it["action"] for it in entries] == ["register", "approve", "reject", "approve"]
    assert [it["details"]["event"] for it in entries] == [it["id"] for it in (registered, approved, rejected, again)]


def test_a_refused_registration_that_comes_again_is_one_entry(desk: Desk) -> None:
    """As long as the version is there, the event's retries refuse it each time."""
    desk.registry.decide(1, "PendingManualApproval", by=STARTER)  # somebody has changed it
    told = desk.registry.event(1)
    for _ in range(2):
        assert desk.hear(told) == "refused"
        desk.registry.packages["arn:1"]["ModelApprovalStatus"] = "PendingManualApproval"
    assert [it["outcome"] for it in desk.registry.trail() if it["action"] == "register"] == ["refused"]
