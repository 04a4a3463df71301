"""publish-code: what goes together in a code package."""

import io
import zipfile
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.projects.packages import packages
from tests.unit.lambdas.functions import load

Tree = dict[str, bytes]


def published(tree: Tree, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="own")
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in tree.items():
            archive.writestr(name, content)
    s3.put_object(Bucket="own", Key="packages/p.zip", Body=raw.getvalue())
    handler = load("publish-code", {"s3": s3, "ssm": None}, folder, patch)
    given = {"PackageBucket": "own", "PackageKey": "packages/p.zip", "Bucket": "own", "Defaults": {}}
    return dict(handler.publish(s3, given))


def older(tree: Tree) -> Tree:
    """A package's seed code as it was before it declared a contract."""
    text = tree["seed/project.toml"].decode()
    lines = [line for line in text.splitlines() if not line.startswith("contract =")]
    assert len(lines) == len(text.splitlines()) - 1
    return tree | {"seed/project.toml": "\n".join(lines).encode()}


@mock_aws
def test_the_seed_code_and_the_pipelines_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ships together is published: both definitions and the code."""
    found = published(dict(packages()["project-code"]), tmp_path, monkeypatch)
    assert {"CodeUri", "TrainingDefinition", "InferenceDefinition"} <= set(found)


@mock_aws
def test_an_older_repository_in_a_newer_project_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything changes, with both numbers and what to do; not by a job that does not know its flags."""
    tree = older(dict(packages()["project-code"]))
    with pytest.raises(
        ValueError, match=r"code follows contract 1, the project's pipelines contract 2 .*: merge the seed code"
    ):
        published(tree, tmp_path, monkeypatch)


@mock_aws
def test_an_older_package_as_a_whole_still_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that was upgraded keeps the package that it has: its code and its pipelines are of one age."""
    tree = older(dict(packages()["project-code"]))
    del tree["contract.json"]
    assert "CodeUri" in published(tree, tmp_path, monkeypatch)
