"""publish-code when a project's stack goes: its pointers go, and the trail says who has asked for it and why."""

from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from mlops.bundled.audit import Trail
from mlops.bundled.deletion import Deletion, read
from tests.unit.lambdas.functions import load


@mock_aws
@pytest.mark.parametrize(
    ("written", "outcome", "left"),
    [
        ("was a trial", "it never ran", []),
        (Deletion("was a trial").text(), "it never ran", []),
        (Deletion("was a trial", ("models",)).text(), "it never ran; to go too: models", ["/mlops/p/deletion"]),
    ],
)
def test_a_deleted_project_leaves_no_pointer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, outcome: str, left: list[str]
) -> None:
    """Nor the reason for its deletion, unless more is to go; another project's stay."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AUDIT_BUCKET", "audit")
    s3, ssm = boto3.client("s3", region_name="us-east-1"), boto3.client("ssm", region_name="us-east-1")
    for bucket in ("own", "audit"):
        s3.create_bucket(Bucket=bucket)
    for project in ("p", "p-b"):
        for kind in ("deployed-model", "latest-dataset", "latest-drift", "latest-drift-rehearsal", "deletion"):
            ssm.put_parameter(Name=f"/mlops/{project}/{kind}", Value=written, Type="String")
    clients = {"s3": s3, "ssm": ssm, "codepipeline": None, "cloudformation": None}
    handler = load("publish-code", clients, tmp_path, monkeypatch)
    request = {"RequestId": "r1", "ResourceProperties": {"Bucket": "own", "Project": "p"}}
    handler._forget(request)
    kinds = ("deployed-model", "latest-dataset", "latest-drift", "latest-drift-rehearsal", "deletion")
    others = [f"/mlops/p-b/{kind}" for kind in kinds]
    assert {item["Name"] for item in ssm.describe_parameters()["Parameters"]} == {*others, *left}
    handler._forget(request)  # it comes again: the parameters are gone, and what the trail says stays
    (entry,) = Trail(s3, "audit", "p").entries()
    assert (entry.action, entry.reason, entry.outcome) == ("delete project", "was a trial", outcome)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '"x"',
        '{"reason": "x"}',
        "3",
        "delete",
        '{"reason": "x", "beside": ["all"]}',
        '{"reason": "x", "beside": "models"}',
    ],
)
def test_any_other_text_is_a_reason_and_deletes_nothing_more(text: str) -> None:
    """Parameter Store takes what it is given."""
    assert read(text) == Deletion(text)
