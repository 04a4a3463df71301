"""Properties of a resource against the registry's schema of its type, refused in CloudFormation's words.

The words are those of CloudFormation's own validator (aws-cloudformation/cloudformation-resource-schema, ``ValidationException``): values
never stand in them. Types without handlers in the registry are of CloudFormation's older engine, which says the same otherwise.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from embedded_aws.cloudformation.registry import Schema, schema

_NAMES = {"string": "String", "integer": "Integer", "number": "Number", "boolean": "Boolean", "object": "JSONObject"}
_NAMES |= {"array": "JSONArray", "null": "Null"}
_OLDER_ORDER = {"additionalProperties": 0, "type": 1, "required": 2}
_INTEGER, _NUMBER = re.compile(r"[+-]?\d+"), re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Violation:
    """What is wrong at a place (``/Rules/0``; empty for the resource itself), and the property that the older engine names."""

    place: str
    keyword: str
    says: str
    name: str = ""


def check(type_name: str, logical_id: str, properties: Mapping[str, Any]) -> None:
    """Refuse what the schema of the type does not allow; types that the registry does not have are not judged.

    Raises:
        ValueError: every violation, one a line, or the older engine's one.
    """
    known = schema(type_name)
    if known is None:
        return
    found = [*_read_only(known, properties), *violations(known, properties)]
    if not found:
        return
    if not known.get("handlers"):
        raise ValueError(_older(min(found, key=lambda it: _OLDER_ORDER.get(it.keyword, len(_OLDER_ORDER)))))
    lines = "\n".join(f"#{item.place}: {item.says}" for item in found)
    raise ValueError(f"Properties validation failed for resource {logical_id} with message:\n{lines}")


def violations(known: Schema, properties: Mapping[str, Any]) -> Iterator[Violation]:
    """All of them, in the order of the properties."""
    yield from _Judge(known).of(known, properties, "")


def _read_only(known: Schema, properties: Mapping[str, Any]) -> Iterator[Violation]:
    """What only the service says: the validator reads input without these properties."""
    for pointer in known.get("readOnlyProperties", ()):
        name = pointer.removeprefix("/properties/")
        if name in properties:
            yield Violation("", "additionalProperties", f"extraneous key [{name}] is not permitted", name)


def _older(violation: Violation) -> str:
    """One violation as the engine before the registry words it; it tells one only."""
    path = violation.place.lstrip("/").replace("/", ".")
    if violation.keyword == "additionalProperties":
        return f"Encountered unsupported property {violation.name}"
    if violation.keyword == "required":
        return f"Property {violation.name} cannot be empty."
    if violation.keyword == "type":
        kind = violation.says.partition("expected type: ")[2].partition(",")[0]
        return f"Value of property {path} must be {_older_type(kind)}"
    return f"Value of property {path} is not valid: {violation.says}"


def _older_type(kind: str) -> str:
    return {"JSONObject": "an object", "JSONArray": "of type List"}.get(kind, f"of type {kind}")


class _Judge:
    """One schema's keywords; references are within it."""

    def __init__(self, root: Schema) -> None:
        self._root = root

    def of(self, part: Schema, value: Any, place: str) -> Iterator[Violation]:
        """Violations of a value against a part of the schema."""
        part = self._resolved(part)
        if "type" in part and not _is_of(part["type"], value):
            yield Violation(place, "type", _not_of(part["type"], value))
            return
        if isinstance(value, Mapping):
            yield from self._object(part, value, place)
        elif isinstance(value, list):
            yield from self._array(part, value, place)
        else:
            yield from _scalar(part, value, place)
        yield from self._alternatives(part, value, place)

    def _resolved(self, part: Schema) -> Schema:
        while "$ref" in part:
            found: Any = self._root
            for key in part["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            part = {**found, **{name: item for name, item in part.items() if name != "$ref"}}
        return part

    def _object(self, part: Schema, value: Mapping[str, Any], place: str) -> Iterator[Violation]:
        for name in part.get("required", ()):
            if name not in value:
                yield Violation(place, "required", f"required key [{name}] not found", name)
        for name, item in value.items():
            known = self._member(part, name)
            if known is None:
                yield Violation(place, "additionalProperties", f"extraneous key [{name}] is not permitted", name)
            else:
                yield from self.of(known, item, f"{place}/{name}")

    def _member(self, part: Schema, name: str) -> Schema | None:
        """The schema of a member; None where there may be none of this name."""
        if name in part.get("properties", {}):
            found: Schema = part["properties"][name]
            return found
        for pattern, item in part.get("patternProperties", {}).items():
            if _search(pattern, name):
                return dict(item)
        other = part.get("additionalProperties", True)
        if other is False:
            return None
        return other if isinstance(other, Mapping) else {}

    def _array(self, part: Schema, value: list[Any], place: str) -> Iterator[Violation]:
        if len(value) < part.get("minItems", 0):
            says = f"expected minimum item count: {part['minItems']}, found: {len(value)}"
            yield Violation(place, "minItems", says)
        if len(value) > part.get("maxItems", len(value)):
            says = f"expected maximum item count: {part['maxItems']}, found: {len(value)}"
            yield Violation(place, "maxItems", says)
        if part.get("uniqueItems") and any(item in value[:index] for index, item in enumerate(value)):
            yield Violation(place, "uniqueItems", "array items are not unique")
        items = part.get("items", {})
        for index, item in enumerate(value if isinstance(items, Mapping) else ()):
            yield from self.of(items, item, f"{place}/{index}")

    def _alternatives(self, part: Schema, value: Any, place: str) -> Iterator[Violation]:
        for item in part.get("allOf", ()):
            yield from self.of(item, value, place)
        for keyword in ("anyOf", "oneOf"):
            parts = part.get(keyword)
            if not parts:
                continue
            fits = sum(next(self.of(item, value, place), None) is None for item in parts)
            if not fits:
                says = f"#: no subschema matched out of the total {len(parts)} subschemas"
                yield Violation(place, keyword, says)
            elif keyword == "oneOf" and fits > 1:
                yield Violation(place, keyword, f"#: {fits} subschemas matched instead of one")


def _scalar(part: Schema, value: Any, place: str) -> Iterator[Violation]:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "minLength" in part and len(text) < part["minLength"]:
        yield Violation(place, "minLength", f"expected minLength: {part['minLength']}, actual: {len(text)}")
    if "maxLength" in part and len(text) > part["maxLength"]:
        yield Violation(place, "maxLength", f"expected maxLength: {part['maxLength']}, actual: {len(text)}")
    for keyword, holds in _HOLDS.items():
        if keyword in part and not holds(part[keyword], text):
            yield Violation(place, keyword, f"failed validation constraint for keyword [{keyword}]")


@lru_cache(4096)
def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


_HOLDS: Mapping[str, Callable[[Any, str], bool]] = {
    "enum": lambda wanted, text: text in {_text(item) for item in wanted},
    "const": lambda wanted, text: text == _text(wanted),
    "pattern": _search,
    "minimum": lambda wanted, text: not _NUMBER.fullmatch(text) or float(text) >= wanted,
    "maximum": lambda wanted, text: not _NUMBER.fullmatch(text) or float(text) <= wanted,
}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kinds(wanted: Any) -> tuple[str, ...]:
    return (wanted,) if isinstance(wanted, str) else tuple(wanted)


def _is_of(wanted: Any, value: Any) -> bool:
    """CloudFormation reads numbers and truth values from texts, and writes them as texts, as a type wants them."""
    kinds = _kinds(wanted)
    if isinstance(value, Mapping):
        return "object" in kinds
    if isinstance(value, list):
        return "array" in kinds
    text = _text(value)
    return (
        "string" in kinds
        or ("boolean" in kinds and text.lower() in {"true", "false"})
        or ("integer" in kinds and _INTEGER.fullmatch(text.removesuffix(".0")) is not None)
        or ("number" in kinds and _NUMBER.fullmatch(text) is not None)
    )


def _not_of(wanted: Any, value: Any) -> str:
    kinds = _kinds(wanted)
    if len(kinds) > 1:
        return f"#: no subschema matched out of the total {len(kinds)} subschemas"
    return f"expected type: {_NAMES[kinds[0]]}, found: {_found(value)}"


def _found(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return _NAMES["object" if isinstance(value, Mapping) else "array"]
    return {bool: "Boolean", int: "Integer", float: "Double"}.get(type(value), "String")
