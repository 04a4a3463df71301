"""resolve-champion and record-card: whom a new version is compared with, what is refused, and what the registry keeps."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from tests.unit.bundled.ssm import FakeSsm
from tests.unit.lambdas.functions import load
from tests.unit.lambdas.registry import FakeRegistry

RECORD = "s3://own/runs/e/champion/champion.json"


class Desk:
    """resolve-champion over three versions and one pointer."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.registry, self.ssm = FakeRegistry(3), FakeSsm()
        patch.setenv("PROJECT", "p")
        patch.setenv("MODEL_PACKAGE_GROUP", "p")
        clients = {"sagemaker": self.registry, "s3": self.registry, "ssm": self.ssm}
        self._handler = load("resolve-champion", clients, folder, patch).handler

    def ask(self) -> dict[str, str]:
        answer = dict(self._handler({"record_uri": RECORD}, None))
        assert json.loads(self.registry.objects["runs/e/champion/champion.json"]) == answer
        return answer

    def deploy(self, number: int) -> None:
        arn = f"arn:{number}" if number else ""
        self.ssm.put_parameter("n", json.dumps({"model_package_arn": arn}), "String", True)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path, monkeypatch)


def test_a_first_project_has_no_champion(desk: Desk) -> None:
    """Nothing approved, no pointer: the answer names its own record, which exists, as what the job's input is."""
    nobody = {"version": "none", "sha256": "none", "model_package_arn": "none"}
    assert desk.ask() == nobody | {"uri": RECORD, "rows_uri": RECORD}


def test_the_deployed_version_is_the_champion(desk: Desk) -> None:
    """The pointer decides, though a newer version is approved; digest and archive come with it."""
    desk.deploy(2)
    desk.registry.decide(3, "Approved")
    expected = {"version": "2", "model_package_arn": "arn:2", "uri": "s3://b/model-2", "rows_uri": RECORD}
    assert desk.ask() == expected | {"sha256": hashlib.sha256(b"weights 2").hexdigest()}


def test_the_rows_that_it_was_measured_on_come_with_it(desk: Desk) -> None:
    """Those of the run that has made it; where they are gone the record stands for them, and another error ends the step."""
    (container,) = desk.registry.packages["arn:2"]["InferenceSpecification"]["Containers"]
    container["ModelDataUrl"] = "s3://b/runs/e2/model/job/output/model.tar.gz"
    desk.registry.objects["runs/e2/model/job/output/model.tar.gz"] = b"weights 2"
    desk.deploy(2)
    assert desk.ask()["rows_uri"] == RECORD
    desk.registry.objects["runs/e2/split/test/rows.parquet"] = b"rows"
    assert desk.ask()["rows_uri"] == "s3://b/runs/e2/split/test"
    desk.registry.refused = "SlowDown"
    with pytest.raises(ClientError, match="SlowDown"):
        desk.ask()


def test_without_a_pointer_the_newest_approved_version_counts(desk: Desk) -> None:
    """A project that trains only has no pointer."""
    desk.registry.decide(2, "Approved")
    desk.registry.decide(1, "Approved")
    assert desk.ask()["version"] == "2"


def test_a_withdrawn_pointer_names_nobody(desk: Desk) -> None:
    """Every version was rejected, or the last deployed one was: nothing is deployed."""
    desk.registry.decide(1, "Approved")
    desk.deploy(0)
    assert desk.ask()["version"] == "none"


def test_a_replaced_artifact_ends_the_run_with_both_digests(desk: Desk) -> None:
    """And says what to do."""
    registered = hashlib.sha256(b"weights 1").hexdigest()
    desk.registry.packages["arn:1"]["CustomerMetadataProperties"]["model_sha256"] = registered
    desk.registry.objects["model-1"] = b"other"
    desk.deploy(1)
    found = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(ValueError, match=f"sha256 {found}, registered was {registered}; put the artifact back"):
        desk.ask()


def test_a_lost_artifact_ends_the_run(desk: Desk) -> None:
    """With where it should be and what to do."""
    del desk.registry.objects["model-1"]
    desk.deploy(1)
    with pytest.raises(
        ValueError, match=r"version 1: s3://b/model-1 cannot be read \(NoSuchKey\); put the artifact back"
    ):
        desk.ask()


class Shelf:
    """An S3 and a SageMaker client that remember."""

    def __init__(self, card: object) -> None:
        self.card, self.updates = json.dumps(card, indent=1).encode(), list[dict[str, Any]]()

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """S3's."""
        assert (Bucket, Key) == ("b", "runs/e/evaluation/registry_card.json")
        return {"Body": StreamingBody(io.BytesIO(self.card), len(self.card))}  # type: ignore[no-untyped-call]

    def update_model_package(self, **given: Any) -> None:
        """SageMaker's."""
        self.updates.append(given)


def record(card: object, folder: Path, patch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf(card)
    handler = load("record-card", {"sagemaker": shelf, "s3": shelf}, folder, patch).handler
    handler({"model_package_arn": "arn:1", "card_uri": "s3://b/runs/e/evaluation/registry_card.json"}, None)
    return shelf


def test_the_card_is_kept_with_the_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As compact JSON, waiting for a reviewer; nothing else of the version is touched."""
    shelf = record({"b": [1, 2], "a": "é"}, tmp_path, monkeypatch)
    card = {"ModelCardContent": '{"a":"\\u00e9","b":[1,2]}', "ModelCardStatus": "PendingReview"}
    assert shelf.updates == [{"ModelPackageArn": "arn:1", "ModelCard": card}]


def test_a_card_that_the_registry_would_refuse_is_refused_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its length and the limit."""
    with pytest.raises(ValueError, match="the card has 100009 characters, the registry takes 100000 at most"):
        record({"a": "x" * 100_001}, tmp_path, monkeypatch)
