"""What the steps of a definition offer to others: the type at a property path, by the API's Describe* output shapes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from embedded_aws.sagemaker.pipelines.definition import Definition, Step
from embedded_aws.sagemaker.pipelines.expressions import PART
from embedded_aws.shapes import Shape, service_model

ANY = "anything"  # a value whose type shows at run time only
_DESCRIBE = {
    "Processing": "DescribeProcessingJob",
    "Training": "DescribeTrainingJob",
    "Transform": "DescribeTransformJob",
    "Model": "DescribeModel",
    "RegisterModel": "DescribeModelPackage",
}
_BASELINES = {
    "CalculatedBaselineConstraints",
    "CalculatedBaselineStatistics",
    "BaselineUsedForDriftCheckConstraints",
    "BaselineUsedForDriftCheckStatistics",
}
_OWN = {"Condition": {"Outcome"}, "QualityCheck": _BASELINES}  # no job's description
_STEP = re.compile(r"Steps\.([A-Za-z0-9_-]+)")
_OUTPUT = re.compile(r"\.OutputParameters\[(?:'([^']+)'|\"([^\"]+)\")\]")
_NAMES = ("OutputName", "ChannelName", "InputName", "MetricName")
_TYPES = {
    "string": "String",
    "integer": "Integer",
    "long": "Integer",
    "float": "Float",
    "double": "Float",
    "boolean": "Boolean",
}


class NoProperty(Exception):
    """There is nothing at the path; the message says what is missing."""


def parameter_type(definition: Definition, name: str) -> str:
    """String, Integer, Float or Boolean; ``ANY`` for a parameter that does not exist (said elsewhere)."""
    return str(definition.parameters.get(name, {}).get("Type", ANY))


def property_type(definition: Definition, path: str) -> str:
    """The type at ``Steps.X...``: String, Integer, Float, Boolean, or ``ANY``.

    Raises:
        NoProperty: the step offers nothing at that path.
    """
    match = _STEP.match(path)
    step = definition.steps.get(match.group(1)) if match else None
    if match is None or step is None:
        return ANY  # an unknown step is said elsewhere
    rest = path[match.end() :]
    if not rest:
        raise NoProperty("a property of the step must be named")
    if step.type in {"Lambda", "Callback"}:
        return _output(step, rest)
    if step.type in _OWN:
        if rest.removeprefix(".") not in _OWN[step.type]:
            raise NoProperty(f"a {step.type} step has no property {rest.removeprefix('.')}")
        return "String"
    operation = _DESCRIBE.get(step.type)
    if operation is None:
        return ANY
    shape = service_model("sagemaker").operation_model(operation).output_shape
    return _TYPES.get(_at(shape, rest, step.body.get("Arguments"), operation).type_name, ANY)


def _output(step: Step, rest: str) -> str:
    match = _OUTPUT.fullmatch(rest)
    name = (match.group(1) or match.group(2)) if match else ""
    for item in step.body.get("OutputParameters") or []:
        if isinstance(item, Mapping) and item.get("OutputName") == name:
            return str(item.get("OutputType", ANY))
    raise NoProperty(f"the step has no such output parameter: {name or rest.removeprefix('.')}")


def _at(shape: Shape, path: str, given: Any, operation: str) -> Shape:
    """The shape at a path; ``given`` are the step's arguments, whose lists say which names there are."""
    for name in _parts(path):
        if shape.type_name == "structure" and name in shape.members:
            shape, given = shape.members[name], given.get(name) if isinstance(given, Mapping) else None
        elif shape.type_name == "list":
            _require_named(name, given)
            shape, given = shape.member, None
        elif shape.type_name == "map":
            shape, given = shape.value, None
        else:
            raise NoProperty(f"there is no {name} ({operation} does not answer it)")
    return shape


def _parts(path: str) -> Iterator[str]:
    position = 0
    while position < len(path):
        match = PART.match(path, position)
        if match is None:
            raise NoProperty(f"cannot be read at {path[position:]!r}")
        yield next(part for part in match.groups() if part is not None)
        position = match.end()


def _require_named(name: str, given: Any) -> None:
    """Where the step's own arguments name all items of a list, the name has to be one of them."""
    if name.isdigit() or not isinstance(given, list):
        return
    found = [next((item[key] for key in _NAMES if key in item), None) for item in given if isinstance(item, Mapping)]
    names = [item for item in found if isinstance(item, str)]
    if names and names == found and name not in names:
        raise NoProperty(f"there is no {name} (the step has {', '.join(names)})")
