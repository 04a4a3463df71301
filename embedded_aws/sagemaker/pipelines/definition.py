"""A pipeline definition parsed into steps with their dependencies, refused as a whole where anything is not supported."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.sagemaker.pipelines.expressions import check_value, property_files, references
from embedded_aws.sagemaker.pipelines.quality import DATA_QUALITY
from embedded_aws.service import ServiceError

SCHEMA_VERSION = "2020-12-01"
JOB_STEPS = {
    "Processing": "ProcessingJob",
    "Training": "TrainingJob",
    "Transform": "TransformJob",
    "QualityCheck": "ProcessingJob",
}
SUPPORTED = {*JOB_STEPS, "Model", "RegisterModel", "Condition", "Fail", "Lambda"}
_COMPARISONS = ("Equals", "GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo")
CONDITIONS = {  # type -> members that it needs
    **dict.fromkeys(_COMPARISONS, ("LeftValue", "RightValue")),
    "In": ("QueryValue", "Values"),
    "Not": ("Expression",),
    "Or": ("Conditions",),
}
_NAME = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9_]){0,63}")
_TYPES = ("String", "Integer", "Float", "Boolean")


@dataclass(frozen=True)
class Step:
    """A step; ``branch`` is (condition step, outcome) where it stands in a branch."""

    name: str
    type: str
    body: Mapping[str, Any]
    branch: tuple[str, bool] | None = None
    needs: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Definition:
    """Parameters by name and steps by name, in the order in which they are written."""

    parameters: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, Step]


def parse(text: str) -> Definition:
    """Parse and check a definition.

    Raises:
        ServiceError: ValidationException that names the step and what is wrong or not supported locally.
    """
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise _refusal(f"the definition is no JSON: {error}") from error
    if not isinstance(raw, dict) or raw.get("Version") != SCHEMA_VERSION:
        raise _refusal(f"Version must be {SCHEMA_VERSION}")
    if not isinstance(raw.get("Steps"), list) or not raw["Steps"]:
        raise _refusal("Steps must be a list of at least one step")
    parameters = _parameters(raw.get("Parameters", []))
    flat = list(_flatten(raw["Steps"], None))
    names = [step.name for step in flat]
    for name in sorted({name for name in names if names.count(name) > 1}):
        raise _refusal(f"step {name} is defined twice")
    known = {step.name: step for step in flat}
    steps = {step.name: _linked(step, known, parameters) for step in flat}
    _refuse_cycles(steps)
    return Definition(parameters, steps)


def _parameters(raw: Any) -> dict[str, Mapping[str, Any]]:
    if not isinstance(raw, list) or not all(
        isinstance(item, dict) and isinstance(item.get("Name"), str) for item in raw
    ):
        raise _refusal("Parameters must be a list of objects with Name and Type")
    for item in raw:
        if item.get("Type") not in _TYPES:
            raise _refusal(f"parameter {item['Name']}: Type must be one of {', '.join(_TYPES)}")
    return {item["Name"]: item for item in raw}


def bind(definition: Definition, given: Mapping[str, str]) -> dict[str, Any]:
    """Parameter values of one execution: what was given, else the default, in the parameter's type.

    Raises:
        ServiceError: an unknown parameter, a missing value, or one outside its type or enum.
    """
    unknown = sorted(set(given) - set(definition.parameters))
    if unknown:
        raise _refusal(f"Unknown parameters: {', '.join(unknown)}")
    values = {}
    for name, parameter in definition.parameters.items():
        if name not in given and "DefaultValue" not in parameter:
            raise _refusal(f"Parameter {name} has no default: a value must be given")
        value = _typed(name, parameter["Type"], given.get(name, parameter.get("DefaultValue")))
        if "EnumValues" in parameter and value not in parameter["EnumValues"]:
            raise _refusal(f"Parameter {name}: {value!r} is not one of {parameter['EnumValues']}")
        values[name] = value
    return values


def _typed(name: str, kind: str, value: Any) -> Any:
    try:
        if kind == "Integer":
            return int(value)
        if kind == "Float":
            return float(value)
    except (TypeError, ValueError) as error:
        raise _refusal(f"Parameter {name}: {value!r} is no {kind}") from error
    if kind == "Boolean" and not isinstance(value, bool):
        if str(value).lower() not in {"true", "false"}:
            raise _refusal(f"Parameter {name}: {value!r} is no Boolean")
        return str(value).lower() == "true"
    return value


def _flatten(steps: Any, branch: tuple[str, bool] | None) -> Iterator[Step]:
    if not isinstance(steps, list) or not all(isinstance(body, dict) for body in steps):
        raise _refusal("steps must be a list of objects")
    for body in steps:
        name, kind = str(body.get("Name", "")), str(body.get("Type", ""))
        if not _NAME.fullmatch(name):
            raise _refusal(f"step name {name!r}: 1 to 64 letters, digits, '_' and inner '-'")
        if kind not in SUPPORTED:
            raise _refusal(
                f"not supported locally: {kind or 'a step without Type'}, step {name} (supported: {', '.join(sorted(SUPPORTED))})"
            )
        _check_body(name, kind, body)
        yield Step(name, kind, body, branch)
        if kind == "Condition":
            yield from _flatten(body["Arguments"].get("IfSteps") or [], (name, True))
            yield from _flatten(body["Arguments"].get("ElseSteps") or [], (name, False))


def _check_body(name: str, kind: str, body: Mapping[str, Any]) -> None:
    if kind == "Lambda":
        if "FunctionArn" not in body:
            raise _refusal(f"step {name}: FunctionArn is missing")
    elif not isinstance(body.get("Arguments"), dict):
        raise _refusal(f"step {name}: Arguments are missing")
    if kind == "Condition":
        conditions = body["Arguments"].get("Conditions")
        if not isinstance(conditions, list) or not conditions:
            raise _refusal(f"step {name}: Conditions must be a list of at least one condition")
        for condition in conditions:
            _check_condition(name, condition)
    if kind == "QualityCheck" and body.get("CheckType", DATA_QUALITY) != DATA_QUALITY:
        raise _refusal(f"not supported locally: CheckType {body['CheckType']}, step {name} (supported: {DATA_QUALITY})")


def _check_condition(name: str, condition: Any) -> None:
    kind = condition.get("Type") if isinstance(condition, dict) else condition
    if kind not in CONDITIONS:
        raise _refusal(f"not supported locally: condition {kind}, step {name}")
    for member in CONDITIONS[kind]:
        if member not in condition:
            raise _refusal(f"step {name}: condition {kind} needs {member}")
    for inner in condition.get("Conditions", []) + ([condition["Expression"]] if kind == "Not" else []):
        _check_condition(name, inner)


def _linked(step: Step, steps: Mapping[str, Step], parameters: Mapping[str, Any]) -> Step:
    """The step with what it needs: DependsOn, references, and the condition whose branch it stands in."""
    own = dict(step.body)
    if step.type == "Condition":
        own["Arguments"] = {"Conditions": own["Arguments"]["Conditions"]}
    for problem in check_value(own, set(steps), set(parameters)):
        raise _refusal(f"step {step.name}: {problem}")
    needs = set(references(own)) | {_step_of(item) for item in own.get("DependsOn") or []}
    missing = sorted(needs - set(steps))
    if missing:
        raise _refusal(f"step {step.name} depends on unknown steps: {', '.join(missing)}")
    for other, file in property_files(own):
        if file not in {item.get("PropertyFileName") for item in steps[other].body.get("PropertyFiles") or []}:
            raise _refusal(f"step {step.name}: step {other} has no property file {file}")
    if step.branch:
        needs.add(step.branch[0])
    if step.name in needs:
        raise _refusal(f"step {step.name} depends on itself")
    return Step(step.name, step.type, step.body, step.branch, frozenset(needs))


def _step_of(item: Any) -> str:
    """DependsOn entries are step names (or ``Steps.NAME`` references)."""
    text = item if isinstance(item, str) else str(item.get("Get", ""))
    return text.removeprefix("Steps.")


def _refuse_cycles(steps: Mapping[str, Step]) -> None:
    done: set[str] = set()
    waiting = dict(steps)
    while waiting:
        ready = [name for name, step in waiting.items() if step.needs <= done]
        if not ready:
            raise _refusal(f"steps depend on each other in a circle: {', '.join(sorted(waiting))}")
        done.update(ready)
        for name in ready:
            del waiting[name]


def _refusal(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
