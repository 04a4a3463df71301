"""AWS API shapes as botocore ships them: check values against them, and fit values to them."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any

Shape = Any  # botocore.model.Shape; botocore has no types
# (shape, value, path) -> what is wrong with a value that stands for one of the shape; None where it is an ordinary value
StandIn = Callable[[Shape, Any, str], Iterator[str] | None]

_NUMBERS = {"integer": int, "long": int, "float": (int, float), "double": (int, float)}


@cache
def service_model(service: str) -> Any:
    """botocore's model of a service, without making a client."""
    import botocore.session

    return botocore.session.get_session().get_service_model(service)


def violations(shape: Shape, value: Any, path: str = "", stand_in: StandIn | None = None) -> Iterator[str]:
    """What in ``value`` breaks ``shape``: types, required members, unknown members, enums, patterns, lengths, ranges.

    ``stand_in`` judges values that are no values of the shape themselves, such as the expressions of a pipeline's definition.
    """
    judged = None if stand_in is None else stand_in(shape, value, path)
    kind = shape.type_name
    if judged is not None:
        yield from judged
    elif kind == "structure":
        yield from _structure(shape, value, path, stand_in)
    elif kind == "list":
        yield from _list(shape, value, path, stand_in)
    elif kind == "map":
        yield from _map(shape, value, path, stand_in)
    elif kind in _NUMBERS:
        yield from _number(shape, value, path)
    elif kind == "string":
        yield from _string(shape, value, path)
    elif kind == "boolean" and not isinstance(value, bool):
        yield _wrong_type(path, "boolean", value)
    elif kind == "timestamp" and not isinstance(value, int | float | str | datetime):
        yield _wrong_type(path, "timestamp", value)


def fit(shape: Shape, value: Any, *, keep_unknown: bool = False) -> Any:
    """``value`` with numbers made text where the shape wants text, and without members that the shape does not know."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        known = {
            key: fit(shape.members[key], item, keep_unknown=keep_unknown)
            for key, item in value.items()
            if key in shape.members
        }
        return {**value, **known} if keep_unknown else known
    if kind == "list" and isinstance(value, list):
        return [fit(shape.member, item, keep_unknown=keep_unknown) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {key: fit(shape.value, item, keep_unknown=keep_unknown) for key, item in value.items()}
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return value


def _structure(shape: Shape, value: Any, path: str, stand_in: StandIn | None) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _wrong_type(path, "structure", value)
        return
    for name in shape.required_members:
        if name not in value:
            yield f"missing required member {_join(path, name)}"
    for name, item in value.items():
        if name not in shape.members:
            yield f"unknown member {_join(path, name)}; must be one of: {', '.join(shape.members)}"
        elif item is not None:
            yield from violations(shape.members[name], item, _join(path, name), stand_in)


def _list(shape: Shape, value: Any, path: str, stand_in: StandIn | None) -> Iterator[str]:
    if not isinstance(value, list | tuple):
        yield _wrong_type(path, "list", value)
        return
    yield from _length(shape, len(value), path)
    for index, item in enumerate(value):
        yield from violations(shape.member, item, f"{path}[{index}]", stand_in)


def _map(shape: Shape, value: Any, path: str, stand_in: StandIn | None) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _wrong_type(path, "map", value)
        return
    yield from _length(shape, len(value), path)
    for key, item in value.items():
        yield from violations(shape.key, key, f"{path} (key {key})")
        yield from violations(shape.value, item, f"{path}[{key!r}]", stand_in)


def _number(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, _NUMBERS[shape.type_name]):  # type: ignore[arg-type]
        yield _wrong_type(path, shape.type_name, value)
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and value < low) or (high is not None and value > high):
        yield f"{path}: {value} is outside {_range(low, high)}"


def _string(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _wrong_type(path, "string", value)
        return
    yield from _length(shape, len(value), path)
    allowed = getattr(shape, "enum", [])
    if allowed and value not in allowed:
        yield f"{path}: {value!r} is not one of [{', '.join(allowed)}]"
    pattern = _compiled(shape.metadata.get("pattern", ""))
    if pattern and not pattern.fullmatch(value):
        yield f"{path}: {value!r} does not match the pattern {pattern.pattern}"


def _length(shape: Shape, length: int, path: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if (low is not None and length < low) or (high is not None and length > high):
        yield f"{path}: length {length} is outside {_range(low, high)}"


@cache
def _compiled(pattern: str) -> "re.Pattern[str] | None":
    """The pattern, or None where it uses what only Java's regular expressions know."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error:
        return None


def _range(low: Any, high: Any) -> str:
    return f"[{'' if low is None else low}, {'' if high is None else high}]"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _wrong_type(path: str, wanted: str, value: Any) -> str:
    return f"{path or 'value'}: must be {wanted}, is {type(value).__name__}"
