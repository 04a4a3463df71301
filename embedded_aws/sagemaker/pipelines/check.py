"""Everything that is wrong with a definition, at once and without anything running: what AWS refuses, and what cannot run here."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from embedded_aws.gateway import is_s3
from embedded_aws.sagemaker.pipelines.definition import JOB_STEPS, NOT_HERE, Definition, Step, bind, read
from embedded_aws.sagemaker.pipelines.expressions import is_expression
from embedded_aws.sagemaker.pipelines.members import step_problems, top_problems
from embedded_aws.sagemaker.pipelines.preflight import not_here
from embedded_aws.sagemaker.pipelines.properties import ANY, NoProperty, parameter_type, property_type
from embedded_aws.service import ServiceError
from embedded_aws.shapes import Shape, service_model, violations

CheckImage = Callable[[str], object]  # raises ServiceError where this machine has no environment for the image
_OPERATIONS = {step: f"Create{kind}" for step, kind in JOB_STEPS.items()} | {
    "ClarifyCheck": "CreateProcessingJob",
    "Model": "CreateModel",
    "RegisterModel": "CreateModelPackage",
    "Tuning": "CreateHyperParameterTuningJob",
}
_OFFERED = ("RoleArn", "ExecutionRoleArn", "ExperimentConfig")  # to every step, by Pipelines itself
_NAMES = {"Model": "ModelName", "Tuning": "HyperParameterTuningJobName"} | {
    step: f"{kind}Name" for step, kind in (*JOB_STEPS.items(), ("ClarifyCheck", "ProcessingJob"))
}
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/.+")
# shape -> what may be assigned to it
_ACCEPTS = {
    "string": {"String"},
    "integer": {"Integer"},
    "long": {"Integer"},
    "float": {"Float", "Integer"},
    "double": {"Float", "Integer"},
    "boolean": {"Boolean"},
    "structure": set[str](),
    "list": set[str](),
    "map": set[str](),
}


@dataclass(frozen=True)
class Report:
    """``steps``: name -> (type, what becomes of it here). ``problems``: all, those that are this machine's own included."""

    steps: Mapping[str, tuple[str, str]]
    problems: list[str]

    @property
    def aws_problems(self) -> list[str]:
        """Those that AWS has, too."""
        return [problem for problem in self.problems if NOT_HERE not in problem]


def report(text: str, check_image: CheckImage | None = None, given: Mapping[str, str] | None = None) -> Report:
    """Look through a definition; with ``check_image`` also for images that this machine has no environment for.

    ``given`` are parameters of an execution: with them (there may be none) the steps are judged by the parameters' values.
    """
    try:
        reading = read(text)
    except ServiceError as error:
        return Report({}, [error.message])
    definition = reading.definition
    known: dict[str, Any] = {}
    if given is not None and not reading.problems:
        try:
            known = {f"Parameters.{name}": value for name, value in bind(definition, given, partly=True).items()}
        except ServiceError as error:
            reading.problems.append(error.message)
    found = [*reading.problems, *top_problems(reading.content, definition.parameters)]
    for step in definition.steps.values():
        found += [f"step {step.name}: {problem}" for problem in _step_problems(step, definition)]
    found += not_here(definition, known, check_image)
    problems = list(dict.fromkeys(found))
    return Report({step.name: (step.type, _fate(step, problems)) for step in definition.steps.values()}, problems)


def _fate(step: Step, problems: Sequence[str]) -> str:
    if step.broken or any(problem.startswith(f"step {step.name}: ") for problem in problems):
        return "refused"
    return "stands in: an analyzer of this machine's for Model Monitor's" if step.type == "QualityCheck" else "runs"


def _step_problems(step: Step, definition: Definition) -> Iterator[str]:
    yield from step_problems(step.type, step.body)
    own = {key: value for key, value in step.body.items() if key != "DependsOn"}
    if step.type == "Condition" and isinstance(own.get("Arguments"), Mapping):
        own["Arguments"] = {"Conditions": own["Arguments"].get("Conditions")}
    yield from _paths(own, definition)
    operation = _OPERATIONS.get(step.type)
    if operation is not None and isinstance(step.body.get("Arguments"), Mapping):
        yield from _request(step, operation, definition)


def _paths(value: Any, definition: Definition) -> Iterator[str]:
    """Property paths that lead to nothing, wherever they stand."""
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _paths(item, definition)
    path = value.get("Get") if isinstance(value, Mapping) and is_expression(value) else None
    if isinstance(path, str) and path.startswith("Steps.") and ".PropertyFiles." not in path:
        try:
            property_type(definition, path)
        except NoProperty as error:
            yield f"{path}: {error}"


def _request(step: Step, operation: str, definition: Definition) -> Iterator[str]:
    """The arguments against the API's own input shape, expressions by their types."""
    shape = service_model("sagemaker").operation_model(operation).input_shape
    arguments = dict(step.body["Arguments"])
    for name in _OFFERED:
        if name not in shape.members:
            arguments.pop(name, None)
        elif name in shape.required_members:
            arguments.setdefault(name, "arn:aws:iam::111122223333:role/pipeline")
    if step.type in _NAMES:
        arguments.setdefault(_NAMES[step.type], "name-of-the-execution")

    def stand_in(inner: Shape, value: Any, path: str) -> Iterator[str] | None:
        return _stand_in(inner, value, path, definition)

    yield from violations(shape, arguments, operation, stand_in)
    if step.type in {"Model", "RegisterModel"}:
        yield from (problem for container in _containers(step) for problem in _registry(container))


def _stand_in(shape: Shape, value: Any, path: str, definition: Definition) -> Iterator[str] | None:
    if is_expression(value):
        return _assigned(shape, value, path, definition)
    if shape.type_name == "string" and isinstance(value, str) and value.startswith("https://") and _wants_s3(shape):
        return iter(() if is_s3(value) else (f"{path}: {value!r} is not an S3 URI",))
    return None


def _wants_s3(shape: Shape) -> bool:
    return "(https|s3)" in str(shape.metadata.get("pattern", ""))


def _assigned(shape: Shape, value: Mapping[str, Any], path: str, definition: Definition) -> Iterator[str]:
    """In AWS's words where what an expression gives is not of the type that stands there."""
    name, argument = next(iter(value.items()))
    kind = ANY
    if name == "Std:Join":
        kind = "String"
    elif name == "Get" and isinstance(argument, str):
        kind = _type_of(argument, definition)
    if kind != ANY and kind not in _ACCEPTS.get(shape.type_name, {kind}):
        wanted = shape.type_name.capitalize()
        yield f"{path}: Cannot assign property reference [{argument if name == 'Get' else name}] to argument of type [{wanted}]"


def _type_of(path: str, definition: Definition) -> str:
    owner, _, rest = path.partition(".")
    if owner == "Parameters":
        return parameter_type(definition, rest)
    if owner == "Execution":
        return "String"
    try:
        return property_type(definition, path) if owner == "Steps" else ANY
    except NoProperty:
        return ANY  # said by itself


def _containers(step: Step) -> list[Mapping[str, Any]]:
    """The containers that a Model or RegisterModel step names, as far as they are written out."""
    owner = step.body["Arguments"]
    if step.type == "RegisterModel":
        owner = owner.get("InferenceSpecification")
    if not isinstance(owner, Mapping):
        return []
    several = owner.get("Containers")
    found = [*(several if isinstance(several, list) else []), owner.get("PrimaryContainer")]
    return [item for item in found if isinstance(item, Mapping)]


def _registry(container: Mapping[str, Any]) -> Iterator[str]:
    """SageMaker takes a model's image from ECR, or through the VPC where its ImageConfig says so."""
    image, access = container.get("Image"), container.get("ImageConfig") or {}
    through_vpc = isinstance(access, Mapping) and access.get("RepositoryAccessMode") == "Vpc"
    if isinstance(image, str) and not _ECR.fullmatch(image) and not through_vpc:
        yield f'Using non-ECR image "{image}" without Vpc repository access mode is not supported.'
