"""CloudFormation property values as the request members of the service behind the type."""

from collections.abc import Mapping
from typing import Any

Shape = Any  # botocore.model.Shape

_NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


def to_request(shape: Shape, value: Any, path: str = "") -> Any:
    """``value`` with members spelt as ``shape`` spells them and texts as the types that it wants.

    Raises:
        ValueError: a property that the service does not know.
    """
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return _structure(shape, value, path)
    if kind == "list" and isinstance(value, list):
        return [to_request(shape.member, item, f"{path}[{index}]") for index, item in enumerate(value)]
    if kind == "map" and isinstance(value, Mapping):
        return {key: to_request(shape.value, item, f"{path}.{key}") for key, item in value.items()}
    return _scalar(kind, value)


def _structure(shape: Shape, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    spelt = {name.casefold(): name for name in shape.members}
    found = {}
    for name, item in value.items():
        member = spelt.get(name.casefold())
        if member is None:
            raise ValueError(f"Encountered unsupported property {f'{path}.{name}'.lstrip('.')}")
        found[member] = to_request(shape.members[member], item, f"{path}.{name}")
    return found


def _scalar(kind: str, value: Any) -> Any:
    if kind == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if kind in _NUMBERS and isinstance(value, str):
        return _NUMBERS[kind](value)
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    if kind == "string" and isinstance(value, int | float):
        return str(value)
    return value
