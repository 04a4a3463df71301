"""publish-code when a project's stack goes: its pointers go, and the trail says who has asked for it and why."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.bundled.audit import Trail
from mlops.bundled.deletion import Deletion, read
from tests.unit.lambdas.functions import load


@mock_aws
@pytest.mark.parametrize(
    ("written", "outcome", "left_code"),
    [
        ("was a trial", "it never ran", ["p-b-code", "p-code"]),
        (Deletion("was a trial").text(), "it never ran", ["p-b-code", "p-code"]),
        (Deletion("was a trial", repository=True).text(), "it never ran, its repository is deleted", ["p-b-code"]),
    ],
)
def test_a_deleted_project_leaves_no_parameter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, outcome: str, left_code: list[str]
) -> None:
    """Neither its pointers nor the reason for its deletion; another project's stay, and code that nobody has asked to delete."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AUDIT_BUCKET", "audit")
    monkeypatch.setenv("REPOSITORY", "p-code")
    codecommit = boto3.client("codecommit", region_name="us-east-1")
    for name in ("p-code", "p-b-code"):
        codecommit.create_repository(repositoryName=name)
    s3, ssm = boto3.client("s3", region_name="us-east-1"), boto3.client("ssm", region_name="us-east-1")
    for bucket in ("own", "audit"):
        s3.create_bucket(Bucket=bucket)
    for project in ("p", "p-b"):
        for kind in ("deployed-model", "latest-dataset", "latest-drift", "deletion"):
            ssm.put_parameter(Name=f"/mlops/{project}/{kind}", Value=written, Type="String")
    clients = {"s3": s3, "ssm": ssm, "codecommit": codecommit, "codepipeline": None, "cloudformation": None}
    handler = load("publish-code", clients, tmp_path, monkeypatch)
    request = {"RequestId": "r1", "ResourceProperties": {"Bucket": "own", "Project": "p"}}
    handler._forget(request)
    left = {item["Name"] for item in ssm.describe_parameters()["Parameters"]}
    assert left == {f"/mlops/p-b/{kind}" for kind in ("deployed-model", "latest-dataset", "latest-drift", "deletion")}
    handler._forget(request)  # it comes again: the parameters are gone, and what the trail says stays
    (entry,) = Trail(s3, "audit", "p").entries()
    assert (entry.action, entry.reason, entry.outcome) == ("delete project", "was a trial", outcome)
    assert [name for name in ("p-b-code", "p-code") if _there(codecommit, name)] == left_code


def _there(codecommit: Any, name: str) -> bool:
    try:
        return bool(codecommit.get_repository(repositoryName=name))
    except codecommit.exceptions.RepositoryDoesNotExistException:
        return False


@pytest.mark.parametrize("text", ["", "[]", "{}", '"x"', '{"reason": "x"}', "3", "delete"])
def test_any_other_text_is_a_reason_and_deletes_no_code(text: str) -> None:
    """Parameter Store takes what it is given."""
    assert read(text) == Deletion(text, repository=False)
