"""``mlops dataset`` as a user meets it: one story through the command line, and what is refused."""

import json
import os
import subprocess
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlops.adherence.synthetic import simulate
from mlops.aws import Aws
from mlops.datasets.registry.names import GLUE_DATABASE, WORKGROUP
from mlops.datasets.registry.registry import Registry
from tests.integration import forked
from tests.integration.desk import points_at

pytestmark = pytest.mark.xdist_group("datasets")


@pytest.fixture(scope="module")
def home(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder whose embedded AWS is the shared one, with a data set and its next version."""
    folder = tmp_path_factory.mktemp("home")
    points_at(folder / ".mlops", aws)
    world = simulate(120, 9)
    world.extract(date(2023, 3, 1), folder / "spring")
    world.extract(date(2023, 6, 1), folder / "summer")
    return folder


def mlops(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    return forked.run(arguments, home, clean, timeout=120)


@pytest.fixture(scope="module")
def imported(home: Path) -> tuple[str, dict[str, Any]]:
    """Two versions of the data set ``story``: what the first import said, and the second as JSON."""
    first, second = (
        mlops(home, "dataset", "import", *arguments, "--name", "story", "--as", "data-scientist")
        for arguments in (["spring"], ["summer", "--json"])
    )
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    return first.stdout, json.loads(second.stdout)


def test_the_story(home: Path, aws: Aws, imported: tuple[str, dict[str, Any]]) -> None:
    """Import, list, show, profile, compare, approve, lineage: each says what it did, in words and as JSON."""
    ann, ben = ("--as", "data-scientist"), ("--as", "ml-engineer")
    first, second = imported
    assert first.startswith("story@v1 (")
    assert "usable by the training pipeline: yes" in first
    assert (second["version"], second["training"]["usable"]) == ("story@v2", True)
    units = second["split"]["units"]
    assert sum(units.values()) == next(file["rows"] for file in second["files"] if file["path"] == "patients.csv")
    assert "story@v2" in mlops(home, "dataset", "list").stdout
    assert mlops(home, "dataset", "validate", "story@1").stdout.splitlines()[-1].startswith("valid: ")
    profiled = json.loads(mlops(home, "dataset", "profile", "story", "--json", *ann).stdout)
    assert Path(home / profiled["page"]).read_text().startswith("<!doctype html>")
    compared = json.loads(mlops(home, "dataset", "compare", "story@v1", "story@v2", "--json").stdout)
    assert ("rows", "fills") in {(it["aspect"], it["table"]) for it in compared["differences"]}
    refused = mlops(home, "dataset", "approve", "story@v2", "--reason", "mine", *ann)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (3, 1)
    assert mlops(home, "dataset", "approve", "story@v2", "--reason", "looked", *ben).returncode == 0
    shown = json.loads(mlops(home, "dataset", "show", "story", "--json").stdout)
    assert (shown["status"], shown["reviews"][0]["reason"]) == ("Approved", "looked")
    traced = mlops(home, "dataset", "lineage", "story").stdout.splitlines()
    assert ["from", "story@v1"] in [line.split() for line in traced]
    assert sorted(path.name for path in (home / ".mlops" / "datasets").iterdir()) == ["cache", "profiles", "reports"]
    assert second["athena"] == [f"story_v2_{name}" for name in sorted(Path(it["path"]).stem for it in second["files"])]
    published = json.loads(mlops(home, "dataset", "publish", "story", "--json").stdout)
    assert published == json.loads(mlops(home, "dataset", "publish", "story@v2", "--json").stdout)
    assert "story_v2_fills" in published["tables"]
    table = aws.client("glue").get_table(DatabaseName=GLUE_DATABASE, Name="story_v2_fills")["Table"]
    assert [it["Name"] for it in table["StorageDescriptor"]["Columns"]][:3] == ["fill_id", "patient_id", "fill_date"]


@pytest.mark.usefixtures("imported")
def test_a_record_that_poses_as_another_hides_no_other_data_set(home: Path, aws: Aws) -> None:
    """It decides nothing: list and show pass it over, and say in one line who wrote what."""
    ann = aws.assume("mlops-data-scientist", "ann")
    done = mlops(home, "dataset", "import", "spring", "--name", "posed", "--json", "--as", "data-scientist")
    record = {"number": 1, "status": "Approved", "reason": "", "at": "2026-01-01T00:00:00+00:00", "previous_sha256": ""}
    record["signed_by"] = {"arn": "arn:aws:sts::000000000000:assumed-role/mlops-ml-engineer/ben", "id": "AROABEN:ben"}
    key = f"signed/posed/{json.loads(done.stdout)['id']}/{ann.user_id}/review-000001.json"
    ann.client("s3").put_object(Bucket=Registry(ann).bucket, Key=key, Body=json.dumps(record), IfNoneMatch="*")
    listed = mlops(home, "dataset", "list")
    assert listed.returncode == 0, listed.stderr
    assert "Pending" in next(line for line in listed.stdout.splitlines() if line.startswith("posed@v1"))
    assert "story@v2" in listed.stdout
    shown = mlops(home, "dataset", "show", "posed")
    assert shown.returncode == 0, shown.stderr
    for told in (listed.stderr, shown.stderr):
        assert told.startswith("warning: passed over 1 object of the registry, no records of ours; ")
        assert "/ben signed it, but " in told
        assert told.endswith(":ann wrote it\n")


def test_athena_reads_a_version_as_it_was_imported(aws: Aws, home: Path, imported: tuple[str, dict[str, Any]]) -> None:
    """The data scientist asks in the platform's work group, which keeps the results encrypted; the manager may not ask."""
    athena = aws.assume("mlops-data-scientist", "ann").client("athena")
    group = athena.get_work_group(WorkGroup=WORKGROUP)["WorkGroup"]["Configuration"]
    assert group["EnforceWorkGroupConfiguration"]
    assert group["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
    with pytest.raises(ClientError, match="AccessDenied"):
        aws.assume("mlops-manager", "eve").client("athena").start_query_execution(
            QueryString="SELECT 1", WorkGroup=WORKGROUP
        )
    glue = aws.assume("mlops-data-scientist", "ann").client("glue")
    described = glue.get_table(DatabaseName=GLUE_DATABASE, Name="story_v2_patients")["Table"]
    link = described["StorageDescriptor"]["Location"].removeprefix("s3://").partition("/")
    text = aws.client("s3").get_object(Bucket=link[0], Key=f"{link[2]}symlink.txt")["Body"].read().decode()
    bucket, _, key = text.strip().removeprefix("s3://").partition("/")
    stored = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert stored == (home / "summer" / "patients.csv").read_bytes()
    assert described["Parameters"]["dataset_id"] == imported[1]["dataset_id"]
    lines = len(stored.splitlines()) - 1
    query = f"SELECT count(*) AS n FROM {GLUE_DATABASE}.story_v2_patients"  # noqa: S608 (a test's own)
    assert _answer(athena, query) == [["n"], [str(lines)]]


def _answer(athena: Any, query: str) -> list[list[str]]:
    """Rows of a query's result."""
    number = athena.start_query_execution(QueryString=query, WorkGroup=WORKGROUP)["QueryExecutionId"]
    status, until = {"State": "QUEUED"}, time.monotonic() + 60
    while status["State"] in {"QUEUED", "RUNNING"} and time.monotonic() < until:
        time.sleep(0.05)
        status = athena.get_query_execution(QueryExecutionId=number)["QueryExecution"]["Status"]
    assert status["State"] == "SUCCEEDED", status
    rows = athena.get_query_results(QueryExecutionId=number)["ResultSet"]["Rows"]
    return [[cell["VarCharValue"] for cell in row["Data"]] for row in rows]


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        (["import", "nowhere", "--name", "x"], 2, "source nowhere: no such file or folder"),
        (["import", "spring", "--name", "Bad Name"], 2, "data set name 'Bad Name'"),
        (["import", "spring", "--name", "x", "--format", "sas"], 2, "--format sas: must be one of csv, omop"),
        (["import", "spring", "--name", "x", "--format", "omop"], 2, "drug_exposure.csv is missing"),
        (["show", "nothing"], 2, "data set nothing: there is none of that name"),
        (["show", "story@v99"], 2, "no such version; it has v1, v2"),
        (["show", "story@latest"], 2, "the version must be v1, v2"),
        (["search", "x", "--source", "kaggle"], 2, "--source kaggle: must be one of"),
        (["self-review", "maybe"], 2, "must be allow or refuse"),
        (
            ["self-review", "allow", "--as", "data-scientist"],
            3,
            "data-scientist may not decide whether importers review",
        ),
    ],
)
@pytest.mark.usefixtures("imported")
def test_refusals(home: Path, command: list[str], code: int, words: str) -> None:
    """One line that says what and why, with the exit code of its kind."""
    done = mlops(home, "dataset", *command)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1), done.stderr
    assert words in done.stderr


def test_search_works_without_a_network(home: Path) -> None:
    """The shipped list knows what a newcomer asks for first; where it has nothing it says where else to look."""
    found = json.loads(mlops(home, "dataset", "search", "diabetes", "--json").stdout)["items"]
    assert {"cmsdesynpuf-omop", "synthea-omop"} <= {item["id"] for item in found if item["usable"]}
    nothing = mlops(home, "dataset", "search", "xyzzy").stdout
    assert "nothing found for 'xyzzy' in aws; other catalogues: --source uci, ckan" in nothing
    assert "--refresh" in nothing


@pytest.mark.usefixtures("imported")
def test_training_needs_one_source_of_data(home: Path) -> None:
    """Neither or both is refused before anything starts."""
    for arguments in ([], ["--data", "spring", "--dataset", "story"]):
        done = mlops(home, "train", "adherence", *arguments)
        assert done.returncode == 2
        assert "give either --dataset NAME@V or --data FOLDER" in done.stderr
    refused = mlops(home, "train", "adherence", "--dataset", "story@v1")
    assert (refused.returncode, "story@v1 is pending" in refused.stderr) == (3, True)
