"""Attacks on what batches predict, through the API: another model than the approved one, a gate left out, a raised floor passed by."""

import io
import tarfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from mlops.adherence.synthetic import Drift, simulate
from mlops.aws import Aws
from mlops.projects.names import DATA_SCIENTIST, ML_ENGINEER, Project
from mlops.runs.datasets import DatasetLocation
from mlops.runs.inference import Batch, Inference
from mlops.runs.runs import Run, Runs
from mlops.runs.training import Training
from tests.integration.desk import Desk, desk

__all__ = ["desk"]  # pytest's fixture
pytestmark = [pytest.mark.timeout(600)]
PROJECT, USUAL, ODD = "batches", "2024-06-19", "2024-11-16"
_LONGEST = 60  # seconds until a step or a decision is there
_EVIL = b"""
_ours = output_fn
def output_fn(answers, accept):
    import re
    return re.sub(r'("p_stop"): ?[0-9.e-]+', r'\\1:0.002', _ours(answers, accept))
"""


class Ward:
    """A project with an approved version and an honest batch, and the people of both sides."""

    def __init__(self, here: Desk, folder: Path) -> None:
        self.desk, self.folder, self.project = here, folder, Project(PROJECT, here.aws.account)
        self.ann, self.carol = here.aws.assume(DATA_SCIENTIST, "ann"), here.aws.assume(ML_ENGINEER, "carol")
        self.inference = Inference(self.ann, self.project)
        here.done("project", "create", PROJECT, "--param", "OnDrift=notify")
        training = Training(self.ann, self.project)
        training.finish(training.start(training.upload(folder / USUAL), "first"))
        here.done("model", "approve", PROJECT, "1", "--reason", "reviewed", "--as", "ml-engineer")
        self.data = self.inference.upload(folder / USUAL)
        self.honest = self.inference.finish(self.begin())

    def begin(self, **more: Any) -> str:
        """Start a batch on the usual data."""
        return self.inference.start(self.data, date.fromisoformat(USUAL), **more)

    def selective(self, who: Aws, source: str, *steps: str) -> Run:
        """Run these steps on the results of an earlier execution, to the end."""
        sagemaker = who.client("sagemaker")
        given = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=source)["PipelineParameters"]
        chosen = {"SourcePipelineExecutionArn": source, "SelectedSteps": [{"StepName": name} for name in steps]}
        arn = sagemaker.start_pipeline_execution(
            PipelineName=self.project.inference_pipeline,
            PipelineParameters=given,
            ClientRequestToken=uuid4().hex,
            SelectiveExecutionConfig=chosen,
        )["PipelineExecutionArn"]
        return Runs(self.desk.aws).follow(arn)

    def step(self, arn: str, name: str) -> None:
        """Wait until a step of an execution has succeeded."""
        deadline = time.monotonic() + _LONGEST
        while {it["StepName"]: it["StepStatus"] for it in self.inference.runs.steps(arn)}.get(name) != "Succeeded":
            assert time.monotonic() < deadline, f"{name} has not succeeded"
            time.sleep(0.05)

    def predicted(self, run: str) -> list[str]:
        """Keys of an execution's predictions where people read them."""
        found = self.desk.client("s3").list_objects_v2(Bucket=self.project.data_bucket, Prefix="predictions/")
        return [item["Key"] for item in found.get("Contents", []) if run.rsplit("/", 1)[-1] in item["Key"]]

    def content(self, batch: Batch) -> bytes:
        """A batch's predictions."""
        bucket, _, key = batch.predictions.removeprefix("s3://").partition("/")
        return bytes(self.desk.client("s3").get_object(Bucket=bucket, Key=f"{key}/predictions.csv")["Body"].read())

    @property
    def package(self) -> str:
        """ARN of the version."""
        account, region = self.desk.aws.account, self.desk.aws.region
        return f"arn:aws:sagemaker:{region}:{account}:model-package/{PROJECT}/1"

    def specification(self) -> dict[str, Any]:
        """The version's, as it is registered."""
        found = self.carol.client("sagemaker").describe_model_package(ModelPackageName=self.package)
        return dict(found["InferenceSpecification"])

    def change(self, status: str, specification: dict[str, Any]) -> None:
        """The ML engineer's call: a decision and another specification at once."""
        self.carol.client("sagemaker").update_model_package(
            ModelPackageArn=self.package,
            ModelApprovalStatus=status,
            ApprovalDescription="x",
            InferenceSpecification=specification,
        )

    def evil(self) -> dict[str, Any]:
        """The specification with an archive of carol's, whose inference code answers what she likes; she may write it there."""
        s3, changed = self.carol.client("s3"), self.specification()
        container = changed["Containers"][0]
        bucket, _, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
        good, made = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read()), io.BytesIO()
        with tarfile.open(fileobj=good) as source, tarfile.open(fileobj=made, mode="w:gz") as target:
            for member in source.getmembers():
                content = source.extractfile(member)
                body = content.read() if content else b""
                body += _EVIL if member.name == "code/inference.py" else b""
                member.size = len(body)
                target.addfile(member, io.BytesIO(body))
        place = f"mlops-datasets-{self.desk.aws.account}"
        s3.put_object(Bucket=place, Key="athena/evil/model.tar.gz", Body=made.getvalue())
        container["ModelDataUrl"] = f"s3://{place}/athena/evil/model.tar.gz"
        return changed


@pytest.fixture(scope="module")
def ward(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """Trained on June's data; what people pay rises after August."""
    folder = tmp_path_factory.mktemp("extracts")
    world = simulate(1200, 5, drift=Drift("copay-reset", date(2024, 8, 20), 1.0))
    for day in (USUAL, ODD):
        world.extract(date.fromisoformat(day), folder / day)
    return Ward(desk, folder)


@pytest.fixture
def original(ward: Ward) -> Iterator[dict[str, Any]]:
    """The registered specification, and the version approved with it again afterwards."""
    found = ward.specification()
    yield found
    ward.change("Approved", found)


def test_a_batch_whose_model_was_exchanged_after_it_was_resolved_publishes_nothing(
    ward: Ward, original: dict[str, Any]
) -> None:
    """Approved stays Approved, so that no event tells: the model is made of what was resolved, and the end looks again."""
    arn = ward.begin()
    ward.step(arn, "ResolveModel")
    ward.change("Approved", ward.evil())
    run = Runs(ward.desk.aws).follow(arn)
    assert "version 1 was changed since it was registered" in run.step("PublishPredictions")["FailureReason"]
    assert ward.predicted(arn) == []


def test_an_exchange_that_is_taken_back_changes_no_prediction(ward: Ward, original: dict[str, Any]) -> None:
    """It would leave no trace; it has no effect either: byte by byte the honest batch's predictions."""
    arn = ward.begin()
    ward.step(arn, "ResolveModel")
    ward.change("Approved", ward.evil())
    ward.step(arn, "Transform")
    ward.change("Approved", original)
    assert ward.content(ward.inference.finish(arn)) == ward.content(ward.honest)


def test_a_selective_execution_predicts_with_no_model_of_the_ml_engineers(ward: Ward, original: dict[str, Any]) -> None:
    """Without the first step nobody looks at the version: neither its new archive is used, nor is anything published."""
    ward.change("Rejected", ward.evil())
    steps = ("CreateModel", "Transform", "StorePredictions", "PublishPredictions")
    run = ward.selective(ward.carol, ward.honest.run.arn, *steps)
    assert "a selective execution takes over" in run.step("PublishPredictions")["FailureReason"]
    name = run.step("CreateModel")["Metadata"]["Model"]["Arn"].rsplit("/", 1)[-1]
    model = ward.desk.client("sagemaker").describe_model(ModelName=name)
    assert model["PrimaryContainer"]["ModelDataUrl"] == original["Containers"][0]["ModelDataUrl"]
    run = ward.selective(ward.carol, ward.honest.run.arn, *steps[:-1])
    assert run.status == "Succeeded"
    assert ward.predicted(run.arn) == []


def test_a_refused_batch_stays_unpublished(ward: Ward) -> None:
    """OnViolation=fail is a gate: no selective execution of the steps behind it goes round it, nor does another attempt."""
    data = ward.inference.upload(ward.folder / ODD)
    refused = Runs(ward.desk.aws).follow(ward.inference.start(data, date.fromisoformat(ODD), on_violation="fail"))
    assert "OnViolation is fail" in refused.step("FindingsRefused")["FailureReason"]
    run = ward.selective(ward.ann, refused.arn, "StorePredictions", "PublishPredictions")
    assert "a selective execution takes over" in run.step("PublishPredictions")["FailureReason"]
    run = ward.selective(ward.ann, refused.arn, "StorePredictions")
    assert [*ward.predicted(refused.arn), *ward.predicted(run.arn)] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        ward.ann.client("lambda").invoke(FunctionName=f"{PROJECT}-publish-predictions", Payload=b"{}")


def test_an_old_version_of_the_batch_publishes_nothing(ward: Ward) -> None:
    """One that continues on findings, in a project that has chosen to fail; neither started nor retried."""
    sagemaker = ward.ann.client("sagemaker")
    name = ward.project.inference_pipeline
    listed = sagemaker.list_pipeline_versions(PipelineName=name)["PipelineVersionSummaries"]
    old = max(item["PipelineVersionId"] for item in listed)
    stopped = ward.begin()
    ward.step(stopped, "ResolveModel")
    ward.inference.runs.stop(stopped)
    Runs(ward.desk.aws).follow(stopped)
    ward.desk.done("project", "upgrade", PROJECT, "--param", "OnViolation=fail", "--param", "MinAuc=0.74")
    given = {"DatasetUri": ward.data.uri, "DatasetId": ward.data.id, "AsOf": USUAL}
    arn = sagemaker.start_pipeline_execution(
        PipelineName=name,
        PipelineVersionId=old,
        PipelineParameters=[{"Name": key, "Value": value} for key, value in given.items()],
        ClientRequestToken=uuid4().hex,
    )["PipelineExecutionArn"]
    ward.inference.runs.resume(stopped)
    run = Runs(ward.desk.aws).follow(arn)
    assert "not the pipeline's present version" in run.step("ResolveModel")["FailureReason"]
    run = Runs(ward.desk.aws).follow(stopped)
    assert "have changed since it began: start again" in run.step("PublishPredictions")["FailureReason"]
    assert [*ward.predicted(arn), *ward.predicted(stopped)] == []


def test_a_retried_run_does_not_pass_a_raised_floor_by(ward: Ward) -> None:
    """Stopped after it was authorized, retried after the floor was raised: its version is rejected, with the reason."""
    training = Training(ward.ann, ward.project)
    data: DatasetLocation = training.upload(ward.folder / USUAL)
    arn = training.start(data, "again")
    ward.step(arn, "AuthorizeRun")
    training.runs.stop(arn)
    assert Runs(ward.desk.aws).follow(arn).status == "Stopped"
    ward.desk.done("project", "upgrade", PROJECT, "--param", "MinAuc=0.99")
    training.runs.resume(arn)
    run = Runs(ward.desk.aws).follow(arn)
    package = run.step("RegisterModel")["Metadata"]["RegisterModel"]["Arn"]
    sagemaker, deadline = ward.desk.client("sagemaker"), time.monotonic() + _LONGEST
    while sagemaker.describe_model_package(ModelPackageName=package)["ModelApprovalStatus"] != "Rejected":
        assert time.monotonic() < deadline, "the version waits for approval"
        time.sleep(0.2)
    why = sagemaker.describe_model_package(ModelPackageName=package)["ApprovalDescription"]
    assert "its run: floors, choices, image, roles or steps of the pipeline have changed since it began" in why
