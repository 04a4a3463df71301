"""Parameters that CloudFormation refuses and MiniStack takes, or refuses in other words."""

from collections.abc import Callable, Mapping
from typing import Any

Given = list[dict[str, Any]]


def declared(known: Callable[..., Any]) -> Callable[..., Any]:
    """The values of a template's parameters: none that it does not declare, one for each that has no default."""

    def resolve(template: Mapping[str, Any], given: Given, previous: Mapping[str, Any] | None = None) -> Any:
        wanted = template.get("Parameters") or {}
        unknown = [item["Key"] for item in given if item["Key"] not in wanted]
        if unknown:
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        values = {item["Key"]: item for item in given}
        missing = [
            name for name, it in wanted.items() if "Default" not in it and not _has(values.get(name), previous, name)
        ]
        if missing:
            raise ValueError(f"Parameters: [{', '.join(missing)}] must have values")
        for name, it in wanted.items():
            _allowed(name, it, values.get(name))
        return known(template, given, previous)

    return resolve


def _has(item: Mapping[str, Any] | None, previous: Mapping[str, Any] | None, name: str) -> bool:
    return item is not None and (not item.get("UsePreviousValue") or name in (previous or {}))


def _allowed(name: str, defined: Mapping[str, Any], item: Mapping[str, Any] | None) -> None:
    if item is None or item.get("UsePreviousValue"):
        return
    choices, value = [str(it) for it in defined.get("AllowedValues", [])], str(item.get("Value", ""))
    if choices and value not in choices:
        reason = defined.get("ConstraintDescription", f"must be one of [{', '.join(choices)}]")
        raise ValueError(f"Parameter '{name}' {reason}")
    if defined.get("Type") == "Number" and not _number(value):
        raise ValueError(f"Parameter '{name}' must be a number.")


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
