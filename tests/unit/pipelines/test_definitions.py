"""The golden definitions: valid against the AWS API, byte-equal to a fresh render; planted faults are found."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.sagemaker.pipelines.definition import parse
from embedded_aws.sagemaker.pipelines.preflight import refuse_unsupported
from pipelines.check import problems

_ROOT = Path(__file__).parents[3]
_FOLDER = _ROOT / "pipelines" / "definitions"
_GOLDEN = sorted(_FOLDER.glob("*.json"))
Definition = dict[str, Any]
_RENDER = """
import pathlib
from pipelines.__main__ import rendered_definitions
for name, rendered in rendered_definitions().items():
    pathlib.Path(name).write_text(rendered)
"""


@pytest.fixture
def training() -> Definition:
    """The training definition, to plant faults in."""
    return dict(json.loads((_FOLDER / "training.json").read_text()))


@pytest.mark.parametrize("file", _GOLDEN, ids=[file.stem for file in _GOLDEN])
def test_golden_definitions_are_valid(file: Path) -> None:
    """The offline check finds nothing, and the local executor accepts every step."""
    assert problems(file.read_text()) == []
    refuse_unsupported(parse(file.read_text()), {})


def test_golden_definitions_equal_a_fresh_render(tmp_path: Path) -> None:
    """Rendering again, in another process, working folder and environment, gives the committed bytes."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "-c", _RENDER], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120
    )
    rendered = {file.name: file.read_bytes() for file in tmp_path.glob("*.json")}
    assert rendered == {file.name: file.read_bytes() for file in _GOLDEN}


def _step(definition: Definition, kind: str) -> dict[str, Any]:
    return next(step for step in definition["Steps"] if step["Type"] == kind)


def _branch(definition: Definition, kind: str) -> dict[str, Any]:
    arguments = _step(definition, "Condition")["Arguments"]
    return next(step for step in [*arguments["IfSteps"], *arguments["ElseSteps"]] if step["Type"] == kind)


def _wrong_type(definition: Definition) -> None:
    _step(definition, "Processing")["Arguments"]["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = "1"


def _unknown_member(definition: Definition) -> None:
    _step(definition, "Training")["Arguments"]["HyperParametres"] = {}


def _unknown_deep_member(definition: Definition) -> None:
    _step(definition, "Processing")["Arguments"]["NetworkConfig"]["EnableNetwork"] = True


def _enum(definition: Definition) -> None:
    _step(definition, "Training")["Arguments"]["AlgorithmSpecification"]["TrainingInputMode"] = "Files"


def _pattern(definition: Definition) -> None:
    _step(definition, "Training")["Arguments"]["RoleArn"] = "no role"


def _required(definition: Definition) -> None:
    del _step(definition, "Training")["Arguments"]["OutputDataConfig"]


def _range(definition: Definition) -> None:
    _step(definition, "Training")["Arguments"]["StoppingCondition"]["MaxRuntimeInSeconds"] = 0


def _length(definition: Definition) -> None:
    _step(definition, "Processing")["Arguments"]["AppSpecification"]["ContainerEntrypoint"] = ["x" * 257]


def _long_name(definition: Definition) -> None:
    definition["Steps"][0]["Name"] = "n" * 65


def _twice(definition: Definition) -> None:
    definition["Steps"].append(definition["Steps"][0])


def _parameter(definition: Definition) -> None:
    _step(definition, "Training")["Arguments"]["RoleArn"] = {"Get": "Parameters.ExecutionRoleArm"}


def _execution(definition: Definition) -> None:
    _step(definition, "Training")["Arguments"]["RoleArn"] = {"Get": "Execution.Id"}


def _property(definition: Definition) -> None:
    name = _step(definition, "Training")["Name"]
    _branch(definition, "RegisterModel")["Arguments"]["ModelPackageDescription"] = {
        "Get": f"Steps.{name}.ModelArtefacts.S3ModelArtifacts"
    }


def _no_step(definition: Definition) -> None:
    _step(definition, "Training")["DependsOn"] = ["Nobody"]


def _no_property_file(definition: Definition) -> None:
    for step in definition["Steps"]:
        step.pop("PropertyFiles", None)


def _branch_fault(definition: Definition) -> None:
    del _branch(definition, "RegisterModel")["Arguments"]["InferenceSpecification"]["Containers"]


_FAULTS: list[tuple[Callable[[Definition], None], str]] = [
    (_wrong_type, "ClusterConfig.InstanceCount: must be integer, is str"),
    (_unknown_member, "unknown member CreateTrainingJob.HyperParametres"),
    (_unknown_deep_member, "unknown member CreateProcessingJob.NetworkConfig.EnableNetwork"),
    (_enum, "TrainingInputMode: 'Files' is not one of"),
    (_pattern, "RoleArn: 'no role' does not match the pattern"),
    (_required, "missing required member CreateTrainingJob.OutputDataConfig"),
    (_range, "MaxRuntimeInSeconds: 0 is outside [1, ]"),
    (_length, "ContainerEntrypoint[0]: length 257 is outside [0, 256]"),
    (_long_name, "the name must have 1 to 64 letters"),
    (_twice, "defined twice"),
    (_parameter, "Parameters.ExecutionRoleArm: no such parameter"),
    (_execution, "Execution.Id: no such execution variable"),
    (_property, "there is no ModelArtefacts"),
    (_no_step, "depends on unknown steps: Nobody"),
    (_no_property_file, "has no property file"),
    (_branch_fault, "missing required member CreateModelPackage.InferenceSpecification.Containers"),
]


@pytest.mark.parametrize(("plant", "found"), _FAULTS, ids=[plant.__name__.strip("_") for plant, _ in _FAULTS])
def test_planted_faults_are_found(training: Definition, plant: Callable[[Definition], None], found: str) -> None:
    """Each fault is reported once it is there, with its step."""
    assert problems(json.dumps(training)) == []
    plant(training)
    reported = problems(json.dumps(training))
    assert any(found in item for item in reported), reported
    assert all(item.startswith("step ") for item in reported)
