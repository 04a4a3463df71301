"""Pipelines that others wrote run unmodified: the SageMaker SDK v3's own processors, trainer, model builder and transformer.

``foreign/render.py`` is such a program; ``foreign/abalone.json`` is what it wrote once. The test renders it anew with the installed SDK.
"""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlops.platform import server
from pipelines.check import problems
from tests.integration.executor.lab import ACCOUNT, Lab

_FOREIGN = Path(__file__).with_name("foreign")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-\d{3}|\d{14}|(?<=code/)[0-9a-f]{64}")
# label = 2 * feature + 1; the third column is noise to nobody
_TABLE = "length,weight,rings\n" + "".join(f"{number},{number % 3},{2 * number + 1}\n" for number in range(10))


@dataclass(frozen=True)
class Rendered:
    """A definition with the objects that its code uploads put on S3."""

    definition: str
    objects: dict[str, bytes]


def render(program: str, folder: Path) -> Rendered:
    """What a program of foreign/ writes now; the SDK talks to an embedded AWS of its own."""
    with server.start(folder / "state", persist=False, owner=True) as running:
        lab = Lab(running, "render")
        lab.s3.create_bucket(Bucket="sdk")
        command = [sys.executable, str(_FOREIGN / program), running.endpoint, str(folder / "definition.json")]
        keys = {"AWS_ACCESS_KEY_ID": ACCOUNT, "AWS_SECRET_ACCESS_KEY": running.root_secret}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=False, cwd=folder, env={**os.environ, **keys}
        )
        assert done.returncode == 0, done.stderr[-3000:]
        keys = [
            item["Key"] for item in lab.s3.list_objects_v2(Bucket="sdk")["Contents"] if "__pycache__" not in item["Key"]
        ]
        objects = {key: lab.s3.get_object(Bucket="sdk", Key=key)["Body"].read() for key in keys}
    return Rendered((folder / "definition.json").read_text(), objects)


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """The script-mode pipeline, as render.py writes it."""
    return render("render.py", tmp_path_factory.mktemp("render"))


def test_committed_definition_is_what_the_sdk_writes(rendered: Rendered) -> None:
    """The committed JSON and a fresh one differ in the SDK's time stamps and upload digests only."""
    found, committed = (json.loads(_STAMP.sub("STAMP", text)) for text in (rendered.definition, _committed()))
    assert found == committed


def _committed() -> str:
    return (_FOREIGN / "abalone.json").read_text()


def test_offline_check_finds_nothing_wrong() -> None:
    """The offline check gives no false alarm on it."""
    assert problems(_committed()) == []


@pytest.fixture
def sdk(lab: Lab, rendered: Rendered) -> Lab:
    """The laboratory with the SDK's uploads and the data."""
    existing = {bucket["Name"] for bucket in lab.s3.list_buckets()["Buckets"]}
    if "sdk" not in existing:
        lab.s3.create_bucket(Bucket="sdk")
    lab.role("SageMakerExecutionRole", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    for key, body in {**rendered.objects, "abalone/abalone.csv": _TABLE.encode()}.items():
        lab.s3.put_object(Bucket="sdk", Key=key, Body=body)
    return lab


def _create(lab: Lab, rendered: Rendered, name: str) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/anybody"
    lab.sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition=rendered.definition, RoleArn=role, ClientRequestToken="x" * 32
    )


def test_abalone_runs_unmodified(sdk: Lab, rendered: Rendered) -> None:
    """Prepare, train, evaluate, gate, register, create the model, score: all steps end well, with the right numbers."""
    _create(sdk, rendered, "AbaloneGood")
    outcome = sdk.wait(sdk.start("AbaloneGood"))
    assert outcome.status == "Succeeded", {name: step.get("FailureReason") for name, step in outcome.steps.items()}
    assert set(outcome.steps) == _ALWAYS | _TAKEN
    scores = sdk.job(outcome, "ScoreAbalone")["TransformOutput"]["S3OutputPath"]
    body = sdk.s3.get_object(Bucket="sdk", Key=f"{scores.removeprefix('s3://sdk/')}/batch.csv.out")["Body"].read()
    assert [float(line) for line in body.split()] == [2.0 * number + 1 for number in range(1, 10, 2)]
    version = sdk.sagemaker.list_model_packages(ModelPackageGroupName="AbaloneModels")["ModelPackageSummaryList"][0]
    assert version["ModelApprovalStatus"] == "PendingManualApproval"


def test_abalone_gate_and_cache(sdk: Lab, rendered: Rendered) -> None:
    """A threshold that nobody reaches ends in the Fail step; the cached first step is not run again."""
    _create(sdk, rendered, "AbaloneBad")
    first = sdk.wait(sdk.start("AbaloneBad", {"MseThreshold": "-1"}))
    assert first.status == "Failed"
    assert first.reason("MseTooHigh") == "MSE is over -1.0"
    assert set(first.steps) == {*_ALWAYS, "MseTooHigh"}
    second = sdk.wait(sdk.start("AbaloneBad", {"MseThreshold": "-1"}))
    assert _hit(second.steps["PrepareAbalone"]) == first.arn


_ALWAYS = {"PrepareAbalone", "TrainAbalone", "EvaluateAbalone", "CheckMse"}
_TAKEN = {"AbaloneRegister", "Abalone", "ScoreAbalone"}


def _hit(step: dict[str, Any]) -> str:
    return str(step.get("CacheHitResult", {}).get("SourcePipelineExecutionArn"))
