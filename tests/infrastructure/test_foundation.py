"""What an account needs before the first job can run: a way to S3 that costs nothing, and logs with a key and an end."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.rules.findings import resources, text

_TEMPLATE = Path(__file__).parents[2] / "mlops" / "platform" / "assembled" / "Foundation.template.json"
_LOGS = {f"/aws/sagemaker/{kind}" for kind in ("ProcessingJobs", "TrainingJobs", "TransformJobs")}


@pytest.fixture(scope="module")
def foundation() -> dict[str, Any]:
    """As it is packaged."""
    return dict(json.loads(_TEMPLATE.read_text()))


def test_log_groups_of_jobs_are_made_first(foundation: dict[str, Any]) -> None:
    """SageMaker makes a missing one without a key, for ever; other teams' jobs write there too, so they stay."""
    made = {
        text(properties["LogGroupName"]): (logical_id, properties)
        for logical_id, properties in resources(foundation, "AWS::Logs::LogGroup")
    }
    assert set(made) >= _LOGS
    for name in _LOGS:
        logical_id, properties = made[name]
        assert properties["KmsKeyId"]
        assert properties["RetentionInDays"] == 365
        assert foundation["Resources"][logical_id]["DeletionPolicy"] == "Retain"


def test_the_network_has_no_price_by_the_hour(foundation: dict[str, Any]) -> None:
    """One endpoint, S3's gateway; an isolated job could use no other."""
    endpoints = [properties for _, properties in resources(foundation, "AWS::EC2::VPCEndpoint")]
    assert [(it["VpcEndpointType"], text(it["ServiceName"]).rpartition(".")[2]) for it in endpoints] == [
        ("Gateway", "s3")
    ]
    assert not list(resources(foundation, "AWS::EC2::NatGateway"))
