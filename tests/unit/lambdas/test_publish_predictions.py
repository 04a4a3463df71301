"""publish-predictions: nothing is published of a batch that has left out a check, or of another model than the registered one."""

import copy
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.bundled.specification import digest, specification
from tests.unit.lambdas.functions import load
from tests.unit.lambdas.registry import FakeRegistry, rendered

PIPELINE = "arn:aws:sagemaker:us-east-1:1:pipeline/p-inference"
RUN = f"{PIPELINE}/execution/r1"
FILES = {"metadata.json": b"{}", "predictions.csv": b"a\n", "parts/0.parquet": b"p"}


class Batch:
    """One execution that has come to its last step."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.s3, self.package = boto3.client("s3", region_name="us-east-1"), FakeRegistry(1).packages["arn:1"]
        self.package["ModelApprovalStatus"] = "Approved"
        for bucket in ("own", "data", "models"):
            self.s3.create_bucket(Bucket=bucket)
        self.s3.put_object(Bucket="models", Key="model-1", Body=b"weights 1")
        for name, body in FILES.items():
            self.s3.put_object(Bucket="own", Key=f"runs/r1/predictions/{name}", Body=body)
        self.selective: dict[str, Any] = {}
        self.own = self.present = rendered()
        first = self.package["InferenceSpecification"]["Containers"][0]
        first["ModelDataUrl"] = "s3://models/model-1"
        variables = {**first["Environment"], "PIP_NO_BUILD_ISOLATION": "0"}
        self.container = {"Mode": "SingleModel", **first, "Environment": variables}
        self.event = {
            "execution": RUN,
            "predictions": "s3://own/runs/r1/predictions",
            "place": "s3://data/predictions/2024-06-20/r1",
            "model": "pipelines-r1-CreateModel-1",
            "model_package_arn": "arn:1",
            "model_sha256": hashlib.sha256(b"weights 1").hexdigest(),
            "specification_sha256": digest(specification(copy.deepcopy(self.package))),
            "rehearsal": "no",
        }
        patch.setenv("INFERENCE_PIPELINE", "p-inference")
        self._handler = load("publish-predictions", {"sagemaker": self, "s3": self.s3}, folder, patch).handler

    def describe_pipeline_execution(self, PipelineExecutionArn: str) -> dict[str, Any]:
        """SageMaker's."""
        assert PipelineExecutionArn == RUN
        return {"SelectiveExecutionConfig": self.selective} if self.selective else {}

    def describe_pipeline_definition_for_execution(self, PipelineExecutionArn: str) -> dict[str, str]:
        """SageMaker's."""
        return {"PipelineDefinition": self.own}

    def describe_pipeline(self, PipelineName: str) -> dict[str, str]:
        """SageMaker's."""
        assert PipelineName == "p-inference"
        return {"PipelineDefinition": self.present}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:
        """SageMaker's."""
        assert ModelPackageName == "arn:1"
        return self.package

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        """SageMaker's."""
        assert ModelName == "pipelines-r1-CreateModel-1"
        return {"PrimaryContainer": self.container}

    def publish(self) -> dict[str, str]:
        """Run the step."""
        return dict(self._handler(self.event, None))

    @property
    def published(self) -> dict[str, bytes]:
        """Key -> content of what people read."""
        keys = [it["Key"] for it in self.s3.list_objects_v2(Bucket="data").get("Contents", [])]
        return {key: self.s3.get_object(Bucket="data", Key=key)["Body"].read() for key in keys}


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    """On an S3 of moto's."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Batch(tmp_path, monkeypatch)


def test_predictions_come_to_where_they_are_read(batch: Batch) -> None:
    """All files, byte by byte; the step says where."""
    assert batch.publish() == {"predictions": "s3://data/predictions/2024-06-20/r1"}
    assert batch.published == {f"predictions/2024-06-20/r1/{name}": body for name, body in FILES.items()}
    assert batch.publish() == {"predictions": "s3://data/predictions/2024-06-20/r1"}  # an attempt that was cut off


@pytest.mark.parametrize("told", ["yes", ""])
def test_a_rehearsals_predictions_are_published_nowhere(batch: Batch, told: str) -> None:
    """They stay in its own folder; so do those of which it is not told that they are none."""
    batch.event["rehearsal"] = told
    assert batch.publish() == {"predictions": "s3://own/runs/r1/predictions"}
    assert batch.published == {}


def test_a_version_that_was_deployed_before_specifications_were_registered_predicts(batch: Batch) -> None:
    """Its pointer names none to compare with; container and artifact are compared."""
    batch.event["specification_sha256"] = "none"
    batch.publish()
    assert batch.published


def test_a_delivery_meanwhile_outdates_no_batch(batch: Batch) -> None:
    """Its first step has seen the present definition; newer code of the team's is the next batch's."""
    batch.present = rendered(code="f00d")
    batch.publish()
    assert batch.published


def _selective(batch: Batch) -> None:
    batch.selective = {"SelectedSteps": [{"StepName": "PublishPredictions"}]}


def _old(batch: Batch) -> None:
    batch.present = rendered(floor=0.9)


def _foreign(batch: Batch) -> None:
    batch.event["execution"] = RUN.replace("p-inference", "p-training")


def _rejected(batch: Batch) -> None:
    batch.package["ModelApprovalStatus"] = "Rejected"


def _changed(batch: Batch) -> None:
    batch.package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] = "s3://models/evil"


def _other_url(batch: Batch) -> None:
    batch.container["ModelDataUrl"] = "s3://models/evil"


def _other_variable(batch: Batch) -> None:
    batch.container["Environment"]["SAGEMAKER_PROGRAM"] = "evil.py"


def _named(batch: Batch) -> None:
    batch.container["ModelPackageName"] = "arn:1"


def _replaced(batch: Batch) -> None:
    batch.s3.put_object(Bucket="models", Key="model-1", Body=b"other weights")


def _nothing(batch: Batch) -> None:
    batch.event["predictions"] = "s3://own/runs/r2/predictions"


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        (_selective, "a selective execution takes over"),
        (_old, "have changed since it began: start again"),
        (_foreign, "no execution of p-inference"),
        (_rejected, "model version 1 is Rejected by now"),
        (_changed, "was changed since it was registered"),
        (_other_url, "not what version 1 was registered as"),
        (_other_variable, "not what version 1 was registered as"),
        (_named, "not what version 1 was registered as"),
        (_replaced, "damaged or was replaced"),
        (_nothing, "nothing is there to publish"),
    ],
    ids=lambda it: getattr(it, "__name__", "").strip("_") or None,
)
def test_nothing_else_is_published(batch: Batch, attack: Callable[[Batch], None], told: str) -> None:
    """Each with its reason."""
    attack(batch)
    with pytest.raises(ValueError, match=told):
        batch.publish()
    assert batch.published == {}


@pytest.mark.parametrize(
    "as_of", ["2024-06-20/r0?", "2024-06-20/r0#", "../2024-06-20", "2024-06-20/r0", "", "2024-06-20\n"]
)
def test_a_batch_writes_over_no_others(batch: Batch, as_of: str) -> None:
    """The index date is the starter's word: one that ends the address early would lead into the folder of an earlier batch."""
    batch.s3.put_object(Bucket="data", Key="predictions/2024-06-20/r0/predictions.csv", Body=b"an earlier batch's")
    before = batch.published
    batch.event["place"] = f"s3://data/predictions/{as_of}/r1"
    with pytest.raises(ValueError, match="AsOf is no date written YYYY-MM-DD"):
        batch.publish()
    assert batch.published == before
