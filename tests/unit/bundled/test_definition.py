"""Definitions filled in for one environment."""

import json
from importlib.resources import files

import pytest

from mlops.bundled.definition import in_network, steps, text, with_constants

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


def test_constants_take_the_place_of_their_parameters() -> None:
    """Whatever refers to one has its value, of the parameter's type, at any depth; choices and hyper-parameters stay."""
    content = {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Rows", "Type": "Integer"},
            {"Name": "Share", "Type": "Float", "DefaultValue": 0.5},
            {"Name": "Name", "Type": "String"},
            {"Name": "Depth", "Type": "String", "DefaultValue": "4"},
            {"Name": "Data", "Type": "String"},
        ],
        "Steps": [
            {
                "Name": "Gate",
                "Type": "Condition",
                "Arguments": {
                    "Conditions": [{"RightValue": {"Get": "Parameters.Share"}}],
                    "IfSteps": [
                        {
                            "Name": "Train",
                            "Type": "Training",
                            "Arguments": {
                                "HyperParameters": {"depth": {"Get": "Parameters.Depth"}},
                                "Rows": {"Get": "Parameters.Rows"},
                                "Uri": {"Std:Join": {"On": "/", "Values": [{"Get": "Parameters.Name"}, "x"]}},
                                "Data": {"Get": "Parameters.Data"},
                                "Other": {"Get": "Steps.Gate.Outcome"},
                            },
                        }
                    ],
                },
            }
        ],
    }
    filled = json.loads(with_constants(text(content), {"Rows": "3", "Name": "n"}, ["Data"]))
    assert [item["Name"] for item in filled["Parameters"]] == ["Depth", "Data"]
    gate = filled["Steps"][0]["Arguments"]
    assert gate["Conditions"] == [{"RightValue": 0.5}]
    assert gate["IfSteps"][0]["Arguments"] == {
        "HyperParameters": {"depth": {"Get": "Parameters.Depth"}},
        "Rows": 3,
        "Uri": {"Std:Join": {"On": "/", "Values": ["n", "x"]}},
        "Data": {"Get": "Parameters.Data"},
        "Other": {"Get": "Steps.Gate.Outcome"},
    }


def test_a_constant_without_a_value_is_refused() -> None:
    """By name: the definition would otherwise ask whoever starts it."""
    with pytest.raises(ValueError, match="no value for Name, Share, which a start cannot choose"):
        with_constants(text(DEFINITION), {"Rows": "3"}, [])


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
