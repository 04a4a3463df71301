"""What a value of a template means, whatever way it is written: two values that CloudFormation resolves alike are equal here."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stacks.rules.findings import Template, listed

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_NOTHING = {"Ref": "AWS::NoValue"}


def meaning(value: Any, template: Template) -> Any:
    """Plain data: texts of one literal are texts, numbers and truth values too; conditions and mappings stand where they are used."""
    if isinstance(value, Mapping):
        return _mapping(value, template)
    if isinstance(value, list):
        return _ordered([meaning(item, template) for item in value if item != _NOTHING])
    return str(value).lower() if isinstance(value, bool) else str(value)


def exists_when(template: Template, logical_id: str) -> Any:
    """The condition under which a resource is made; None where it always is."""
    name = template["Resources"][logical_id].get("Condition")
    return None if name is None else _condition(name, template)


def references(value: Any) -> Iterator[str]:
    """Logical ids and parameters that a meaning refers to."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in {"Ref", "Fn::GetAtt"}:
                yield str(item).split(".")[0]
            else:
                yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def _mapping(value: Mapping[str, Any], template: Template) -> Any:
    if len(value) == 1:
        name, given = next(iter(value.items()))
        if name in {"Ref", "Condition"} and isinstance(given, str):
            return {"Ref": given} if name == "Ref" else _condition(given, template)
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](given, template)
    return {key: meaning(item, template) for key, item in sorted(value.items()) if item != _NOTHING}


def _condition(name: str, template: Template) -> Any:
    return meaning(template.get("Conditions", {}).get(name, name), template)


def _attribute(given: Any, _template: Template) -> Any:
    return {"Fn::GetAtt": given if isinstance(given, str) else ".".join(map(str, given))}


def _sub(given: Any, template: Template) -> Any:
    text, own = (given, {}) if isinstance(given, str) else (given[0], given[1])
    parts: list[Any] = []
    at = 0
    for match in _VARIABLE.finditer(text):
        parts.append(text[at : match.start()])
        at = match.end()
        name = match.group(2)
        if match.group(1):
            parts.append(f"${{{name}}}")
        elif name in own:
            parts.append(meaning(own[name], template))
        else:
            parts.append({"Fn::GetAtt": name} if "." in name else {"Ref": name})
    return _joined([*parts, text[at:]])


def _join(given: Any, template: Template) -> Any:
    between, items = given
    if not isinstance(items, list):
        return {"Fn::Join": [between, meaning(items, template)]}
    parts: list[Any] = []
    for item in items:
        parts += [between, meaning(item, template)] if parts else [meaning(item, template)]
    return _joined(parts)


def _joined(parts: list[Any]) -> Any:
    """One text where all is literal, one value where there is only one, else the parts with literals beside each other put together."""
    flat = [piece for part in parts for piece in (part["parts"] if _is_parts(part) else [part])]
    found: list[Any] = []
    for piece in flat:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        elif piece != "":
            found.append(piece)
    return "" if not found else found[0] if len(found) == 1 else {"parts": found}


def _is_parts(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"parts"}


def _if(given: Any, template: Template) -> Any:
    name, yes, no = given
    branches = [None if item == _NOTHING else meaning(item, template) for item in (yes, no)]
    return branches[0] if branches[0] == branches[1] else {"if": _condition(name, template), "is": branches}


def _find(given: Any, template: Template) -> Any:
    """A mapping's name means nothing; what is in it does."""
    name, *keys = given
    table = template.get("Mappings", {}).get(name, name) if isinstance(name, str) else name
    return {"in": meaning(table, template), "at": [meaning(key, template) for key in keys]}


def _select(given: Any, template: Template) -> Any:
    index, items = given
    if isinstance(items, list) and str(index).isdigit() and int(index) < len(items):
        return meaning(items[int(index)], template)
    return {"Fn::Select": [meaning(index, template), meaning(items, template)]}


def _unordered(name: str) -> Any:
    return lambda given, template: {name: sorted((meaning(item, template) for item in listed(given)), key=str)}


def _ordered(items: list[Any]) -> list[Any]:
    """Tags and other lists of keys with values are sets."""
    pairs = items and all(isinstance(item, Mapping) and set(item) == {"Key", "Value"} for item in items)
    return sorted(items, key=str) if pairs else items


_FUNCTIONS: Mapping[str, Any] = {
    "Fn::GetAtt": _attribute,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
    "Fn::FindInMap": _find,
    "Fn::Select": _select,
    "Fn::And": _unordered("Fn::And"),
    "Fn::Or": _unordered("Fn::Or"),
    "Fn::Equals": _unordered("Fn::Equals"),
}
