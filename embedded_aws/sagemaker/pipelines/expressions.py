"""Expressions in definitions: Get, Std:Join, Std:JsonGet over property files."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from embedded_aws.service import ServiceError

_MEMBERS = {"Std:Join": {"Values"}, "Std:JsonGet": {"Path"}}
FUNCTIONS = set(_MEMBERS)
EXECUTION = {
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
}
_EXECUTION_ELSEWHERE = {"TrainingJobName", "ProcessingJobName"}
PART = re.compile(r"\.?([\w-]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
_FILE = re.compile(r"Steps\.([\w-]+)\.PropertyFiles\.([\w-]+)")
_STEP = re.compile(r"Steps\.([A-Za-z0-9_-]+)")


class Sources(Protocol):
    """Where the values of one execution come from."""

    def properties(self, step: str) -> Mapping[str, Any]:
        """What the step's Describe* call answered."""

    def property_file(self, step: str, name: str) -> Any:
        """JSON of a property file."""

    def document(self, uri: str) -> Any:
        """JSON of an S3 object."""


def is_expression(value: Any) -> bool:
    """Whether a JSON value is an expression rather than data."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and (next(iter(value)) == "Get" or next(iter(value)).startswith("Std:"))
    )


def references(value: Any) -> Iterator[str]:
    """Names of the steps that a value refers to."""
    yield from (step for step, _ in property_files(value))
    yield from _got(value)


def _got(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if is_expression(value) and isinstance(value.get("Get"), str):
            match = _STEP.match(value["Get"])
            if match:
                yield match.group(1)
        for item in value.values():
            yield from _got(item)
    elif isinstance(value, list):
        for item in value:
            yield from _got(item)


def property_files(value: Any) -> Iterator[tuple[str, str]]:
    """(step, property file) of every Std:JsonGet in a value."""
    if isinstance(value, dict):
        argument = value.get("Std:JsonGet")
        source = argument.get("PropertyFile") if isinstance(argument, dict) else None
        match = _FILE.fullmatch(str(source.get("Get") if isinstance(source, dict) else source))
        if match:
            yield match.group(1), match.group(2)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from property_files(item)


def check_value(value: Any, steps: set[str], parameters: set[str]) -> Iterator[str]:
    """What is wrong or not supported in the expressions of a value."""
    if isinstance(value, list):
        for item in value:
            yield from check_value(item, steps, parameters)
    elif isinstance(value, dict):
        if is_expression(value):
            yield from _check_expression(value, steps, parameters)
        for item in value.values():
            yield from check_value(item, steps, parameters)


def _check_expression(value: Mapping[str, Any], steps: set[str], parameters: set[str]) -> Iterator[str]:
    name, argument = next(iter(value.items()))
    if name != "Get":
        yield from _check_function(name, argument)
        return
    kind, _, rest = str(argument).partition(".")
    if kind == "Parameters" and rest not in parameters:
        yield f"{argument}: no such parameter"
    elif kind == "Execution" and rest in _EXECUTION_ELSEWHERE:
        yield f"not supported locally: {argument}"
    elif kind == "Execution" and rest not in EXECUTION:
        yield f"{argument}: no such execution variable"
    elif kind == "Steps" and not _known_step(argument, steps):
        yield f"{argument}: no such step"
    elif kind not in {"Parameters", "Execution", "Steps"}:
        yield f"not supported locally: Get {argument}"


def _check_function(name: str, argument: Any) -> Iterator[str]:
    if name not in FUNCTIONS:
        yield f"not supported locally: function {name}"
    elif not isinstance(argument, dict) or not _MEMBERS[name] <= set(argument):
        yield f"{name}: needs {', '.join(sorted(_MEMBERS[name]))}"
    elif name == "Std:Join" and not isinstance(argument["Values"], list):
        yield f"{name}: Values must be a list"
    elif name == "Std:JsonGet" and len({"PropertyFile", "S3Uri"} & set(argument)) != 1:
        yield f"{name}: needs either PropertyFile or S3Uri"
    elif name == "Std:JsonGet" and "PropertyFile" in argument and not list(property_files({name: argument})):
        yield f"{name}: PropertyFile must be Steps.STEP.PropertyFiles.NAME"


def _known_step(argument: str, steps: set[str]) -> bool:
    match = _STEP.match(argument)
    return match is not None and match.group(1) in steps


class Resolver:
    """Values of expressions within one execution."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        execution: Mapping[str, Any],
        sources: Sources,
    ) -> None:
        self._parameters, self._execution, self._sources = parameters, execution, sources

    def resolve(self, value: Any) -> Any:
        """The value with every expression in it replaced.

        Raises:
            ServiceError: a property or path that does not exist.
        """
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if not is_expression(value):
            return {key: self.resolve(item) for key, item in value.items()}
        name, argument = next(iter(value.items()))
        if name == "Get":
            return self._get(argument)
        if name == "Std:Join":
            return str(argument.get("On", "")).join(text(self.resolve(item)) for item in argument["Values"])
        return self._json_get(argument)

    def _get(self, path: str) -> Any:
        kind, _, rest = path.partition(".")
        if kind == "Parameters":
            return self._parameters[rest]
        if kind == "Execution":
            return self._execution[rest]
        step = _STEP.match(path)
        if step is None:
            raise ServiceError("ValidationException", f"{path}: not supported locally")
        return walk(self._sources.properties(step.group(1)), path[step.end() :], path)

    def _json_get(self, argument: Mapping[str, Any]) -> Any:
        path = str(self.resolve(argument["Path"])).removeprefix("$")
        if "S3Uri" in argument:
            uri = str(self.resolve(argument["S3Uri"]))
            return walk(self._sources.document(uri), path, f"{uri} {path}")
        source = argument["PropertyFile"]
        reference = source["Get"] if isinstance(source, dict) else source
        match = _FILE.fullmatch(str(reference))
        if match is None:
            raise ServiceError("ValidationException", f"{reference}: is no property file")
        return walk(self._sources.property_file(match.group(1), match.group(2)), path, f"{reference} {path}")


def walk(value: Any, path: str, shown: str) -> Any:
    """Follow ``.name``, ``[0]`` and ``['key']``; lists of named items (outputs, channels) are also found by name."""
    position = 0
    while position < len(path):
        match = PART.match(path, position)
        if match is None:
            raise ServiceError("ValidationException", f"{shown}: cannot be read at {path[position:]!r}")
        name, index, *keys = match.groups()
        value = _item(value, int(index) if index is not None else name or keys[0] or keys[1], shown)
        position = match.end()
    return value


def _item(value: Any, key: str | int, shown: str) -> Any:
    if isinstance(value, list) and isinstance(key, str):
        named = [
            item
            for item in value
            if isinstance(item, dict)
            and key in (item.get("OutputName"), item.get("ChannelName"), item.get("InputName"), item.get("MetricName"))
        ]
        if named:
            return named[0]
        key = int(key) if key.isdigit() else key  # matrix.0.1, as the SDK's documentation writes it
    try:
        return value[key]
    except (KeyError, IndexError, TypeError) as error:
        raise ServiceError("ValidationException", f"{shown}: there is no {key!r}") from error


def text(value: Any) -> str:
    """A value as text: true and false as JSON has them."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)
