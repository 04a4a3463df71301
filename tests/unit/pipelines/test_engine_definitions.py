"""The definitions with Model Monitor: the check is what the SDK's own step writes, secured and in place like every other job."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlops.bundled.definition import in_network, steps
from stacks.rules.definitions import check_definition

_ROOT = Path(__file__).parents[3]
_FOLDER = _ROOT / "pipelines" / "definitions"
# what the SDK leaves out, or cannot serialize (NetworkConfig, release 3.27)
_OURS_ALONE = {"NetworkConfig"}
_THE_SDKS_STEP = """
import json, sys
from types import SimpleNamespace
import boto3
from pipelines.sdk import Join, ParameterInteger, ParameterString, render
from sagemaker.mlops.workflow.check_job_config import CheckJobConfig
from sagemaker.mlops.workflow.quality_check_step import DataQualityCheckConfig, QualityCheckStep
boto = boto3.Session("none", "none", region_name="us-east-1")
given = {"boto_session": boto, "boto_region_name": "us-east-1", "config": None, "sagemaker_config": {}}
session = SimpleNamespace(**given, settings=None, local_mode=False)
key = ParameterString("KmsKeyArn")
job = CheckJobConfig(
    role=ParameterString("ExecutionRoleArn"), instance_count=1, instance_type=ParameterString("InstanceType"),
    volume_size_in_gb=ParameterInteger("VolumeSizeInGB"), volume_kms_key=key, output_kms_key=key,
    max_runtime_in_seconds=ParameterInteger("MaxRuntimeInSeconds"), sagemaker_session=session,
)
data = DataQualityCheckConfig(
    baseline_dataset=ParameterString("Data"), dataset_format={"csv": {"header": True}}, output_s3_uri=Join(on="/", values=["o"])
)
check = QualityCheckStep("MonitorInput", data, job, fail_on_violation=False,
                         supplied_baseline_statistics="s", supplied_baseline_constraints="c")
make = QualityCheckStep("CreateBaseline", data, job, fail_on_violation=False, skip_check=True, register_new_baseline=True)
print(render("x", [], [check, make]))
"""


def _step(name: str, pipeline: str) -> dict[str, Any]:
    content = json.loads((_FOLDER / f"{pipeline}-sagemaker.json").read_text())
    return next(step for step in steps(content) if step["Name"] == name)


@pytest.fixture(scope="module")
def sdks() -> dict[str, dict[str, Any]]:
    """The SDK's own steps by name."""
    command = [sys.executable, "-c", _THE_SDKS_STEP]
    done = subprocess.run(command, cwd=_ROOT, env=dict(os.environ), capture_output=True, text=True, check=True)
    return {step["Name"]: step for step in json.loads(done.stdout.splitlines()[-1])["Steps"]}


@pytest.mark.parametrize(("name", "pipeline"), [("MonitorInput", "inference"), ("CreateBaseline", "training")])
def test_the_check_is_the_sdks(sdks: dict[str, dict[str, Any]], name: str, pipeline: str) -> None:
    """Every member and value but addresses and the security settings that the SDK's step does not bring out."""
    own, sdk = _step(name, pipeline), sdks[name]
    places = {"Arguments", "SuppliedBaselineStatistics", "SuppliedBaselineConstraints", "DependsOn"}
    assert {key: value for key, value in own.items() if key not in places} == {
        key: value for key, value in sdk.items() if key not in places
    }
    assert {key for key in places & set(own) if own[key]} - {"DependsOn"} == {
        key for key in places & set(sdk) if sdk[key]
    }
    request, other = own["Arguments"], sdk["Arguments"]
    assert set(request) - set(other) == _OURS_ALONE
    for key in ("Environment", "ProcessingResources", "RoleArn", "StoppingCondition"):
        assert request[key] == other[key], key
    (data,), (reference,) = request["ProcessingInputs"], other["ProcessingInputs"]
    assert data["InputName"] == reference["InputName"]
    members = {key: data["S3Input"][key] for key in reference["S3Input"] if key != "S3Uri"}
    assert members == {key: value for key, value in reference["S3Input"].items() if key != "S3Uri"}
    (output,), (made) = request["ProcessingOutputConfig"]["Outputs"], other["ProcessingOutputConfig"]["Outputs"][0]
    for key in ("LocalPath", "S3UploadMode"):
        assert output["S3Output"][key] == made["S3Output"][key]


@pytest.mark.parametrize("pipeline", ["training", "inference"])
def test_both_engines_have_the_same_steps(pipeline: str) -> None:
    """By name, and the same outputs at the same places: what comes after does not know who judged."""
    ours, theirs = (
        {step["Name"]: step for step in steps(json.loads((_FOLDER / f"{pipeline}{ending}.json").read_text()))}
        for ending in ("", "-sagemaker")
    )
    assert list(ours) == list(theirs)
    changed = {name for name in ours if ours[name] != theirs[name]}
    assert (
        changed
        == {
            "training": {"CreateBaseline", "SplitData"},
            "inference": {"MonitorInput", "BuildFeatures"},
        }[pipeline]
    )
    for name in changed:
        first, second = (part[name]["Arguments"]["ProcessingOutputConfig"] for part in (ours, theirs))
        assert first == second


def test_a_check_is_placed_in_the_network_and_ruled_like_a_job() -> None:
    """A Model Monitor job without isolation, key or subnets fails the synth."""
    text = (_FOLDER / "inference-sagemaker.json").read_text()
    placed = in_network(text, ["subnet-a"], ["sg-a"])
    assert check_definition(placed, network=True) == []
    assert "job-network" in {finding.rule for finding in check_definition(text, network=True)}
    content = json.loads(placed)
    step = next(step for step in content["Steps"] if step["Name"] == "MonitorInput")
    del step["Arguments"]["NetworkConfig"]
    del step["Arguments"]["ProcessingOutputConfig"]["KmsKeyId"]
    found = {
        finding.rule
        for finding in check_definition(json.dumps(content), network=True)
        if finding.resource == "MonitorInput"
    }
    assert {"job-isolation", "job-traffic", "job-key", "job-network"} <= found
