"""publish-code: what goes together in a code package."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.projects.packages import packages
from tests.unit.lambdas.functions import published

Tree = dict[str, bytes]


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, with the project's bucket."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="own")
        yield client


def older(tree: Tree) -> Tree:
    """A package's seed code as it was before it declared a contract."""
    text = tree["seed/project.toml"].decode()
    lines = [line for line in text.splitlines() if not line.startswith("contract =")]
    assert len(lines) == len(text.splitlines()) - 1
    return tree | {"seed/project.toml": "\n".join(lines).encode()}


def test_the_seed_code_and_the_pipelines_fit(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ships together is published: both definitions and the code."""
    found = published(dict(packages()["project-code"]), s3, tmp_path, monkeypatch)
    assert {"CodeUri", "TrainingDefinition", "InferenceDefinition"} <= set(found)


def test_publishing_again_finds_what_is_there(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code and definitions lie under their hash and are written once: no version of an object is replaced."""
    first = published(dict(packages()["project-code"]), s3, tmp_path / "1", monkeypatch)
    assert published(dict(packages()["project-code"]), s3, tmp_path / "2", monkeypatch) == first


@pytest.mark.parametrize("place", ["CodeUri", "MonitorCodeUri", "TrainingDefinition"])
def test_another_object_under_the_hash_is_refused(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Whoever could write there before may have left something: it is named, and not run."""
    first = published(dict(packages()["project-code"]), s3, tmp_path / "1", monkeypatch)
    prefix = first[place].removeprefix("s3://own/")
    key = s3.list_objects_v2(Bucket="own", Prefix=prefix)["Contents"][0]["Key"]
    s3.put_object(Bucket="own", Key=key, Body=b"print('mine')")
    with pytest.raises(ValueError, match=f"s3://own/{key}: another object is there than its key says"):
        published(dict(packages()["project-code"]), s3, tmp_path / "2", monkeypatch)


def test_an_older_repository_in_a_newer_project_is_refused(
    s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything changes, with both numbers and what to do; not by a job that does not know its flags."""
    tree = older(dict(packages()["project-code"]))
    with pytest.raises(
        ValueError, match=r"code follows contract 1, the project's pipelines contract 2 .*: merge the seed code"
    ):
        published(tree, s3, tmp_path, monkeypatch)


def test_an_older_package_as_a_whole_still_works(s3: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that was upgraded keeps the package that it has: its code and its pipelines are of one age."""
    tree = older(dict(packages()["project-code"]))
    del tree["contract.json"]
    assert "CodeUri" in published(tree, s3, tmp_path, monkeypatch)
