"""Model Monitor as the judge, from the baseline to the report; a batch that fails on what is found; switching back."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.integration.desk import Desk

pytestmark = pytest.mark.xdist_group("monitoring")

PROJECT = "observed"
AUGUST, NOVEMBER = "2024-08-18", "2024-11-16"


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world whose copays rise after August: June, August, November of 2024."""
    from mlops.adherence.synthetic import Drift, simulate

    folder = tmp_path_factory.mktemp("extracts")
    world = simulate(1200, 5, drift=Drift("copay-reset", date(2024, 8, 20), 1.0))
    for day in ("2024-06-19", AUGUST, NOVEMBER):
        world.extract(date.fromisoformat(day), folder / day)
    return folder


@pytest.fixture(scope="module")
def usual(desk: Desk, extracts: Path) -> dict[str, Any]:
    """A project with Model Monitor, an approved version, and a usual batch."""
    desk.done("deploy")
    choices = ("MonitorEngine=sagemaker", "OnDrift=notify", "BatchInterval=minutes")
    desk.done("project", "create", PROJECT, *(word for choice in choices for word in ("--param", choice)))
    desk.done("train", PROJECT, "--data", str(extracts / "2024-06-19"), "--as", "data-scientist")
    desk.done("model", "approve", PROJECT, "1", "--reason", "reviewed", "--as", "ml-engineer")
    return predicted(desk, extracts, AUGUST)


def predicted(desk: Desk, extracts: Path, day: str) -> dict[str, Any]:
    arguments = ("--data", str(extracts / day), "--as-of", day, "--as", "data-scientist", "--json")
    return dict(json.loads(desk.done("predict", PROJECT, *arguments)))


def steps(desk: Desk, arn: str) -> dict[str, dict[str, Any]]:
    answer = desk.client("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=arn, MaxResults=100)
    return {step["StepName"]: step for step in answer["PipelineExecutionSteps"]}


def files(desk: Desk, step: dict[str, Any]) -> dict[str, bytes]:
    """File name -> content of what a monitoring step's job has left."""
    found = next(iter(step["Metadata"].values()))
    name = (found.get("CheckJobArn") or found["Arn"]).rsplit("/", 1)[-1]
    outputs = desk.client("sagemaker").describe_processing_job(ProcessingJobName=name)["ProcessingOutputConfig"][
        "Outputs"
    ]
    bucket, _, prefix = outputs[0]["S3Output"]["S3Uri"].removeprefix("s3://").partition("/")
    s3 = desk.client("s3")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix.rstrip("/") + "/")["Contents"]
    keys = [item["Key"] for item in listed]
    return {key.rpartition("/")[2]: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}


def test_the_baseline_is_model_monitors_and_registered(desk: Desk, usual: dict[str, Any]) -> None:
    """A QualityCheck step that checks nothing; its two files are the version's baseline, without the column of units."""
    (training,) = desk.client("sagemaker").list_pipeline_executions(PipelineName=f"{PROJECT}-training")[
        "PipelineExecutionSummaries"
    ]
    step = steps(desk, training["PipelineExecutionArn"])["CreateBaseline"]["Metadata"]["QualityCheck"]
    assert (step["SkipCheck"], step["RegisterNewBaseline"]) == (True, True)
    version = json.loads(desk.done("model", "show", PROJECT, "1", "--json"))
    registered = version["DriftCheckBaselines"]["ModelDataQuality"]
    assert registered["Statistics"]["S3Uri"] == step["CalculatedBaselineStatistics"]
    assert registered["Constraints"]["S3Uri"] == step["CalculatedBaselineConstraints"]
    bucket, _, key = registered["Statistics"]["S3Uri"].removeprefix("s3://").partition("/")
    content = json.loads(desk.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    assert "unit" not in {item["name"] for item in content["features"]}
    assert "unit_count" not in content["dataset"]


def test_a_batch_is_judged_by_model_monitor_and_published_as_ever(desk: Desk, usual: dict[str, Any]) -> None:
    """A QualityCheck step against the version's baseline; the function makes the report that Model Monitor does not write."""
    found = steps(desk, usual["run"])
    assert found["MonitorInput"]["Metadata"]["QualityCheck"]["SkipCheck"] is False
    left = files(desk, found["MonitorInput"])
    assert set(left) == {"statistics.json", "constraints.json", "constraint_violations.json", "drift_report.json"}
    report = json.loads(left["drift_report.json"])
    assert report["engine"] == "sagemaker"
    assert report["missing"]
    metrics = desk.client("cloudwatch").list_metrics(Namespace=f"MLOps/{PROJECT}")["Metrics"]
    names = {metric["MetricName"] for metric in metrics}
    assert {"drifted", "rows", "schema_violations", "predictions_drifted", "expected_auc"} <= names
    assert {f"feature_baseline_drift_{item['name']}" for item in report["features"]} <= names


def test_the_report_of_batches_says_what_is_not_known(desk: Desk, usual: dict[str, Any], tmp_path: Path) -> None:
    """Table, JSON and page work with either engine."""
    text = desk.done("monitor", "report", PROJECT, "--html", str(tmp_path / "page.html"))
    assert "not known: significance" in text
    (batch,) = json.loads(desk.done("monitor", "report", PROJECT, "--json"))["batches"]
    assert batch["report"].endswith("/constraint_violations.json")
    assert 0.6 < batch["estimate"]["auc"] < 0.97
    assert (tmp_path / "page.html").is_file()


def test_a_drifted_batch_fails_where_the_caller_wants_it(desk: Desk, usual: dict[str, Any], extracts: Path) -> None:
    """Failed with the reason, after reports and metrics are there; no predictions are stored."""
    arguments = ("--data", str(extracts / NOVEMBER), "--as-of", NOVEMBER, "--as", "data-scientist")
    done = desk.mlops("predict", PROJECT, *arguments, "--on-violation", "fail")
    assert done.returncode == 1
    assert "OnViolation is fail" in done.stderr
    assert "No predictions were stored" in done.stderr
    runs = desk.client("sagemaker").list_pipeline_executions(
        PipelineName=f"{PROJECT}-inference", SortOrder="Descending"
    )
    newest = runs["PipelineExecutionSummaries"][0]
    assert newest["PipelineExecutionStatus"] == "Failed"
    found = steps(desk, newest["PipelineExecutionArn"])
    for name in ("PublishDriftMetrics", "PublishPredictionMetrics"):
        assert found[name]["StepStatus"] == "Succeeded"
    assert (
        "copay" in found["FindingsRefused"]["FailureReason"]
        or "predictions" in found["FindingsRefused"]["FailureReason"]
    )
    assert found.get("StorePredictions", {}).get("StepStatus") in {None, "Skipped"}
    bucket = f"mlops-{PROJECT}-data-{newest['PipelineExecutionArn'].split(':')[4]}"
    stored = desk.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"predictions/{NOVEMBER}/")
    assert stored.get("KeyCount", 0) == 0
    batches = json.loads(desk.done("monitor", "report", PROJECT, "--json"))["batches"]
    assert (len(batches), batches[-1]["predictions"]) == (2, "")


def test_a_project_can_switch(desk: Desk, usual: dict[str, Any], extracts: Path) -> None:
    """The other engine judges by the baseline that this one has made; reports are complete again."""
    desk.done("project", "upgrade", PROJECT, "--param", "MonitorEngine=ours")
    told = predicted(desk, extracts, AUGUST)
    left = files(desk, steps(desk, told["run"])["MonitorInput"])
    assert "report.html" in left
    report = json.loads(left["drift_report.json"])
    assert (report["rule"], report["schema_violations"]) == ("joint", 0)
