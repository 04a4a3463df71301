"""``mlops backup | restore``: from one account into another, with data sets, projects, a trail and a model version."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.desk import Desk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A project with a model version, and a data set of two versions."""
    here = Desk(tmp_path_factory.mktemp("desk"))
    here.done("up")
    here.done("deploy")
    here.done("project", "create", "ward")
    table = here.folder / "tables" / "t.csv"
    table.parent.mkdir()
    for rows in ("1,2,0\n2,3,1\n", "1,2,0\n2,3,1\n3,4,0\n"):
        table.write_text(f"id,x,y\n{rows}")
        here.done("dataset", "import", str(table.parent), "--name", "tiny", "--license", "CC0-1.0")
    here.client("sagemaker").create_model_package(ModelPackageGroupName="ward")
    yield here
    here.done("down")


def test_there_and_back(desk: Desk, tmp_path: Path) -> None:
    """Projects and data sets are there again under their ids; what had a number of that account is an archive with a mapping."""
    backup = tmp_path / "backup"
    made = json.loads(desk.done("backup", str(backup), "--with-data", "--json"))
    assert made["counts"]["projects"] == made["counts"]["model versions"] == 1
    before = json.loads(desk.done("dataset", "list", "--json"))
    desk.done("down", "--wipe", "--yes")
    desk.done("up")
    desk.done("deploy")
    done = json.loads(desk.done("restore", str(backup), "--yes", "--json"))
    assert done["projects"] == ["ward"]
    assert done["datasets"] == ["tiny@v1", "tiny@v2"]
    assert _ids(json.loads(desk.done("dataset", "list", "--json"))) == _ids(before)
    arn = "arn:aws:sagemaker:us-east-1:000000000000:model-package/ward/1"
    bucket, _, key = done["mapping"][arn].removeprefix("s3://").partition("/")
    kept = json.loads(desk.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert kept["ModelPackageArn"] == arn
    again = json.loads(desk.done("restore", str(backup), "--yes", "--json"))
    assert (again["projects"], again["datasets"]) == ([], done["datasets"])


def test_a_damaged_backup_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    """The file is named; exit code 1. A second backup into the same place is refused."""
    backup = tmp_path / "backup"
    desk.done("backup", str(backup))
    refused = desk.mlops("backup", str(backup))
    assert (refused.returncode, "is not empty" in refused.stderr) == (2, True)
    damaged = next(backup.rglob("ward.json"))
    damaged.write_bytes(damaged.read_bytes() + b" ")
    for command in (("restore", str(backup), "--check"), ("restore", str(backup), "--yes")):
        found = desk.mlops(*command)
        assert found.returncode == 1
        assert "1 damaged: projects/ward.json: its digest is another one" in found.stderr


def _ids(listed: dict[str, list[dict[str, str]]]) -> list[tuple[str, str]]:
    return sorted((it["version"], it["id"]) for it in listed["versions"])
