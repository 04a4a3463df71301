"""A finding, and how rules look at a template."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Template = Mapping[str, Any]
Properties = Mapping[str, Any]


class Finding(NamedTuple):
    """A resource that breaks a rule."""

    rule: str
    resource: str  # logical id
    message: str


def resources(template: Template, *types: str) -> Iterator[tuple[str, Properties]]:
    """(logical id, properties) of the resources of these types; of all without types."""
    for logical_id, resource in template.get("Resources", {}).items():
        if not types or resource["Type"] in types:
            yield logical_id, resource.get("Properties", {})


def statements(document: Any) -> Iterator[Mapping[str, Any]]:
    """Statements of a policy document."""
    found = document.get("Statement", []) if isinstance(document, Mapping) else []
    yield from [found] if isinstance(found, Mapping) else found


def listed(value: Any) -> list[Any]:
    """A list, whether one value or several were written."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A value with intrinsic functions as one readable text: Ref and GetAtt as ``${...}``."""
    if isinstance(value, Mapping) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref":
            return f"${{{argument}}}"
        if name == "Fn::GetAtt":
            return f"${{{argument if isinstance(argument, str) else '.'.join(argument)}}}"
        if name == "Fn::Sub":
            return str(argument if isinstance(argument, str) else argument[0])
        if name == "Fn::Join":
            return str(argument[0]).join(text(item) for item in argument[1])
        if name == "Fn::ImportValue":
            return f"${{import:{text(argument)}}}"
        if name == "Fn::If":
            return "|".join(text(item) for item in argument[1:])
    return str(value)
