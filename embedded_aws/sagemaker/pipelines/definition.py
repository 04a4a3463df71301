"""A pipeline definition parsed into steps with their dependencies, refused as a whole where anything is not supported."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from embedded_aws.sagemaker.pipelines.expressions import check_value, property_files, references
from embedded_aws.sagemaker.pipelines.quality import DATA_QUALITY
from embedded_aws.service import ServiceError

SCHEMA_VERSION = "2020-12-01"
NOT_HERE = "not supported locally"  # how a problem begins that is this machine's, not AWS's
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
    broken: bool = False  # it cannot be told what its arguments should be


@dataclass(frozen=True)
class Definition:
    """Parameters by name and steps by name, in the order in which they are written."""

    parameters: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, Step]


@dataclass(frozen=True)
class Reading:
    """A definition as far as it can be read, and everything that is wrong with its structure or not supported locally."""

    content: Mapping[str, Any]
    definition: Definition
    problems: list[str]


def parse(text: str) -> Definition:
    """Parse and check a definition's structure.

    Raises:
        ServiceError: ValidationException with all that is wrong or not supported locally, each with its step.
    """
    reading = read(text)
    if reading.problems:
        raise refusal(reading.problems)
    return reading.definition


def read(text: str) -> Reading:
    """Read a definition to its end, whatever is wrong on the way.

    Raises:
        ServiceError: it is no JSON, of no known version, or has no list of steps.
    """
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise _refusal(f"the definition is no JSON: {error}") from error
    if not isinstance(raw, dict) or raw.get("Version") != SCHEMA_VERSION:
        raise _refusal(f"Version must be {SCHEMA_VERSION}")
    if not isinstance(raw.get("Steps"), list) or not raw["Steps"]:
        raise _refusal("Steps must be a list of at least one step")
    problems: list[str] = []
    parameters = _parameters(raw.get("Parameters") or [], problems)
    flat = list(_flatten(raw["Steps"], None, problems))
    names = [step.name for step in flat]
    problems += [f"step {name} is defined twice" for name in sorted({name for name in names if names.count(name) > 1})]
    known = {step.name: step for step in flat}
    steps = {step.name: _linked(step, known, parameters, problems) for step in flat}
    problems += _circles(steps)
    return Reading(raw, Definition(parameters, steps), problems)


def refusal(problems: Sequence[str]) -> ServiceError:
    """All problems in one error."""
    shown = "; ".join(problems)
    return _refusal(shown if len(problems) == 1 else f"{len(problems)} problems in the definition: {shown}")


def _parameters(raw: Any, problems: list[str]) -> dict[str, Mapping[str, Any]]:
    """Those that have a name and a known type."""
    if not isinstance(raw, list) or not all(
        isinstance(item, dict) and isinstance(item.get("Name"), str) for item in raw
    ):
        problems.append("Parameters must be a list of objects with Name and Type")
        return {}
    found = {}
    for item in raw:
        if item["Name"] in found:
            problems.append(f"parameter {item['Name']} is defined twice")
        if item.get("Type") not in _TYPES:
            problems.append(f"parameter {item['Name']}: Type must be one of {', '.join(_TYPES)}")
        found[item["Name"]] = item
    return found


def bind(definition: Definition, given: Mapping[str, str], *, partly: bool = False) -> dict[str, Any]:
    """Parameter values of one execution: what was given, else the default, in the parameter's type.

    ``partly`` leaves out those that have neither.

    Raises:
        ServiceError: an unknown parameter, a missing value, or one outside its type or enum.
    """
    unknown = sorted(set(given) - set(definition.parameters))
    if unknown:
        raise _refusal(f"Unknown parameters: {', '.join(unknown)}")
    values = {}
    for name, parameter in definition.parameters.items():
        if name not in given and "DefaultValue" not in parameter:
            if partly:
                continue
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


def _flatten(steps: Any, branch: tuple[str, bool] | None, problems: list[str]) -> Iterator[Step]:
    """Every step that can be told by name and type; what cannot, or is wrong, is added to ``problems``."""
    if not isinstance(steps, list) or not all(isinstance(body, dict) for body in steps):
        problems.append("steps must be a list of objects")
        return
    for body in steps:
        name, kind = str(body.get("Name", "")), str(body.get("Type", ""))
        if not _NAME.fullmatch(name):
            problems.append(f"step {name}: the name must have 1 to 64 letters, digits, '_' and inner '-'")
        found = [*_type_problems(name, kind), *_body_problems(name, kind, body)]
        problems.extend(found)
        yield Step(name, kind, body, branch, broken=bool(found))
        if kind == "Condition" and isinstance(body.get("Arguments"), dict):
            yield from _flatten(body["Arguments"].get("IfSteps") or [], (name, True), problems)
            yield from _flatten(body["Arguments"].get("ElseSteps") or [], (name, False), problems)


def _type_problems(name: str, kind: str) -> Iterator[str]:
    if kind not in SUPPORTED:
        shown = kind or "a step without Type"
        yield f"{NOT_HERE}: {shown}, step {name} (supported: {', '.join(sorted(SUPPORTED))})"


def _body_problems(name: str, kind: str, body: Mapping[str, Any]) -> Iterator[str]:
    if kind == "Lambda":
        if "FunctionArn" not in body:
            yield f"step {name}: FunctionArn is missing"
    elif not isinstance(body.get("Arguments"), dict):
        yield f"step {name}: Arguments are missing"
    elif kind == "Condition":
        conditions = body["Arguments"].get("Conditions")
        if not isinstance(conditions, list) or not conditions:
            yield f"step {name}: Conditions must be a list of at least one condition"
        for condition in conditions if isinstance(conditions, list) else []:
            yield from _condition_problems(name, condition)
    if kind == "QualityCheck" and body.get("CheckType", DATA_QUALITY) != DATA_QUALITY:
        yield f"{NOT_HERE}: CheckType {body['CheckType']}, step {name} (supported: {DATA_QUALITY})"


def _condition_problems(name: str, condition: Any) -> Iterator[str]:
    kind = condition.get("Type") if isinstance(condition, dict) else condition
    if not isinstance(kind, str) or kind not in CONDITIONS:
        yield f"{NOT_HERE}: condition {kind}, step {name}"
        return
    yield from (f"step {name}: condition {kind} needs {it}" for it in CONDITIONS[kind] if it not in condition)
    yield from (f"step {name}: condition {kind} has no member {it}" for it in condition if it not in _members(kind))
    inner = condition.get("Conditions", []) if kind == "Or" else []
    for item in [*(inner if isinstance(inner, list) else [inner]), *([condition.get("Expression")] * (kind == "Not"))]:
        yield from _condition_problems(name, item)


def _members(kind: str) -> set[str]:
    return {"Type", *CONDITIONS[kind]}


def _linked(step: Step, steps: Mapping[str, Step], parameters: Mapping[str, Any], problems: list[str]) -> Step:
    """The step with what it needs: DependsOn, references, and the condition whose branch it stands in."""
    own = dict(step.body)
    if step.type == "Condition":
        given = step.body.get("Arguments")
        own["Arguments"] = {"Conditions": given.get("Conditions") if isinstance(given, dict) else None}
    found = [f"step {step.name}: {problem}" for problem in check_value(own, set(steps), set(parameters))]
    depends = own.get("DependsOn") or []
    if not isinstance(depends, list):
        found.append(f"step {step.name}: DependsOn must be a list")
        depends = []
    awaited = {_step_of(item) for item in depends}
    needs = set(references(own)) | awaited
    missing = sorted(awaited - set(steps))
    if missing:
        found.append(f"step {step.name} depends on unknown steps: {', '.join(missing)}")
    found += _run_conditions(step.name, depends)
    needs &= set(steps)
    for other, file in property_files(own):
        offered = steps[other].body.get("PropertyFiles") if other in steps else None
        if file not in _named(offered, "PropertyFileName"):
            found.append(f"step {step.name}: step {other} has no property file {file}")
    if step.branch:
        needs.add(step.branch[0])
    if step.name in needs:
        found.append(f"step {step.name} depends on itself")
    problems.extend(found)
    return replace(step, needs=frozenset(needs - {step.name}))


def _named(items: Any, member: str) -> set[Any]:
    return {item.get(member) for item in items if isinstance(item, dict)} if isinstance(items, list) else set()


def _run_conditions(name: str, depends: Sequence[Any]) -> Iterator[str]:
    """DependsOn with a trigger other than success, which the newest SDKs can write."""
    for item in depends:
        if isinstance(item, dict) and "Trigger" in item:
            yield f"{NOT_HERE}: DependsOn with Trigger {item['Trigger']}, step {name}"


def _step_of(item: Any) -> str:
    """DependsOn entries are step names, ``Steps.NAME`` references, or names with a trigger."""
    text = str((item.get("Get") or item.get("Step") or "") if isinstance(item, dict) else item)
    return text.removeprefix("Steps.")


def _circles(steps: Mapping[str, Step]) -> Iterator[str]:
    done: set[str] = set()
    waiting = dict(steps)
    while waiting:
        ready = [name for name, step in waiting.items() if step.needs <= done]
        if not ready:
            yield f"steps depend on each other in a circle: {', '.join(sorted(waiting))}"
            return
        done.update(ready)
        for name in ready:
            del waiting[name]


def _refusal(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)
