"""An approval waits until the version's registration is in the audit trail: one that overtakes it would be refused for good."""

import hashlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.bundled.audit import REGISTERED, Trail, audit_bucket
from mlops.errors import MlopsError, RefusedInput
from mlops.models.registry import Registry
from mlops.projects.names import Project

ACCOUNT, ARN = "123456789012", "arn:aws:sagemaker:us-east-1:123456789012:model-package/ward/1"
MODELS = "ward-models"


class _SageMaker:
    """One version; what was written to it, and when."""

    def __init__(self) -> None:
        self.package = {
            "ModelPackageArn": ARN,
            "ModelPackageVersion": 1,
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {"Containers": [{"ModelDataUrl": f"s3://{MODELS}/model.tar.gz"}]},
            "CustomerMetadataProperties": {"model_sha256": hashlib.sha256(b"model").hexdigest()},
        }
        self.written: list[tuple[str, float]] = []

    exceptions = boto3.client("sagemaker", region_name="us-east-1").exceptions

    def get_paginator(self, _: str) -> "_SageMaker":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"ModelPackageSummaryList": [self.package]}]

    def describe_model_package(self, **_: Any) -> dict[str, Any]:
        return dict(self.package)

    def update_model_package(self, *, ModelApprovalStatus: str, **_: Any) -> None:
        self.written.append((ModelApprovalStatus, time.monotonic()))


class _Aws:
    """Clients, of nobody in particular."""

    account, identity = ACCOUNT, "arn:aws:sts::123456789012:assumed-role/mlops-ml-engineer/carol"

    def __init__(self) -> None:
        self.sagemaker = _SageMaker()

    def client(self, service: str) -> Any:
        return self.sagemaker if service == "sagemaker" else boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


@pytest.fixture
def aws() -> Iterator[_Aws]:
    """An account with an empty trail."""
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=audit_bucket(ACCOUNT))
        s3.create_bucket(Bucket=MODELS)
        s3.put_object(Bucket=MODELS, Key="model.tar.gz", Body=b"model")
        yield _Aws()


def _registry(aws: _Aws) -> Registry:
    return Registry(aws, Project("ward", ACCOUNT))  # type: ignore[arg-type]


def _written_down(aws: _Aws) -> float:
    trail = Trail(aws.client("s3"), audit_bucket(ACCOUNT), "ward")
    trail.append(REGISTERED, "version 1", by="x", reason="", outcome="waits for approval", details={"package": ARN})
    return time.monotonic()


def test_an_approval_comes_after_the_registration(aws: _Aws) -> None:
    """However late that is."""
    at: list[float] = []
    later = threading.Timer(0.6, lambda: at.append(_written_down(aws)))
    later.start()
    _registry(aws).decide(1, "approve", "fine")
    later.join()
    assert [status for status, _ in aws.sagemaker.written] == ["Approved"]
    assert aws.sagemaker.written[0][1] >= at[0]


def test_an_approval_of_what_nobody_writes_down_is_not_made(aws: _Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where to look."""
    monkeypatch.setattr(Registry, "patience", 0.3)
    with pytest.raises(MlopsError, match=r"registration of version 1 is not in the audit trail .*mlops audit log"):
        _registry(aws).decide(1, "approve", "fine")
    assert aws.sagemaker.written == []


def test_a_rejection_waits_for_nothing(aws: _Aws) -> None:
    """What nobody wants need not be written down first."""
    _registry(aws).decide(1, "reject", "no")
    assert [status for status, _ in aws.sagemaker.written] == ["Rejected"]


def test_a_damaged_version_is_not_approved(aws: _Aws) -> None:
    """Both digests are named before anything is written; it can be rejected still."""
    aws.client("s3").put_object(Bucket=MODELS, Key="model.tar.gz", Body=b"other")
    _written_down(aws)
    with pytest.raises(RefusedInput, match=r"model.tar.gz is damaged or was replaced: sha256 .*, registered was "):
        _registry(aws).decide(1, "approve", "good")
    assert aws.sagemaker.written == []
    _registry(aws).decide(1, "reject", "damaged")
    assert [status for status, _ in aws.sagemaker.written] == ["Rejected"]
