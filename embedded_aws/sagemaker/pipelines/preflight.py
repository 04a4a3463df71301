"""What can be known before the first step runs: images, instances and arguments that this machine would refuse later."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from embedded_aws.sagemaker.jobs.limits import UNKNOWN, unsupported
from embedded_aws.sagemaker.pipelines.definition import JOB_STEPS, NOT_HERE, Definition, Step, refusal
from embedded_aws.sagemaker.pipelines.expressions import is_expression
from embedded_aws.service import ServiceError

_IMAGES = {  # step type -> where its arguments name images; "*" is every item of a list
    "Processing": (("AppSpecification", "ImageUri"),),
    "QualityCheck": (("AppSpecification", "ImageUri"),),
    "Training": (("AlgorithmSpecification", "TrainingImage"),),
    "Model": (("PrimaryContainer", "Image"), ("Containers", "*", "Image")),
    "RegisterModel": (("InferenceSpecification", "Containers", "*", "Image"),),
}


def refuse_unsupported(
    definition: Definition, known: Mapping[str, Any], check_image: Callable[[str], object] | None = None
) -> None:
    """Look at every step with what is known of its arguments: ``known`` maps ``Parameters.X`` and the like to values.

    Raises:
        ServiceError: names every step and what of it cannot run here.
    """
    problems = not_here(definition, known, check_image)
    if problems:
        raise refusal(problems)


def not_here(
    definition: Definition, known: Mapping[str, Any], check_image: Callable[[str], object] | None = None
) -> list[str]:
    """The same, as a list."""
    return [
        f"step {step.name}: {problem}"
        for step in definition.steps.values()
        if not step.broken and isinstance(step.body.get("Arguments"), Mapping)
        for problem in _problems(step, _partly(step.body["Arguments"], known), check_image)
    ]


def _problems(step: Step, arguments: Any, check_image: Callable[[str], object] | None) -> Iterator[str]:
    if step.type in JOB_STEPS:
        yield from (f"{NOT_HERE}: {item}" for item in unsupported(JOB_STEPS[step.type], arguments))
    if step.type == "Model" and "Direct" in _at(arguments, ("InferenceExecutionConfig", "Mode")):
        yield f"{NOT_HERE}: InferenceExecutionConfig Mode Direct (containers are run in series)"
    if check_image is None:
        return
    for uri in dict.fromkeys(uri for path in _IMAGES.get(step.type, ()) for uri in _at(arguments, path)):
        try:
            check_image(uri)
        except ServiceError as error:
            yield error.message


def _at(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Texts at a path, as far as they are known."""
    if not path:
        if isinstance(value, str):
            yield value
    elif path[0] == "*":
        for item in value if isinstance(value, list) else ():
            yield from _at(item, path[1:])
    elif isinstance(value, Mapping):
        yield from _at(value.get(path[0]), path[1:])


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
        return known.get(argument, UNKNOWN) if isinstance(argument, str) else UNKNOWN
    if name == "Std:Join" and isinstance(argument, dict) and isinstance(argument.get("Values"), list):
        parts = [_partly(item, known) for item in argument["Values"]]
        return UNKNOWN if UNKNOWN in parts else str(argument.get("On", "")).join(str(part) for part in parts)
    return UNKNOWN
