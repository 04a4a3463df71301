"""A project as its three personas use it, on one embedded AWS: create, train, refuse, approve, predict, reject."""

import csv
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from mlops.aws import Aws
from mlops.projects.names import PERSONAS
from mlops.runs.runs import Runs
from tests.integration.commands import Command
from tests.integration.desk import Desk

PROJECT = "adherence"
Rows = list[list[str]]


def persona(desk: Desk, name: str) -> Aws:
    return desk.aws.assume(PERSONAS[name], name)


@pytest.fixture(scope="module")
def trained(desk: Desk, patients: Path) -> dict[str, Any]:
    """The project with a first trained version; what ``mlops train --json`` said."""
    desk.done("project", "create", PROJECT)
    return dict(json.loads(desk.done("train", PROJECT, "--data", str(patients), "--as", "data-scientist", "--json")))


@pytest.fixture(scope="module")
def deployed(desk: Desk, trained: dict[str, Any]) -> int:
    """The first version, approved by the ML engineer."""
    version = int(trained["version"])
    desk.done("model", "approve", PROJECT, str(version), "--reason", "looks right", "--as", "ml-engineer")
    return version


def package(desk: Desk, version: int) -> dict[str, Any]:
    return dict(json.loads(desk.done("model", "show", PROJECT, str(version), "--json")))


def versions(desk: Desk) -> list[int]:
    listed = json.loads(desk.done("model", "list", PROJECT, "--json"))
    return [int(item["ModelPackageVersion"]) for item in listed["versions"]]


def test_a_version_says_where_it_comes_from(desk: Desk, trained: dict[str, Any]) -> None:
    """Metrics, hyper-parameters, data set, commit, baselines and the trainer are registered with the version."""
    found = package(desk, trained["version"])
    assert found["ModelApprovalStatus"] == "PendingManualApproval" or found["ModelApprovalStatus"] == "Approved"
    origin = found["CustomerMetadataProperties"]
    assert origin["started_by"] == "data-scientist"
    assert origin["pipeline_execution_arn"] == trained["run"]
    assert len(origin["dataset_id"]) == 12
    assert origin["git_commit"]
    assert set(found["DriftCheckBaselines"]["ModelDataQuality"]) == {"Statistics", "Constraints"}
    assert 0.7 < found["evaluation"]["gates"]["auc"] < 0.95
    assert found["evaluation"]["brands"]
    statistics = json.loads(read(desk, found["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"]))
    assert statistics["dataset"]["item_count"] > 1000


def read(desk: Desk, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(desk.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def test_steps_jobs_and_logs_are_readable_through_the_normal_apis(desk: Desk, trained: dict[str, Any]) -> None:
    """ListPipelineExecutionSteps, Describe*Job and CloudWatch Logs tell what a run did."""
    sagemaker = desk.client("sagemaker")
    answer = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=trained["run"], SortOrder="Ascending")
    steps = {step["StepName"]: step for step in answer["PipelineExecutionSteps"]}
    assert {step["StepStatus"] for step in steps.values()} == {"Succeeded"}
    assert list(steps)[:4] == ["AuthorizeRun", "ValidateData", "BuildFeatures", "SplitData"]
    name = steps["TrainModel"]["Metadata"]["TrainingJob"]["Arn"].rsplit("/", 1)[-1]
    job = sagemaker.describe_training_job(TrainingJobName=name)
    assert job["TrainingJobStatus"] == "Completed"
    registered = package(desk, trained["version"])["CustomerMetadataProperties"]
    used = {name: job["HyperParameters"][name] for name in ("max_depth", "learning_rate", "rounds", "seed")}
    assert used == {name: registered[name] for name in used}
    metrics = {item["MetricName"]: item["Value"] for item in job["FinalMetricDataList"]}
    assert 0.6 < metrics["calibration:auc"] < 1
    lines = Runs(desk.aws).logs(steps["TrainModel"])
    assert any("calibration_auc=" in line for line in lines)
    shown = desk.done("run", "show", trained["run"])
    assert "RegisterModel" in shown
    assert "started by data-scientist" in shown


def test_a_project_is_created_once(desk: Desk, trained: dict[str, Any]) -> None:
    """A second creation is refused with what to do, and changes nothing."""
    before = versions(desk)
    finished = desk.mlops("project", "create", PROJECT)
    assert finished.returncode == 2
    assert f"project {PROJECT} already exists; 'mlops project upgrade {PROJECT}'" in finished.stderr
    assert versions(desk) == before


@pytest.fixture(scope="module")
def again(desk: Desk, patients: Path, trained: dict[str, Any]) -> dict[str, Any]:
    """A second training on the same data."""
    return dict(json.loads(desk.done("train", PROJECT, "--data", str(patients), "--as", "data-scientist", "--json")))


def test_the_same_data_code_and_seed_give_the_same_model(
    desk: Desk, trained: dict[str, Any], again: dict[str, Any]
) -> None:
    """A second training makes a new version with a byte-identical artifact, evaluation and baseline."""
    assert again["version"] == trained["version"] + 1
    digests = []
    for version in (trained["version"], again["version"]):
        found = package(desk, version)
        quality = found["DriftCheckBaselines"]["ModelDataQuality"]
        uris = [found["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]]
        uris += [found["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]]
        uris += [quality["Statistics"]["S3Uri"], quality["Constraints"]["S3Uri"]]
        digests.append([hashlib.sha256(read(desk, uri)).hexdigest() for uri in uris])
    assert digests[0] == digests[1]


def without(column: str) -> Callable[[Rows], Rows]:
    def change(rows: Rows) -> Rows:
        place = rows[0].index(column)
        return [row[:place] + row[place + 1 :] for row in rows]

    return change


def bad_date(rows: Rows) -> Rows:
    rows[16][rows[0].index("fill_date")] = "2023-02-30"
    return rows


class Bad(NamedTuple):
    """What is wrong with fills.csv, and what the user is told."""

    change: Callable[[Rows], Rows]
    message: str


@pytest.mark.parametrize(
    "bad",
    [
        Bad(without("fill_date"), "fills.csv, header (row 1): column fill_date is missing (rule required column)"),
        Bad(
            bad_date,
            "fills.csv, row 17, column fill_date: the value (the form of a date) is not a date written YYYY-MM-DD (rule date)",
        ),
        Bad(lambda rows: rows[:1], "fills.csv: no rows below the header (rule at least one row)"),
    ],
    ids=["missing column", "bad date", "no rows"],
)
def test_bad_input_is_refused_in_one_line(
    desk: Desk, patients: Path, tmp_path: Path, trained: dict[str, Any], bad: Bad
) -> None:
    """File, row, column and rule in one line; exit code 2; nothing is registered."""
    folder, before = shutil.copytree(patients, tmp_path / "bad"), versions(desk)
    rewrite(folder / "fills.csv", bad.change)
    finished = desk.mlops("train", PROJECT, "--data", str(folder), "--as", "data-scientist")
    assert finished.returncode == 2
    assert finished.stderr.splitlines()[-1] == f"error: {bad.message}"
    assert versions(desk) == before


def rewrite(file: Path, change: Callable[[Rows], Rows]) -> None:
    with file.open(newline="") as stream:
        rows = list(csv.reader(stream))
    with file.open("w", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(change(rows))


def test_columns_may_stand_in_any_order(desk: Desk, patients: Path, tmp_path: Path, batch: bytes) -> None:
    """The same tables with their columns reversed give the same predictions."""
    folder = shutil.copytree(patients, tmp_path / "turned")
    rewrite(folder / "fills.csv", lambda rows: [row[::-1] for row in rows])
    assert predict(desk, folder) == batch


def predict(desk: Desk, folder: Path) -> bytes:
    told = json.loads(
        desk.done(
            "predict", PROJECT, "--data", str(folder), "--as-of", "2024-06-19", "--as", "data-scientist", "--json"
        )
    )
    return read(desk, f"{told['predictions']}/predictions.csv")


def test_a_missed_gate_ends_in_fail_with_the_reason(desk: Desk, patients: Path, trained: dict[str, Any]) -> None:
    """A run whose model misses the gate fails, says by how much, and registers nothing."""
    before, runs = versions(desk), Runs(desk.aws)
    origin = package(desk, trained["version"])["CustomerMetadataProperties"]
    given = {"DatasetUri": origin["dataset_uri"], "DatasetId": origin["dataset_id"]}
    with pytest.raises(ClientError, match="MinAuc"):
        runs.start(f"{PROJECT}-training", given | {"MinAuc": "0"})  # a start does not choose the floor
    desk.done("project", "upgrade", PROJECT, "--param", "MinAuc=0.99")
    run = runs.follow(runs.start(f"{PROJECT}-training", given))
    desk.done("project", "upgrade", PROJECT, "--param", "MinAuc=0.75")
    assert run.status == "Failed"
    reason = run.step("QualityGateFailed")["FailureReason"]
    assert reason.startswith("Quality gate missed: AUC 0.")
    assert "(at least 0.99 )" in reason
    assert versions(desk) == before


def test_nobody_approves_what_he_has_trained(desk: Desk, trained: dict[str, Any]) -> None:
    """The trainer is refused with exit code 3, whether by the command or by the API."""
    version = str(trained["version"])
    finished = desk.mlops("model", "approve", PROJECT, version, "--reason", "mine", "--as", "data-scientist")
    assert finished.returncode == 3
    assert "data-scientist may not" in finished.stderr
    arn = package(desk, trained["version"])["ModelPackageArn"]
    with pytest.raises(ClientError, match="not authorized"):
        persona(desk, "data-scientist").client("sagemaker").update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Approved"
        )


def test_a_manager_sees_everything_and_changes_nothing(desk: Desk, patients: Path, trained: dict[str, Any]) -> None:
    """Reading commands work for a manager; training and approving end with exit code 3."""
    assert PROJECT in desk.done("run", "list", "--as", "manager")
    desk.done("model", "show", PROJECT, str(trained["version"]), "--as", "manager")
    for command in (
        ["train", PROJECT, "--data", str(patients)],
        ["model", "approve", PROJECT, str(trained["version"]), "--reason", "x"],
        ["predict", PROJECT, "--data", str(patients), "--as-of", "2024-06-19"],
    ):
        finished = desk.mlops(*command, "--as", "manager")
        assert (command[0], finished.returncode) == (command[0], 3), finished.stderr


def test_predicting_needs_a_deployed_version(desk: Desk, patients: Path) -> None:
    """Without an approved version the run fails and says what to do."""
    desk.done("project", "create", "untrained")
    finished = desk.mlops("predict", "untrained", "--data", str(patients), "--as-of", "2024-06-19")
    assert finished.returncode == 1
    assert "has no deployed model: approve a version first" in finished.stderr.splitlines()[-1]


@pytest.fixture(scope="module")
def batch(desk: Desk, patients: Path, deployed: int) -> bytes:
    """Predictions of the deployed version."""
    return predict(desk, patients)


def test_a_batch_publishes_metrics_zero_included(desk: Desk, batch: bytes) -> None:
    """Aggregates and one score a feature are in the project's namespace after every batch."""
    metrics = desk.client("cloudwatch").list_metrics(Namespace=f"MLOps/{PROJECT}")["Metrics"]
    names = {metric["MetricName"] for metric in metrics}
    assert {"drift_share", "max_drift_score", "violations_count", "schema_violations", "rows", "drifted"} <= names
    assert len([name for name in names if name.startswith("feature_baseline_drift_")]) > 20


def test_rejecting_the_deployed_version_brings_the_previous_one_back(
    desk: Desk, patients: Path, deployed: int, batch: bytes, again: dict[str, Any]
) -> None:
    """Approve a second version, reject it: the first is deployed again, with the same predictions as before."""
    second = str(again["version"])
    desk.done("model", "approve", PROJECT, second, "--reason", "newer", "--as", "ml-engineer")
    assert json.loads(desk.done("model", "list", PROJECT, "--json"))["deployed"] == again["version"]
    desk.done("model", "reject", PROJECT, second, "--reason", "worse in use", "--as", "ml-engineer")
    wait_until(lambda: json.loads(desk.done("model", "list", PROJECT, "--json"))["deployed"] == deployed)
    assert predict(desk, patients) == batch


def wait_until(happened: Callable[[], bool]) -> None:
    import time

    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within 20 s"
        time.sleep(0.2)


def test_a_missing_project_is_named(desk: Desk, patients: Path) -> None:
    """A misspelt project is refused with what to do."""
    finished = desk.mlops("train", "adherense", "--data", str(patients))
    assert finished.returncode == 2
    assert "'mlops project create' makes one" in finished.stderr


@pytest.fixture(scope="module")
def dataset(desk: Desk, patients: Path, deployed: int, batch: bytes) -> str:
    """A data set in the registry; the project has everything that there is to read."""
    desk.done("dataset", "import", str(patients), "--name", "claims", "--license", "none", "--as", "data-scientist")
    return "claims"


READING: tuple[tuple[str, ...], ...] = (
    ("project", "list"),
    ("project", "show", PROJECT),
    ("run", "list"),
    ("run", "show", "RUN"),
    ("run", "logs", "RUN"),
    ("model", "list", PROJECT),
    ("model", "show", PROJECT, "1"),
    ("model", "compare", PROJECT, "1", "1"),
    ("model", "log", PROJECT),
    ("cost", PROJECT),
    ("predictions", PROJECT, "--output", "OUT"),
    ("monitor", "report", PROJECT),
    ("dataset", "list"),
    ("dataset", "show", "claims"),
    ("dataset", "validate", "claims"),
    ("dataset", "profile", "claims"),
    ("dataset", "compare", "claims@v1", "claims@v1"),
    ("dataset", "lineage", "claims"),
    ("audit", "log", PROJECT),
    ("audit", "verify", PROJECT),
)
ON = f" on project {PROJECT}"
DS, MLE, M = "data-scientist", "ml-engineer", "manager"
REFUSED: tuple[tuple[tuple[str, ...], tuple[str, ...], str], ...] = (
    (("train", PROJECT, "--data", "DATA"), (MLE, M), f"may not write uploaded tables{ON}; data-scientist may"),
    (
        ("predict", PROJECT, "--data", "DATA", "--as-of", "2024-06-19"),
        (MLE, M),
        f"may not write uploaded tables{ON}; data-scientist may",
    ),
    (("run", "resume", "RUN"), (MLE, M), f"may not retry a training{ON}; data-scientist may"),
    (("run", "stop", "RUN"), (M,), f"may not stop a training{ON}; data-scientist or ml-engineer may"),
    (
        ("model", "approve", PROJECT, "1", "--reason", "x"),
        (M,),
        f"may not approve a version{ON}; ml-engineer may",
    ),
    (("model", "reject", PROJECT, "1", "--reason", "x"), (M,), f"may not reject a version{ON}; ml-engineer may"),
    (("project", "create", "another"), (DS, M), "may not create and change projects; ml-engineer may"),
    (("project", "upgrade", PROJECT), (DS, M), "may not create and change projects; ml-engineer may"),
    (("project", "delete", PROJECT, "--yes"), (DS, M), f"may not ask for a deletion{ON}; ml-engineer may"),
    (
        ("dataset", "import", "DATA", "--name", "others", "--license", "none"),
        (MLE, M),
        "may not write versions of data sets; data-scientist may",
    ),
    (
        ("dataset", "approve", "claims", "--reason", "x"),
        (M,),
        "may not write reviews; data-scientist or ml-engineer may",
    ),
    (("dataset", "publish", "claims"), (MLE, M), "may not write versions of data sets; data-scientist may"),
    (
        ("dataset", "self-review", "allow"),
        (DS, MLE, M),
        "may not decide whether importers review what they imported; an administrator may",
    ),
)


def filled(words: tuple[str, ...], trained: dict[str, Any], patients: Path) -> list[str]:
    """A command of the tables with this run and these tables."""
    given = {"RUN": trained["run"].rsplit("/", 1)[-1], "DATA": str(patients), "OUT": f"fetched-{uuid4().hex}"}
    return [given.get(word, word) for word in words]


@pytest.mark.parametrize("who", PERSONAS)
def test_every_persona_reads(command: Command, trained: dict[str, Any], dataset: str, patients: Path, who: str) -> None:
    """Projects, runs, models, monitoring, data sets, the trail: what there is to look at, all three look at."""
    for words in READING:
        finished = command(*filled(words, trained, patients), "--as", who)
        assert (words, finished.code, finished.error) == (words, 0, "")
        assert finished.output


@pytest.mark.parametrize(
    "case",
    [(words, who, told) for words, personas, told in REFUSED for who in personas],
    ids=lambda case: f"{' '.join(case[0][:2])} as {case[1]}",
)
def test_refusals_are_one_line_in_our_words(
    command: Command, trained: dict[str, Any], dataset: str, patients: Path, case: tuple[tuple[str, ...], str, str]
) -> None:
    """Who may not do what, on which project, and who may; exit code 3."""
    words, who, told = case
    finished = command(*filled(words, trained, patients), "--as", who)
    assert finished.error.startswith(f"error: {who} {told}")
    assert (finished.code, len(finished.error.splitlines()), finished.output) == (3, 1, "")
    assert "arn:" not in finished.error


@pytest.mark.parametrize(
    "words", [("browse",), ("model", "list"), ("model", "log"), ("monitor", "report"), ("project", "show")]
)
def test_an_unknown_project_is_one_line(command: Command, trained: dict[str, Any], words: tuple[str, ...]) -> None:
    """Exit code 2; the line names it and says where the others are listed."""
    finished = command(*words, "adherense")
    assert (finished.code, finished.error) == (2, "error: project adherense: there is none; see 'mlops project list'\n")


def started(desk: Desk, like: str, request: str, name: str) -> str:
    """ARN of a training on the data of another one, started past the command line."""
    sagemaker = desk.client("sagemaker")
    answer = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=like)["PipelineParameters"]
    given = [it for it in answer if it["Name"] in {"DatasetUri", "DatasetId"}]
    given.append({"Name": "StartRequest", "Value": request})
    return str(
        sagemaker.start_pipeline_execution(
            PipelineName=f"{PROJECT}-training", PipelineParameters=given, PipelineExecutionDisplayName=name
        )["PipelineExecutionArn"]
    )


def test_runs_say_who_started_them(command: Command, desk: Desk, trained: dict[str, Any], batch: bytes) -> None:
    """The person, on IAM's word; a start without a request, whatever its display name says, is unattributed."""
    arn = started(desk, trained["run"], "none", "drift-policy-1")
    wait_until(lambda: "unattributed" in command("run", "show", arn).output)
    runs = json.loads(command("run", "list", "--json").output)["runs"]
    by = {item["PipelineExecutionArn"]: item["StartedBy"] for item in runs}
    assert (by[trained["run"]], by[arn]) == ("data-scientist", "unattributed")
    assert "started by data-scientist" in command("run", "show", trained["run"]).output
    desk.client("sagemaker").stop_pipeline_execution(PipelineExecutionArn=arn)


def test_a_refused_start_says_what_was_wrong_and_what_to_do(
    command: Command, desk: Desk, trained: dict[str, Any]
) -> None:
    """One sentence: a request that does not exist is no request."""
    key = f"requests/nobody:x/{'0' * 32}.json"
    arn = started(desk, trained["run"], key, "forged")
    wait_until(lambda: "AuthorizeRun refused it: " in command("run", "show", arn).output)
    line = next(
        it for it in command("run", "show", arn).output.splitlines() if it.startswith("AuthorizeRun refused it")
    )
    assert line == (
        f"AuthorizeRun refused it: the start request {key} cannot be read (NoSuchKey): "
        "start it with 'mlops train', which writes a request of its own"
    )
