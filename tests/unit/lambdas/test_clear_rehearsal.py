"""clear-rehearsal: what a rehearsal has made goes when it is over, not before, and nothing of the project goes with it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.unit.lambdas.functions import load

ARN = "arn:aws:sagemaker:us-east-1:1:pipeline/p-{kind}/execution/{id}"
PARAMETER = "/mlops/p/latest-drift-rehearsal"
PLAYED = "s3://p-data/rehearsals/abc/"


class FakeSageMaker:
    """Executions of both pipelines, and what their steps have made."""

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.reads: dict[str, str] = {}
        self.made: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.status = "Rejected"

    def ran(self, kind: str, id_: str, reads: str, status: str = "Succeeded", **made: Any) -> None:
        """An execution that began now."""
        arn = ARN.format(kind=kind, id=id_)
        began = datetime.now(UTC) + timedelta(seconds=2)
        self.runs[arn] = {"PipelineExecutionArn": arn, "PipelineExecutionStatus": status, "StartTime": began}
        self.reads[arn], self.made[arn] = reads, made

    def get_paginator(self, name: str) -> Any:
        """Of the three lists."""
        return {
            "list_pipeline_executions": _Pages(self._executions),
            "list_pipeline_parameters_for_execution": _Pages(self._parameters),
            "list_pipeline_execution_steps": _Pages(self._steps),
        }[name]

    def _executions(self, PipelineName: str, **_order: str) -> dict[str, Any]:
        found = [it for arn, it in self.runs.items() if f":pipeline/{PipelineName}/" in arn]
        return {"PipelineExecutionSummaries": found}

    def _parameters(self, PipelineExecutionArn: str) -> dict[str, Any]:
        return {"PipelineParameters": [{"Name": "DatasetUri", "Value": self.reads[PipelineExecutionArn]}]}

    def _steps(self, PipelineExecutionArn: str) -> dict[str, Any]:
        made = self.made[PipelineExecutionArn]
        return {"PipelineExecutionSteps": [{"Metadata": {kind: {"Arn": arn}}} for kind, arn in made.items()]}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, str]:
        """SageMaker's."""
        return {"ModelApprovalStatus": self.status}

    def delete_model_package(self, ModelPackageName: str) -> None:
        """SageMaker's."""
        self.deleted.append(ModelPackageName)

    def delete_model(self, ModelName: str) -> None:
        """SageMaker's."""
        self.deleted.append(ModelName)


class _Pages:
    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def paginate(self, **given: str) -> list[dict[str, Any]]:
        return [self._answer(**given)]


class FakeAlarms:
    """The rehearsals' alarms, all in one state."""

    def __init__(self) -> None:
        self.state, self.since, self.asked = "OK", datetime(2020, 1, 1, tzinfo=UTC), [""]

    def describe_alarms(self, AlarmNames: list[str]) -> dict[str, Any]:
        """CloudWatch's."""
        self.asked = AlarmNames
        found = {"StateValue": self.state, "StateUpdatedTimestamp": self.since}
        return {"MetricAlarms": [found | {"AlarmName": name} for name in AlarmNames]}


class Stage:
    """The function, with a rehearsal whose batch has drifted, beside a batch and a training of the project."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.s3, self.ssm = (boto3.client(it, region_name="us-east-1") for it in ("s3", "ssm"))
        self.sagemaker, self.alarms = FakeSageMaker(), FakeAlarms()
        for bucket in ("p-data", "p-artifacts"):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        for key in ("rehearsals/abc/fills.csv", "datasets/d/fills.csv", "predictions/2024-06-20/own/predictions.csv"):
            self.s3.put_object(Bucket="p-data", Key=key, Body=b"x")
        for run in ("batch", "batch-2", "own", "train"):
            for name in ("features/x.csv", "monitoring/report.html", "prediction-monitoring/report.html"):
                self.s3.put_object(Bucket="p-artifacts", Key=f"runs/{run}/{name}", Body=b"x")
        self.sagemaker.ran("inference", "batch", PLAYED, Model="arn:aws:sagemaker:us-east-1:1:model/pipelines-batch-1")
        self.sagemaker.ran("inference", "own", "s3://p-data/datasets/d/", Model="arn:m:model/pipelines-own-1")
        self.sagemaker.ran("training", "train", "s3://p-data/datasets/d/", RegisterModel="arn:own")
        self.note(raises_drift=True)
        names = {"PROJECT": "p", "DATA_BUCKET": "p-data", "ARTIFACTS_BUCKET": "p-artifacts"}
        for name, value in (names | {"INFERENCE_PIPELINE": "p-inference", "TRAINING_PIPELINE": "p-training"}).items():
            patch.setenv(name, value)
        clients = {"sagemaker": self.sagemaker, "s3": self.s3, "ssm": self.ssm, "cloudwatch": self.alarms}
        self._handler = load("clear-rehearsal", clients, folder, patch).handler

    def note(self, **found: Any) -> None:
        """The summary of the rehearsal's batch."""
        content = {"dataset_uri": PLAYED, "schema_violations": 0} | found
        self.ssm.put_parameter(Name=PARAMETER, Value=json.dumps(content), Type="String", Overwrite=True)

    def hear(self) -> list[str]:
        """Ids of rehearsals that it has cleared."""
        return list(self._handler({}, None)["cleared"])

    def keys(self, bucket: str) -> set[str]:
        """Every object of which any version is left."""
        answer = self.s3.list_object_versions(Bucket=bucket)
        return {it["Key"] for it in (*answer.get("Versions", []), *answer.get("DeleteMarkers", []))}


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Stage(tmp_path, monkeypatch)


def test_it_leaves_its_reports_and_all_that_is_the_projects(stage: Stage) -> None:
    """Every version of every object goes, its model and its version; a run whose id goes on after its own is another's."""
    stage.sagemaker.ran("training", "again", PLAYED, RegisterModel="arn:played")
    stage.s3.put_object(Bucket="p-artifacts", Key="runs/again/model/model.tar.gz", Body=b"x")
    stage.s3.put_object(Bucket="p-artifacts", Key="runs/again/model/model.tar.gz", Body=b"y")
    assert stage.hear() == ["abc"]
    assert stage.keys("p-data") == {"datasets/d/fills.csv", "predictions/2024-06-20/own/predictions.csv"}
    kept = {f"runs/batch/{it}monitoring/report.html" for it in ("", "prediction-")}
    others = {key for key in stage.keys("p-artifacts") if not key.startswith("runs/batch/")}
    assert stage.keys("p-artifacts") - others == kept
    assert {key.split("/")[1] for key in others} == {"batch-2", "own", "train"}
    assert sorted(stage.sagemaker.deleted) == ["arn:played", "pipelines-batch-1"]
    assert stage.ssm.describe_parameters()["Parameters"] == []
    assert stage.hear() == []


def test_it_waits_as_long_as_something_can_come_of_the_batch(stage: Stage) -> None:
    """For the alarm that the batch raises, which has been in ALARM and is OK again; for its runs' end."""
    assert stage.hear() == []  # the alarm has not heard of it yet
    assert stage.alarms.asked == ["p-drift-rehearsal"]
    stage.alarms.state, stage.alarms.since = "ALARM", datetime.now(UTC) + timedelta(seconds=9)
    assert stage.hear() == []
    stage.alarms.state = "OK"
    stage.sagemaker.ran("training", "again", PLAYED, "Executing")
    assert stage.hear() == []
    stage.sagemaker.ran("training", "again", PLAYED, "Failed")
    assert stage.hear() == ["abc"]


def test_a_batch_that_raises_nothing_is_over_when_it_ends(stage: Stage) -> None:
    """No drift; also one that has failed before it was judged."""
    stage.note(raises_drift=False)
    assert stage.hear() == ["abc"]


def test_tables_whose_batch_has_not_begun_stay(stage: Stage) -> None:
    """They were just uploaded; where none has begun within an hour, they go with the next event."""
    stage.s3.put_object(Bucket="p-data", Key="rehearsals/new/fills.csv", Body=b"x")
    stage.alarms.since = datetime.now(UTC) + timedelta(seconds=9)
    assert stage.hear() == ["abc"]
    assert "rehearsals/new/fills.csv" in stage.keys("p-data")
    is_over, played = stage._handler.__globals__["is_over"], stage._handler.__globals__["Played"]
    ages = (timedelta(minutes=50), timedelta(minutes=70))
    assert [is_over(stage.alarms, played("new", datetime.now(UTC) - age, []), []) for age in ages] == [False, True]


def test_a_version_goes_only_once_its_registration_is_written_down(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the approval function would look for what is gone; the event comes again."""
    removal = stage._handler.__globals__["without_made"].__globals__
    monkeypatch.setitem(removal, "_WAIT", 0.0)
    stage.sagemaker.status = "PendingManualApproval"
    stage.sagemaker.ran("training", "again", PLAYED, RegisterModel="arn:played")
    with pytest.raises(removal["NotYet"], match="arn:played still waits"):
        stage.hear()
    assert stage.sagemaker.deleted == ["pipelines-batch-1"]
    assert "rehearsals/abc/fills.csv" in stage.keys("p-data")
