"""AWS's own abalone example, rendered by the unmodified SageMaker SDK v3, runs here to its end (foreign/render_algorithm.py)."""

import json
import math
from typing import Any

import pytest

from pipelines.check import problems
from tests.integration.executor.lab import ACCOUNT, Lab
from tests.integration.executor.test_foreign import Rendered, render

_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.0-1-cpu-py3"
_ALWAYS = {"AbaloneProcess", "AbaloneTrain", "AbaloneEval", "AbaloneMSECond"}
_TAKEN = {"AbaloneRegisterModel", "AbaloneCreateModel", "AbaloneTransform"}


def _shells(count: int) -> list[str]:
    """Rows of the public table's form: sex, seven measures, rings, which grow with the shell."""
    rows = []
    for number in range(count):
        size = 0.2 + 0.6 * ((number * 37) % count) / count
        noise = math.sin(number * 12.9898) * 0.4
        measures = [size, 0.8 * size, 0.3 * size, size**3 * 4, size**3 * 1.7, size**3, size**3 * 1.2]
        shown = ",".join(f"{value:.4f}" for value in measures)
        rows.append(f"{'MFI'[number % 3]},{shown},{round(3 + 15 * size + noise)}")
    return rows


@pytest.fixture(scope="module")
def abalone(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Definition and uploads."""
    return render("render_algorithm.py", tmp_path_factory.mktemp("abalone"))


@pytest.fixture
def ready(lab: Lab, abalone: Rendered) -> Lab:
    """The laboratory with the SDK's uploads, the table, and a batch of the ten features that preprocessing makes."""
    if "sdk" not in {bucket["Name"] for bucket in lab.s3.list_buckets()["Buckets"]}:
        lab.s3.create_bucket(Bucket="sdk")
    batch = "".join(",".join([str(level)] * 7 + ["0", "1", "0"]) + "\n" for level in (-1.5, 0.0, 1.5))
    tables = {"abalone/abalone-dataset.csv": "\n".join(_shells(400)) + "\n", "abalone/abalone-dataset-batch.csv": batch}
    for key, body in {**abalone.objects, **{key: text.encode() for key, text in tables.items()}}.items():
        lab.s3.put_object(Bucket="sdk", Key=key, Body=body)
    lab.role("SageMakerExecutionRole", {"Effect": "Allow", "Action": "*", "Resource": "*"})  # that the definition names
    return lab


def _run(lab: Lab, definition: str, name: str, **values: str) -> Any:
    lab.sagemaker.create_pipeline(
        PipelineName=f"{name}-{lab.backend}",
        PipelineDefinition=definition,
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/anybody",
        ClientRequestToken="x" * 32,
    )
    return lab.wait(lab.start(f"{name}-{lab.backend}", values))


def test_the_definition_is_the_example(abalone: Rendered) -> None:
    """Algorithm mode on an image before 1.3, and nothing that AWS would refuse."""
    assert problems(abalone.definition) == []
    steps = {step["Name"]: step for step in json.loads(abalone.definition)["Steps"]}
    assert set(steps) == _ALWAYS
    specification = steps["AbaloneTrain"]["Arguments"]["AlgorithmSpecification"]
    assert specification["TrainingImage"] == _IMAGE
    assert "ContainerEntrypoint" not in specification


def test_it_runs(ready: Lab, abalone: Rendered) -> None:
    """Every step ends well: a small error, a registered version with its metrics, a batch whose rings grow with the shell."""
    outcome = _run(ready, abalone.definition, "AbaloneAlgorithm")
    assert outcome.status == "Succeeded", {name: step.get("FailureReason") for name, step in outcome.steps.items()}
    assert set(outcome.steps) == _ALWAYS | _TAKEN
    (found,) = ready.sagemaker.list_model_packages(ModelPackageGroupName="AbaloneModelPackageGroup")[
        "ModelPackageSummaryList"
    ]
    assert found["ModelApprovalStatus"] == "PendingManualApproval"
    version = ready.sagemaker.describe_model_package(ModelPackageName=found["ModelPackageArn"])
    bucket, _, key = version["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"].removeprefix("s3://").partition("/")
    report = json.loads(ready.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert 0 < report["regression_metrics"]["mse"]["value"] < 1
    scores = ready.job(outcome, "AbaloneTransform")["TransformOutput"]["S3OutputPath"].removeprefix("s3://sdk/")
    body = ready.s3.get_object(Bucket="sdk", Key=f"{scores}/abalone-dataset-batch.csv.out")["Body"].read()
    small, middle, large = (float(line) for line in body.split())
    assert 3 < small < middle < large < 18


def test_its_gate_closes(ready: Lab, abalone: Rendered) -> None:
    """An error over the threshold ends in the example's Fail step; nothing is registered."""
    outcome = _run(ready, abalone.definition, "AbaloneGate", MseThreshold="0.0000001")
    assert outcome.status == "Failed"
    assert outcome.reason("AbaloneMSEFail") == "Execution failed due to MSE > 1e-07"
    assert set(outcome.steps) == {*_ALWAYS, "AbaloneMSEFail"}
