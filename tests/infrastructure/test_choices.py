"""The other choices of the settings pass the same gates."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from stacks.platform import build
from stacks.rules.findings import resources
from stacks.settings import CONTEXT_FLAGS, Settings

OTHER = {
    "source": "codeconnections",
    "connection_arn": "arn:aws:codeconnections:eu-central-1:111122223333:connection/c",
    "repository": "owner/platform",
    "network": {"enabled": False},
    "mlflow": False,
    "operations_email": "ops@example.org",
    "permissions_boundary": "corporate-boundary",
    "studio_role": "studio-execution",
    "development_versions": True,
}


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Templates by file name."""
    folder: Path = tmp_path_factory.mktemp("other")
    app = App(context=CONTEXT_FLAGS, outdir=str(folder))
    build(app, Settings.from_context(OTHER))
    app.synth()
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.template.json")}


def test_every_role_has_the_companys_own_boundary(templates: dict[str, Any]) -> None:
    """Promise 12: users may bring their own, and then no other is used or made."""
    found = {
        str(role["PermissionsBoundary"])
        for content in templates.values()
        for _, role in resources(content, "AWS::IAM::Role")
    }
    assert found == {str({"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/corporate-boundary"})}
    assert not list(resources(templates["Access.template.json"], "AWS::IAM::ManagedPolicy"))


def test_what_is_switched_off_is_not_there(templates: dict[str, Any]) -> None:
    """No network, no tracking, no repository of the platform's own."""
    kinds = {
        item["Type"]
        for name in ("Foundation", "Delivery")
        for item in templates[f"{name}.template.json"]["Resources"].values()
    }
    assert kinds.isdisjoint({"AWS::EC2::VPC", "AWS::SageMaker::MlflowApp", "AWS::CodeCommit::Repository"})
