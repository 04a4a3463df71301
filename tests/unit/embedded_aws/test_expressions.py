"""Expressions of definitions: Get, Std:Join, Std:JsonGet, and paths into properties."""

from collections.abc import Mapping
from typing import Any

import pytest

from embedded_aws.sagemaker.pipelines.conditions import holds
from embedded_aws.sagemaker.pipelines.expressions import Resolver, check_value, property_files, references, walk
from embedded_aws.service import ServiceError

_PROPERTIES = {
    "Make": {
        "ProcessingOutputConfig": {
            "Outputs": [{"OutputName": "a"}, {"OutputName": "data", "S3Output": {"S3Uri": "s3://b/x"}}]
        },
        "FinalMetricDataList": [{"MetricName": "auc", "Value": 0.9}],
        "OutputParameters": {"my key": 7},
    }
}
_FILES = {("Make", "Report"): {"metrics": {"a-b": [1, {"deep": True}], "0": "zero"}}}


class _Sources:
    """Fixed properties and files."""

    def properties(self, step: str) -> Mapping[str, Any]:
        return _PROPERTIES[step]

    def property_file(self, step: str, name: str) -> Any:
        return _FILES[step, name]

    def document(self, uri: str) -> Any:
        return {"s3://b/x/r.json": [{"v": 3}]}[uri]


_RESOLVER = Resolver({"P": 5, "F": 0.5, "B": True, "S": "text"}, {"PipelineName": "pipe"}, _Sources())


def _file(path: Any) -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Make.PropertyFiles.Report"}, "Path": path}}


def _join(on: str, *values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Get": "Parameters.P"}, 5),
        ({"Get": "Execution.PipelineName"}, "pipe"),
        ({"Get": "Steps.Make.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri"}, "s3://b/x"),
        ({"Get": "Steps.Make.ProcessingOutputConfig.Outputs[1].OutputName"}, "data"),
        ({"Get": "Steps.Make.FinalMetricDataList['auc'].Value"}, 0.9),
        ({"Get": "Steps.Make.OutputParameters['my key']"}, 7),
        (_file("metrics.a-b[0]"), 1),
        (_file("$.metrics['a-b'][1].deep"), True),
        (_file("metrics.a-b.1.deep"), True),
        (_file("metrics.0"), "zero"),
        (_file(_join(".", "metrics", "0")), "zero"),
        ({"Std:JsonGet": {"S3Uri": _join("/", "s3://b/x", "r.json"), "Path": "[0].v"}}, 3),
        (
            _join("/", "s3://b", {"Get": "Parameters.P"}, {"Get": "Parameters.F"}, {"Get": "Parameters.B"}),
            "s3://b/5/0.5/true",
        ),
        (_join("", "a", _join("-", "b", "c")), "ab-c"),
        ({"deep": [{"Get": "Parameters.S"}, {"Gets": "no expression"}]}, {"deep": ["text", {"Gets": "no expression"}]}),
    ],
)
def test_resolve(value: Any, expected: Any) -> None:
    """Each form gives the value that it stands for, in its own type."""
    assert _RESOLVER.resolve(value) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"Get": "Steps.Make.Nothing"}, "there is no 'Nothing'"),
        (_file("metrics.a-b[5]"), "there is no 5"),
        (_file("metrics..x"), "cannot be read at '..x'"),
        (_file("metrics.0.deeper"), "there is no 'deeper'"),
    ],
)
def test_missing_values(value: Any, message: str) -> None:
    """A path that leads nowhere is an error that shows the path."""
    with pytest.raises(ServiceError) as raised:
        _RESOLVER.resolve(value)
    assert message in raised.value.message


def test_references_are_found_anywhere() -> None:
    """Steps are found in Get, in property files and inside joins."""
    value = {"a": [_join("/", {"Get": "Steps.One.X"})], "b": _file("x"), "c": {"Get": "Parameters.Steps"}}
    assert set(references(value)) == {"One", "Make"}
    assert list(property_files(value)) == [("Make", "Report")]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"Get": "Parameters.Q"}, "Parameters.Q: no such parameter"),
        ({"Get": "Steps.Other.X"}, "Steps.Other.X: no such step"),
        ({"Get": "Execution.TrainingJobName"}, "not supported locally: Execution.TrainingJobName"),
        ({"Get": "Loop.Item"}, "not supported locally: Get Loop.Item"),
        ({"Std:Upper": "x"}, "not supported locally: function Std:Upper"),
        ({"Std:Join": {"On": "/"}}, "Std:Join: needs Values"),
        ({"Std:JsonGet": {"Path": "x"}}, "Std:JsonGet: needs either PropertyFile or S3Uri"),
    ],
)
def test_check(value: Any, problem: str) -> None:
    """What cannot be resolved here is named before anything runs."""
    assert list(check_value({"deep": [value]}, {"Make"}, {"P"})) == [problem]


def _compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (_compare("Equals", {"Get": "Parameters.P"}, 5), True),
        (_compare("Equals", "a", "b"), False),
        (_compare("GreaterThan", 1, 1), False),
        (_compare("GreaterThanOrEqualTo", 1, 1), True),
        (_compare("LessThan", 0.5, 1), True),
        (_compare("LessThanOrEqualTo", 1, 0), False),
        ({"Type": "In", "QueryValue": "b", "Values": ["a", "b"]}, True),
        ({"Type": "In", "QueryValue": "c", "Values": ["a", "b"]}, False),
        ({"Type": "Not", "Expression": _compare("Equals", 1, 1)}, False),
        ({"Type": "Or", "Conditions": [_compare("Equals", 1, 2), _compare("Equals", 1, 1)]}, True),
        ({"Type": "Or", "Conditions": [_compare("Equals", 1, 2)]}, False),
    ],
)
def test_conditions(condition: Any, expected: bool) -> None:
    """Every condition type."""
    assert holds(condition, _RESOLVER.resolve) is expected


def test_incomparable_values() -> None:
    """Text and number cannot be ordered: refused with both values."""
    with pytest.raises(ServiceError, match="'a' and 1 cannot be compared"):
        holds(_compare("LessThan", "a", 1), _RESOLVER.resolve)


def test_walk_prefers_names_in_lists() -> None:
    """A list of named items is indexed by name, any list by number."""
    assert walk([{"ChannelName": "train", "v": 1}], "['train'].v", "x") == 1
    assert walk([[10, 11]], "[0][1]", "x") == 11
