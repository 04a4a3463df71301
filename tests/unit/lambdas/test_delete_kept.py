"""delete-kept: what a project that is gone has left goes as asked for, by calls that may end early, and nothing of another's."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from mlops.bundled.audit import Trail
from mlops.bundled.deletion import CHOICES, REPOSITORY, Deletion
from tests.unit.lambdas.functions import load

ACCOUNT = "123456789012"
DATA, ARTIFACTS = f"mlops-p-data-{ACCOUNT}", f"mlops-p-artifacts-{ACCOUNT}"
KEYS = ("datasets/a.csv", "features/f", "predictions/p", "quality/q", "requests/me/r.json", "beside")


class Registry:
    """SageMaker, as far as moto has none of it: a group goes only once it is empty, as AWS has it."""

    exceptions = SimpleNamespace(ClientError=ClientError)

    def __init__(self) -> None:
        self.groups: dict[str, list[str]] = {}
        self.models: dict[str, str] = {}

    def get_paginator(self, operation: str) -> Any:
        """Of the two listings that are asked for."""
        return SimpleNamespace(paginate=getattr(self, f"_{operation}"))

    def _list_model_packages(self, ModelPackageGroupName: str) -> list[dict[str, Any]]:
        found = self.groups.get(ModelPackageGroupName, [])
        return [{"ModelPackageSummaryList": [{"ModelPackageArn": it} for it in found]}]

    def _list_models(self, NameContains: str) -> list[dict[str, Any]]:
        return [{"Models": [{"ModelName": it} for it in self.models if NameContains in it]}]

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        """With its archive's place."""
        return {"PrimaryContainer": {"Image": "i", "ModelDataUrl": self.models[ModelName]}}

    def delete_model(self, ModelName: str) -> None:
        """One of a batch's."""
        del self.models[ModelName]

    def delete_model_package(self, ModelPackageName: str) -> None:
        """One version."""
        self.groups[ModelPackageName.partition("/")[0]].remove(ModelPackageName)

    def delete_model_package_group(self, ModelPackageGroupName: str) -> None:
        """In AWS's words where it cannot be."""
        name = ModelPackageGroupName
        if self.groups.get(name, True):
            why = "is not empty" if name in self.groups else "does not exist"
            error = {"Code": "ValidationException", "Message": f"Model Package Group {name} {why}"}
            raise ClientError({"Error": error}, "DeleteModelPackageGroup")
        del self.groups[name]


class Account:
    """An account with what projects ``p`` and ``p-b`` have left, and what the function says of ``p``."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        real = {name: boto3.client(name, region_name="us-east-1") for name in ("s3", "ssm", "codecommit", "lambda")}
        self.s3, self.ssm, self.codecommit, self.sagemaker = real["s3"], real["ssm"], real["codecommit"], Registry()
        self.projects: list[str] = []
        pages = lambda **_: {"ProvisionedProducts": [{"Name": it} for it in self.projects]}  # noqa: E731
        self.s3.create_bucket(Bucket="audit")
        for project in ("p", "p-b"):
            self._leave(project)
        patch.setenv("AUDIT_BUCKET", "audit")
        patch.setenv("ACCOUNT", ACCOUNT)
        catalog = SimpleNamespace(search_provisioned_products=pages)
        self.function = load(
            "delete-kept", {**real, "sagemaker": self.sagemaker, "servicecatalog": catalog}, folder, patch
        )

    def _leave(self, project: str) -> None:
        self.codecommit.create_repository(repositoryName=f"{project}-code")
        self.sagemaker.groups[project] = [f"{project}/1", f"{project}/2"]
        self.sagemaker.models[f"pipelines-{project}"] = f"s3://mlops-{project}-artifacts-{ACCOUNT}/runs/x/model.tar.gz"
        for bucket in (f"mlops-{project}-data-{ACCOUNT}", f"mlops-{project}-artifacts-{ACCOUNT}"):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            for key in KEYS:
                self.s3.put_object(Bucket=bucket, Key=key, Body=b"1")
                self.s3.put_object(Bucket=bucket, Key=key, Body=b"2")
                self.s3.delete_object(Bucket=bucket, Key=key)

    def ask(self, *beside: str) -> None:
        """As ``mlops project delete`` does."""
        text = Deletion("was a trial", beside).text()
        self.ssm.put_parameter(Name="/mlops/p/deletion", Value=text, Type="String", Overwrite=True)

    def call(self, project: str = "p") -> dict[str, Any]:
        """One call of the function."""
        return dict(self.function.handler({"project": project}, None))

    def left(self, project: str = "p") -> set[str]:
        """What is there of the project."""
        own = {f"mlops-{project}-{kind}-{ACCOUNT}" for kind in ("data", "artifacts")}
        found = own & {it["Name"] for it in self.s3.list_buckets()["Buckets"]}
        for bucket in sorted(found):
            pages = self.s3.list_object_versions(Bucket=bucket)
            found |= {f"{bucket}/{it['Key']}" for it in (*pages.get("Versions", ()), *pages.get("DeleteMarkers", ()))}
        found |= {f"group {it}" for it in self.sagemaker.groups if it == project}
        found |= {it for it in self.sagemaker.models if it == f"pipelines-{project}"}
        try:
            self.codecommit.get_repository(repositoryName=f"{project}-code")
        except self.codecommit.exceptions.RepositoryDoesNotExistException:
            return found
        return {*found, "repository"}


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Nobody has asked for anything yet."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Account(tmp_path, monkeypatch)


@pytest.mark.parametrize("beside", [("predictions",), ("datasets", "models"), ("audit", "datasets", "predictions")])
def test_what_was_asked_for_goes_and_no_more(account: Account, beside: tuple[str, ...]) -> None:
    """Every version of every key, its bucket with the last of its contents; another project's, whose name begins alike, stays."""
    before, others = account.left(), account.left("p-b")
    account.ask(*beside)
    assert account.call()["done"]
    prefixes = {
        "predictions": ("predictions/", "quality/"),
        "datasets": ("datasets/", "features/"),
        "audit": ("requests/",),
    }
    gone = {f"{DATA}/{key}" for part in beside for key in KEYS if key.startswith(prefixes.get(part, ("-",)))}
    if {"audit", "datasets", "predictions"} <= set(beside):
        gone = {it for it in before if it.startswith(DATA)}
    if "models" in beside:
        gone |= {it for it in before if it.startswith(ARTIFACTS)} | {"group p", "pipelines-p"}
    assert account.left() == before - gone
    assert account.left("p-b") == others
    assert not account.ssm.describe_parameters()["Parameters"]


def test_a_project_that_is_there_is_left_alone(account: Account) -> None:
    """Whoever may call the function and ask for a deletion deletes no data of a project in use."""
    account.projects = ["p-b", "p"]
    account.ask(*CHOICES)
    before = account.left()
    answer = account.call()
    assert (answer["done"], answer["refused"].partition(":")[0]) == (False, "project p is there")
    assert account.left() == before
    assert Trail(account.s3, "audit", "p").entries() == []


def test_nothing_goes_unasked(account: Account) -> None:
    """The caller says no more than a name: what goes stands where Parameter Store records who has written it."""
    before = account.left()
    assert "nobody has asked" in account.call()["refused"]
    for odd in ("../p", "P", "", "p" * 33):
        assert "no project" in account.call(odd)["refused"]
    assert account.left() == before


def test_a_call_that_ends_early_is_followed_by_the_next(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call does a part; what asked for it stays until all is gone; the trail has one entry at the start and one at the end."""
    monkeypatch.setattr(account.function, "_SECONDS", -1.0)
    account.ask(*CHOICES, REPOSITORY)
    calls = [account.call()]
    while not calls[-1]["done"]:
        assert account.ssm.get_parameter(Name="/mlops/p/deletion")
        calls.append(account.call())
        assert len(calls) < 20
    assert len(calls) > 2
    assert account.left() == set()
    entries = Trail(account.s3, "audit", "p").entries()
    assert [it.outcome.partition(":")[0] for it in entries] == ["began", "gone"]
    assert {(it.action, it.reason) for it in entries} == {("delete data", "was a trial")}


def test_what_cannot_be_removed_is_said_and_can_be_tried_again(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S3 refuses a part of a batch: no answer says that it is done."""
    real = account.s3.delete_objects
    refusal = {"Errors": [{"Key": "k", "Code": "AccessDenied", "Message": "no"}]}
    monkeypatch.setattr(account.s3, "delete_objects", lambda **_: refusal)
    account.ask("predictions")
    with pytest.raises(PermissionError, match="AccessDenied: 1 objects stay"):
        account.call()
    monkeypatch.setattr(account.s3, "delete_objects", real)
    assert account.call()["done"]


def test_a_refusal_of_the_service_is_no_end(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only "there is none" is passed over."""
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DeleteBucketPolicy")

    def deny(**_: Any) -> None:
        raise denied

    monkeypatch.setattr(account.s3, "delete_bucket_policy", deny)
    account.ask("models")
    with pytest.raises(ClientError, match="AccessDenied"):
        account.call()
    assert account.ssm.get_parameter(Name="/mlops/p/deletion")
