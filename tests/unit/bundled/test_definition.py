"""Definitions filled in for one environment."""

import json
from importlib.resources import files

import pytest

from mlops.bundled.definition import in_network, steps, text, with_defaults

DEFINITION = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Rows", "Type": "Integer"},
        {"Name": "Share", "Type": "Float"},
        {"Name": "Name", "Type": "String"},
    ],
    "Steps": [
        {"Name": "Clean", "Type": "Processing", "Arguments": {"NetworkConfig": {"EnableNetworkIsolation": True}}},
        {
            "Name": "Gate",
            "Type": "Condition",
            "Arguments": {
                "IfSteps": [{"Name": "Train", "Type": "Training", "Arguments": {}}],
                "ElseSteps": [{"Name": "Stop", "Type": "Fail", "Arguments": {}}],
            },
        },
    ],
}


def test_values_get_the_parameters_types() -> None:
    """Numbers come as texts from CloudFormation."""
    filled = json.loads(with_defaults(text(DEFINITION), {"Rows": "3", "Share": "0.5", "Name": "7"}))
    assert [item["DefaultValue"] for item in filled["Parameters"]] == [3, 0.5, "7"]


def test_value_of_no_parameter() -> None:
    """A misspelt one is refused; one for the other pipeline is left out where both share the values."""
    with pytest.raises(KeyError, match="Rosw"):
        with_defaults(text(DEFINITION), {"Rosw": "3"})
    assert with_defaults(text(DEFINITION), {"Rosw": "3"}, strict=False) == text(DEFINITION)


def test_every_job_is_in_the_network_those_in_branches_too() -> None:
    """Isolation stays, and steps that run no job are as they were."""
    placed = json.loads(in_network(text(DEFINITION), ["a", "b"], ["g"]))
    network = {"SecurityGroupIds": ["g"], "Subnets": ["a", "b"]}
    found = {step["Name"]: step["Arguments"] for step in steps(placed)}
    assert found["Clean"]["NetworkConfig"] == {"EnableNetworkIsolation": True, "VpcConfig": network}
    assert found["Train"] == {"VpcConfig": network}
    assert found["Stop"] == {}


def test_without_a_network_nothing_changes() -> None:
    """Byte for byte."""
    assert in_network(text(DEFINITION), [], []) == text(DEFINITION)


@pytest.mark.parametrize("name", ["training", "inference", "training-sagemaker", "inference-sagemaker"])
def test_placed_definitions_are_still_what_the_api_accepts(name: str) -> None:
    """The committed definitions in a network break no shape of the SageMaker API."""
    from pipelines.check import problems

    definition = files("pipelines.definitions").joinpath(f"{name}.json").read_text()
    assert problems(in_network(definition, ["subnet-0a", "subnet-0b"], ["sg-0a"])) == []
