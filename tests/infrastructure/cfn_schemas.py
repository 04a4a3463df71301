"""CloudFormation's registry schemas from cfn-lint's copy (MIT-0 licence): ``python -m tests.infrastructure.cfn_schemas`` writes them.

One line a type, of every type that the embedded AWS makes: what a value may be, and which permissions its handlers list.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint.data.schemas as provider_schemas

from embedded_aws.cloudformation.registry import FILE

ASSEMBLY = Path(__file__).parents[2] / "mlops" / "platform" / "assembled"
_FOLDER = Path(provider_schemas.__file__).parent
_OF_A_TYPE = ("createOnlyProperties", "readOnlyProperties", "primaryIdentifier")
_OF_A_VALUE = (  # keywords of JSON Schema that CloudFormation's own validator knows; cfn-lint adds further ones, which are not kept
    "$ref additionalProperties allOf anyOf const enum items maxItems maxLength maximum minItems minLength minimum oneOf pattern"
    " patternProperties properties required type uniqueItems"
)
_NAMED = {"properties", "patternProperties", "definitions"}  # their keys are names, not keywords
# classes of characters that Python's expressions write otherwise; the first two a little wider
_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s", r"\p{Alnum}": "a-zA-Z0-9"}


def wanted_types() -> list[str]:
    """Types that MiniStack or we provision and CloudFormation's registry has."""
    from ministack.services.cloudformation import provisioners

    files = [json.loads(path.read_text()) for path in sorted(ASSEMBLY.glob("*.template.json"))]
    used = {resource["Type"] for template in files for resource in template["Resources"].values()}
    return sorted((used | set(provisioners._RESOURCE_HANDLERS)) & set(_index()))


def load(type_name: str) -> dict[str, Any]:
    """The registry's schema of a type."""
    return dict(json.loads((_FOLDER / "resources" / f"{_index()[type_name]}.json").read_text()))


def extract(type_name: str) -> dict[str, Any]:
    """What the file says of a type."""
    schema = load(type_name)
    handlers = {
        name: sorted(set(schema["handlers"][name].get("permissions", [])))
        for name in ("create", "update", "delete")
        if name in schema.get("handlers", {})
    }
    own = {name: schema[name] for name in _OF_A_TYPE if schema.get(name)}
    definitions = {"definitions": _values(schema["definitions"])} if schema.get("definitions") else {}
    return {**own, **definitions, **_value(schema), "handlers": handlers}


def render() -> str:
    """The file's text."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    for name in wanted_types():
        yield f"{name} {json.dumps(extract(name), sort_keys=True, separators=(',', ':'))}\n"


def _index() -> dict[str, str]:
    found: dict[str, str] = json.loads((_FOLDER / "providers" / "us-east-1.json").read_text())
    return found


def _value(part: Any) -> Any:
    """A schema with the kept keywords alone."""
    if not isinstance(part, dict):
        return part
    kept = {name: _keyword(name, part[name]) for name in _OF_A_VALUE.split() if name in part}
    return {name: item for name, item in kept.items() if item is not None}


def _keyword(name: str, given: Any) -> Any:
    if name == "patternProperties":
        return {
            _pattern(key) or "": _value(item) for key, item in given.items()
        }  # the empty expression fits every name
    if name in _NAMED:
        return _values(given)
    if name in {"allOf", "anyOf", "oneOf"}:
        parts = [_value(item) for item in given]
        return parts if all(parts) else None  # an alternative of which nothing is left allows everything
    return _pattern(given) if name == "pattern" else _value(given)


def _values(given: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(item) for name, item in given.items()}


def _pattern(text: str) -> str | None:
    """The expression as Python writes it; None for the few that it cannot."""
    for theirs, ours in _CLASSES.items():
        text = text.replace(theirs, ours)
    try:
        re.compile(text)
    except re.error:
        return None
    return text


if __name__ == "__main__":
    FILE.write_text(render())
