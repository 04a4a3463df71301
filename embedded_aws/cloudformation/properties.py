"""Properties that the types of CloudFormation's registry have, nested ones included: an unknown one fails the resource, as on AWS.

``schemas.json`` holds the names only, for the types that templates of this platform use; a test compares it with cfn-lint's copy.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def schemas() -> dict[str, Any]:
    """Type -> {"properties": tree of names, "create_only": names, "required": names}."""
    text = files("embedded_aws.cloudformation").joinpath("schemas.json").read_text()
    return dict(json.loads(text))


def check(type_name: str, properties: Mapping[str, Any]) -> None:
    """Refuse unknown and missing properties of a type that ``schemas.json`` has.

    Raises:
        ValueError: names the property as CloudFormation does.
    """
    schema = schemas().get(type_name)
    if schema is None:
        return
    unknown = next(_unknown(schema["properties"], properties, ""), None)
    if unknown:
        raise ValueError(f"Encountered unsupported property {unknown}")
    missing = [name for name in schema["required"] if name not in properties]
    if missing:
        raise ValueError(f"Missing required property {missing[0]}")


def _unknown(known: Any, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _unknown(known, item, path)
    elif isinstance(known, dict) and isinstance(value, Mapping):
        for name, item in value.items():
            if name not in known:
                yield f"{path}{name}"
            else:
                yield from _unknown(known[name], item, f"{path}{name}.")
