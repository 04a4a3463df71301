"""Check a definition offline: every step's Arguments against the AWS API's own shapes, placeholders replaced by typed samples."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from embedded_aws.shapes import service_model, violations

_OPERATIONS = {
    "Processing": "CreateProcessingJob",
    "QualityCheck": "CreateProcessingJob",
    "ClarifyCheck": "CreateProcessingJob",
    "Training": "CreateTrainingJob",
    "Transform": "CreateTransformJob",
    "Model": "CreateModel",
    "RegisterModel": "CreateModelPackage",
    "Tuning": "CreateHyperParameterTuningJob",
}
# what Pipelines adds itself
_ADDED = {
    "CreateProcessingJob": {"ProcessingJobName": "sample"},
    "CreateTrainingJob": {"TrainingJobName": "sample"},
    "CreateTransformJob": {"TransformJobName": "sample"},
    "CreateModel": {"ModelName": "sample"},
    "CreateHyperParameterTuningJob": {"HyperParameterTuningJobName": "sample"},
}
_DESCRIBE = {
    "Processing": "DescribeProcessingJob",
    "Training": "DescribeTrainingJob",
    "Transform": "DescribeTransformJob",
    "Model": "DescribeModel",
    "RegisterModel": "DescribeModelPackage",
}
_TYPES: dict[str, Any] = {"String": "sample", "Integer": 1, "Float": 0.5, "Boolean": True}
_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9_]){0,63}")
_EXECUTION = {
    "PipelineName": "sample",
    "PipelineArn": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/sample",
    "PipelineExecutionId": "abcdefghijkl",
    "PipelineExecutionArn": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/sample/execution/abcdefghijkl",
    "StartDateTime": "2026-01-01T00:00:00Z",
    "CurrentDateTime": "2026-01-01T00:00:00Z",
}


def problems(definition: str) -> list[str]:
    """What AWS would refuse in the definition; empty where nothing was found."""
    content = json.loads(definition)
    return list(_Check(content).run())


class _Check:
    def __init__(self, content: Mapping[str, Any]) -> None:
        self._parameters = {item["Name"]: item for item in content.get("Parameters", [])}
        self._steps = dict(_flatten(content["Steps"]))
        self._all = [name for name, _ in _flatten(content["Steps"])]

    def run(self) -> Iterator[str]:
        for name in sorted({name for name in self._all if self._all.count(name) > 1}):
            yield f"step {name}: defined twice"
        for name, step in self._steps.items():
            if not _NAME.fullmatch(name):
                yield f"step {name}: the name must have 1 to 64 letters, digits, '_' and inner '-'"
            for other in step.get("DependsOn", []):
                if other not in self._steps:
                    yield f"step {name}: depends on {other}, which is no step"
            operation = _OPERATIONS.get(step["Type"])
            yield from (f"step {name}: {problem}" for problem in self._request(step, operation))

    def _request(self, step: Mapping[str, Any], operation: str | None) -> Iterator[str]:
        found: list[str] = []
        arguments = {
            key: value for key, value in step.get("Arguments", {}).items() if key not in {"IfSteps", "ElseSteps"}
        }
        resolved = self._resolve(arguments, found)
        self._resolve(step.get("FunctionArn", ""), found)
        yield from found
        if operation is not None:
            shape = service_model("sagemaker").operation_model(operation).input_shape
            yield from violations(shape, {**_ADDED.get(operation, {}), **resolved}, operation)

    def _resolve(self, value: Any, found: list[str]) -> Any:
        if isinstance(value, list):
            return [self._resolve(item, found) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Get":
                return self._get(argument, found)
            if name == "Std:Join":
                parts = [str(self._resolve(item, found)) for item in argument["Values"]]
                return argument.get("On", "").join(parts)
            if name == "Std:JsonGet":
                return self._json_get(argument, found)
        return {key: self._resolve(item, found) for key, item in value.items()}

    def _get(self, path: str, found: list[str]) -> Any:
        kind, _, rest = path.partition(".")
        if kind == "Parameters" and rest in self._parameters:
            return _sample_parameter(self._parameters[rest])
        if kind == "Execution" and rest in _EXECUTION:
            return _EXECUTION[rest]
        if kind == "Steps":
            return self._property(path, rest, found)
        found.append(f"{path}: refers to nothing that exists")
        return "sample"

    def _property(self, path: str, rest: str, found: list[str]) -> Any:
        name, _, members = rest.partition(".")
        step = self._steps.get(name)
        if step is None:
            found.append(f"{path}: refers to nothing that exists")
            return "sample"
        if step["Type"] == "Lambda":
            outputs = {item["OutputName"] for item in step.get("OutputParameters", [])}
            wanted = re.fullmatch(r"OutputParameters\['(.+)'\]", members)
            if wanted is None or wanted.group(1) not in outputs:
                found.append(f"{path}: the function step has no such output")
            return _sample_text(wanted.group(1) if wanted else "")
        operation = _DESCRIBE.get(step["Type"])
        if operation is None:
            return "sample"
        shape = service_model("sagemaker").operation_model(operation).output_shape
        return _walk(shape, members, path, found)

    def _json_get(self, argument: Mapping[str, Any], found: list[str]) -> Any:
        if "S3Uri" in argument:
            self._resolve(argument["S3Uri"], found)
            return 0.5
        reference = argument["PropertyFile"]["Get"]
        match = re.fullmatch(r"Steps\.([\w-]+)\.PropertyFiles\.([\w-]+)", reference)
        files = self._steps.get(match.group(1), {}).get("PropertyFiles", []) if match else []
        if not match or match.group(2) not in {item["PropertyFileName"] for item in files}:
            found.append(f"{reference}: no such property file")
        return 0.5


def _flatten(steps: list[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for step in steps:
        yield step["Name"], step
        if step["Type"] == "Condition":
            yield from _flatten([*step["Arguments"].get("IfSteps", []), *step["Arguments"].get("ElseSteps", [])])


def _sample_parameter(parameter: Mapping[str, Any]) -> Any:
    if "DefaultValue" in parameter:
        return parameter["DefaultValue"]
    return _sample_text(parameter["Name"]) if parameter["Type"] == "String" else _TYPES[parameter["Type"]]


def _sample_text(name: str) -> str:
    """A text of the kind that the name promises."""
    lower = name.lower()
    if "package" in lower and "arn" in lower:
        return "arn:aws:sagemaker:us-east-1:111122223333:model-package/sample/1"
    if "rolearn" in lower:
        return "arn:aws:iam::111122223333:role/sample"
    if "image" in lower:
        return "111122223333.dkr.ecr.us-east-1.amazonaws.com/sample:1"
    return "s3://sample-bucket/sample" if lower.endswith("uri") else "sample"


def _walk(shape: Any, path: str, shown: str, found: list[str]) -> Any:
    """A value of the type at ``path`` of a Describe* answer."""
    for name, index in re.findall(r"([A-Za-z]\w*)|\[([^\]]+)\]", path):
        if name and shape.type_name == "structure" and name in shape.members:
            shape = shape.members[name]
        elif index and shape.type_name == "list":
            shape = shape.member
        elif index and shape.type_name == "map":
            shape = shape.value
        else:
            found.append(f"{shown}: there is no {name or index}")
            return "sample"
    if shape.type_name == "string":
        return "s3://sample-bucket/sample" if "s3" in path.lower() else "sample"
    return {"integer": 1, "long": 1, "float": 0.5, "double": 0.5, "boolean": True}.get(shape.type_name, "sample")
