"""What can be known before the first step runs: members, images, instances and arguments that would fail later."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from embedded_aws.sagemaker.jobs.limits import UNKNOWN, unsupported
from embedded_aws.sagemaker.pipelines.definition import JOB_STEPS, Definition, Step
from embedded_aws.sagemaker.pipelines.expressions import is_expression
from embedded_aws.service import ServiceError
from embedded_aws.shapes import service_model

_OPERATIONS = {step: f"Create{kind}" for step, kind in JOB_STEPS.items()} | {
    "Model": "CreateModel",
    "RegisterModel": "CreateModelPackage",
}
_PIPELINES_OWN = {"RoleArn", "ExecutionRoleArn", "ExperimentConfig"}  # offered or taken out by Pipelines itself
_IMAGES = {
    "ProcessingJob": ("AppSpecification", "ImageUri"),
    "TrainingJob": ("AlgorithmSpecification", "TrainingImage"),
}


def refuse_unsupported(
    definition: Definition, known: Mapping[str, Any], check_image: Callable[[str], None] | None = None
) -> None:
    """Look at every step with what is known of its arguments: ``known`` maps ``Parameters.X`` and the like to values.

    Raises:
        ServiceError: names the step and the member that is unknown to the API or not supported here.
    """
    for step in definition.steps.values():
        operation = _OPERATIONS.get(step.type)
        if operation is None:
            continue
        arguments = _partly(step.body["Arguments"], known)
        problems = [*_unknown_members(operation, arguments), *_limits(step, arguments)]
        if problems:
            raise ServiceError("ValidationException", f"step {step.name}: {'; '.join(problems[:5])}")
        if check_image is not None:
            _check_image(step, arguments, check_image)


def _limits(step: Step, arguments: Mapping[str, Any]) -> Iterator[str]:
    if step.type in JOB_STEPS:
        yield from (f"not supported locally: {item}" for item in unsupported(JOB_STEPS[step.type], arguments))


def _check_image(step: Step, arguments: Mapping[str, Any], check_image: Callable[[str], None]) -> None:
    outer, inner = _IMAGES.get(JOB_STEPS.get(step.type, ""), ("", ""))
    owner = arguments.get(outer)
    uri = owner.get(inner) if isinstance(owner, Mapping) else None
    if not isinstance(uri, str):
        return
    try:
        check_image(uri)
    except ServiceError as error:
        raise ServiceError(error.code, f"step {step.name}: {error.message}") from error


def _partly(value: Any, known: Mapping[str, Any]) -> Any:
    """The value with expressions replaced where their value is known, else by ``UNKNOWN``."""
    if isinstance(value, list):
        return [_partly(item, known) for item in value]
    if not isinstance(value, dict):
        return value
    if not is_expression(value):
        return {key: _partly(item, known) for key, item in value.items()}
    name, argument = next(iter(value.items()))
    if name == "Get":
        return known.get(argument, UNKNOWN)
    if name == "Std:Join":
        parts = [_partly(item, known) for item in argument["Values"]]
        return UNKNOWN if UNKNOWN in parts else str(argument.get("On", "")).join(str(part) for part in parts)
    return UNKNOWN


def _unknown_members(operation: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    yield from _strangers(service_model("sagemaker").operation_model(operation).input_shape, arguments, operation)


def _strangers(shape: Any, value: Any, path: str) -> Iterator[str]:
    """Members that the API does not know, at any depth (the API itself checks the values when the step runs)."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for name, item in value.items():
            if name not in shape.members and name not in _PIPELINES_OWN:
                yield f"{path} has no member {name}"
            elif name in shape.members:
                yield from _strangers(shape.members[name], item, f"{path}.{name}")
    elif shape.type_name == "list" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strangers(shape.member, item, f"{path}[{index}]")
