"""Fill in a definition's default values for one environment; imports no SDK."""

import json
from collections.abc import Mapping


def with_defaults(definition: str, values: Mapping[str, str]) -> str:
    """The definition with ``values`` as DefaultValue of its parameters, so that it starts without any; deterministic.

    Raises:
        KeyError: a value for a parameter that the definition does not declare.
    """
    content = json.loads(definition)
    declared = {parameter["Name"]: parameter for parameter in content["Parameters"]}
    unknown = sorted(set(values) - set(declared))
    if unknown:
        raise KeyError(f"the definition declares no parameter {', '.join(unknown)}")
    for name, value in values.items():
        kind = declared[name]["Type"]
        declared[name]["DefaultValue"] = {"Integer": int, "Float": float}.get(kind, str)(value)
    return text(content)


def text(content: Mapping[str, object]) -> str:
    """Canonical JSON text of a definition."""
    return json.dumps(content, indent=1, sort_keys=True) + "\n"
