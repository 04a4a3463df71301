"""Files of 9 and 70 MiB, which boto3 fetches in two and in nine ranges: import, validation, profile, comparison, a training's start."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from mlops.adherence.synthetic import simulate
from mlops.aws import Aws
from mlops.projects.names import Project
from mlops.runs.training import Training
from tests.integration.datasets.test_dataset_commands import mlops
from tests.integration.delivery.bench import wait_for
from tests.integration.desk import points_at

pytestmark = [pytest.mark.xdist_group("datasets"), pytest.mark.long]
MEBIBYTE = 1 << 20
_ID = re.compile(r'"(P|F)(\d+)"')  # of patients and of fills
_APART = {"P": 1_000, "F": 10_000}  # more than there are in the pattern


def _multiplied(pattern: Path, folder: Path, size: int) -> int:
    """The tables of the pattern again and again, each time of other patients, until one has the size; its rows."""
    folder.mkdir()
    body = (pattern / "fills.csv").read_text().partition("\n")[2]
    copies = size // len(body) + 1
    for table in pattern.glob("*.csv"):
        head, _, rest = table.read_text().partition("\n")
        parts = [rest] if table.name == "brands.csv" else (_renamed(rest, number) for number in range(copies))
        with (folder / table.name).open("w") as file:
            file.write(f"{head}\n")
            file.writelines(parts)
    assert (folder / "fills.csv").stat().st_size >= size
    return copies * body.count("\n")


def _renamed(body: str, copy: int) -> str:
    return _ID.sub(lambda it: f'"{it[1]}{int(it[2]) + copy * _APART[it[1]]:0{len(it[2])}d}"', body)


@pytest.mark.timeout(600)
def test_large_files_stay_as_they_are(aws: Aws, scientist: Aws, tmp_path: Path) -> None:
    """One data set, 9 MiB in its first version and 70 in its second; all that reads it sees every row."""
    home, ann = tmp_path / "home", ("--as", "data-scientist")
    home.mkdir()
    points_at(home / ".mlops", aws)
    simulate(120, 9).extract(date(2023, 6, 1), home / "pattern")
    rows = {}
    for version, size in (("v1", 9), ("v2", 70)):
        rows[version] = _multiplied(home / "pattern", home / version, size * MEBIBYTE)
        done = mlops(home, "dataset", "import", version, "--name", "large", "--json", *ann)
        assert done.returncode == 0, done.stderr
        files = {it["path"]: it for it in json.loads(done.stdout)["files"]}
        assert files["fills.csv"]["rows"] == rows[version]
    checked = mlops(home, "dataset", "validate", "large@v2")
    assert checked.stdout.splitlines()[-1].startswith("valid: "), checked.stderr
    profiled = mlops(home, "dataset", "profile", "large@v2", "--json", *ann)
    assert profiled.returncode == 0, profiled.stderr
    compared = json.loads(mlops(home, "dataset", "compare", "large@v1", "large@v2", "--json").stdout)
    assert ("rows", "fills") in {(it["aspect"], it["table"]) for it in compared["differences"]}
    training = Training(scientist, Project("adherence", scientist.account))
    arn, _ = training.start_on("large@v2", allow_unapproved=True)
    steps = scientist.client("sagemaker").list_pipeline_execution_steps

    def validated() -> bool:
        found = {it["StepName"]: it for it in steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]}
        status = found.get("ValidateData", {}).get("StepStatus")
        assert status != "Failed", found["ValidateData"]
        return bool(status == "Succeeded")

    wait_for(validated, "the training's first step", 300)
    training.runs.stop(arn)
    training.runs.follow(arn)
