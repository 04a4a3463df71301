"""Expressions in definitions: Get, Std:Join, Std:JsonGet over property files."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlops.embedded.service import ServiceError

FUNCTIONS = {"Std:Join", "Std:JsonGet"}
EXECUTION = {
    "PipelineName",
    "PipelineArn",
    "PipelineExecutionId",
    "PipelineExecutionArn",
    "StartDateTime",
    "CurrentDateTime",
}
_PART = re.compile(r"\.?([A-Za-z_][\w-]*)|\[(\d+)\]|\[['\"]([^'\"]+)['\"]\]")
_STEP = re.compile(r"Steps\.([A-Za-z0-9_-]+)")

PropertyFile = Callable[[str, str], Any]  # (step, property file) -> its JSON


def is_expression(value: Any) -> bool:
    """Whether a JSON value is an expression rather than data."""
    return (
        isinstance(value, dict)
        and len(value) == 1
        and (next(iter(value)) == "Get" or next(iter(value)).startswith("Std:"))
    )


def references(value: Any) -> Iterator[str]:
    """Names of the steps that a value refers to."""
    if isinstance(value, dict):
        if is_expression(value) and isinstance(value.get("Get"), str):
            match = _STEP.match(value["Get"])
            if match:
                yield match.group(1)
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


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
        if name not in FUNCTIONS:
            yield f"not supported locally: function {name}"
        return
    kind, _, rest = str(argument).partition(".")
    head = (_PART.match(rest) or [""])[0]
    if kind == "Parameters" and rest not in parameters:
        yield f"{argument}: no such parameter"
    elif kind == "Execution" and rest not in EXECUTION:
        yield f"not supported locally: {argument}"
    elif kind == "Steps" and not _known_step(argument, steps):
        yield f"{argument}: no such step"
    elif kind not in {"Parameters", "Execution", "Steps"}:
        yield f"not supported locally: Get {argument} ({head})"


def _known_step(argument: str, steps: set[str]) -> bool:
    match = _STEP.match(argument)
    return match is not None and match.group(1) in steps


class Resolver:
    """Values of expressions within one execution."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        execution: Mapping[str, Any],
        properties: Callable[[str], Mapping[str, Any]],
        property_file: PropertyFile,
    ) -> None:
        self._parameters, self._execution = parameters, execution
        self._properties, self._property_file = properties, property_file

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
            return str(argument.get("On", "")).join(_text(self.resolve(item)) for item in argument["Values"])
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
        return walk(self._properties(step.group(1)), path[step.end() :], path)

    def _json_get(self, argument: Mapping[str, Any]) -> Any:
        source = argument["PropertyFile"]
        reference = source["Get"] if isinstance(source, dict) else source
        match = re.fullmatch(r"Steps\.([\w-]+)\.PropertyFiles\.([\w-]+)", reference)
        if match is None:
            raise ServiceError("ValidationException", f"{reference}: is no property file")
        path = self.resolve(argument["Path"])
        content = self._property_file(match.group(1), match.group(2))
        return walk(content, "." + path.removeprefix("$").lstrip("."), f"{reference} {path}")


def walk(value: Any, path: str, shown: str) -> Any:
    """Follow ``.name``, ``[0]`` and ``['key']``; lists of named items (outputs, channels) are also found by name."""
    position = 0
    while position < len(path):
        match = _PART.match(path, position)
        if match is None:
            raise ServiceError("ValidationException", f"{shown}: cannot be read at {path[position:]!r}")
        name, index, key = match.groups()
        value = _item(value, int(index) if index is not None else name or key, shown)
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
    try:
        return value[key]
    except (KeyError, IndexError, TypeError) as error:
        raise ServiceError("ValidationException", f"{shown}: there is no {key!r}") from error


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, bool | dict | list) else str(value)
