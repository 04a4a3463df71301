"""What retraining uses, and used before, as ``mlops project show`` tells it."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from mlops.aws import Aws
from mlops.bundled.announced import Announced
from mlops.cli import project as commands
from mlops.projects.names import Project
from mlops.projects.retraining import retraining

PROJECT = Project("ward", "123456789012")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield cast("Aws", SimpleNamespace(client=boto3.client, account="123456789012"))


def put(aws: Aws, value: str) -> None:
    name = PROJECT.latest_dataset_parameter
    aws.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)


def announced(version: int, name: str = "claims") -> str:
    id_ = f"{name}@{version:012x}"
    return Announced(f"s3://d/datasets/{name}/x/data/", id_, version, "2026-01-01", ["ann"]).to_json()


def told(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(commands, "caller", lambda _persona: aws)
    monkeypatch.setattr("mlops.models.entry.dataset_name", lambda _aws, identifier: f"<{identifier}>")
    return [line.partition(", since ")[0] for line in commands._told(commands._retraining("ward", "manager"))]


def test_a_new_project_retrains_on_nothing(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to do for that is said."""
    assert (retraining(aws, PROJECT).now, retraining(aws, PROJECT).history) == (None, [])
    (line,) = told(aws, monkeypatch)
    assert line.startswith("retraining uses nothing: no version was registered from an approved data set: import one")


def test_the_newest_is_named_with_what_came_before(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name, with the version that brought it; in JSON the whole history, newest first."""
    for version in (1, 2, 5):
        put(aws, announced(version))
    found = retraining(aws, PROJECT)
    assert found.now is not None
    assert (found.now.dataset.version, [it.dataset.version for it in found.history]) == (5, [5, 2, 1])
    assert told(aws, monkeypatch) == [
        "retraining uses <claims@000000000005>, of version 5",
        "before it <claims@000000000002>, of version 2",
        "before it <claims@000000000001>, of version 1",
    ]
    shown = json.loads(json.dumps(commands._retraining("ward", "manager")))
    assert (shown["uses"]["id"], len(shown["history"]), shown["odd"]) == ("claims@000000000005", 3, 0)


@pytest.mark.parametrize("value", ["junk", json.dumps({"uri": "s3://b/d/", "id": "d", "tables": "0" * 64})])
def test_what_no_registration_wrote_is_not_used(aws: Aws, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """What 'mlops train' of an earlier version has announced, or anything else: it is counted, and nothing retrains on it."""
    put(aws, announced(1))
    put(aws, value)
    lines: Any = told(aws, monkeypatch)
    assert retraining(aws, PROJECT).now is None
    assert lines[0].startswith("retraining uses nothing: ")
    assert lines[1] == "retraining used <claims@000000000001>, of version 1"
    assert lines[2].startswith("its parameter has held 1 other values, which no registration wrote")
