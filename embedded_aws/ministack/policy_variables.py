"""``${aws:userid}`` and the like in policies' resources and conditions; a variable without a value matches nothing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator

_VARIABLE = re.compile(r"\$\{([^}*?$]+)\}")  # ${*}, ${?} and ${$} are these characters themselves
_NOTHING = "\0"  # no value of a request is this


def first_match(known: Callable[..., Any]) -> Callable[..., Any]:
    """Statements get the request's values before they are matched."""

    def first(context: Any, statements: list[Any], effect: str) -> Any:
        return known(context, [_resolved(context, statement) for statement in statements], effect)

    return first


def conditions_met(known: Callable[..., Any]) -> Callable[..., bool]:
    """Conditions get the request's values before they are compared."""

    def conditions(wanted: Any, context: Any) -> bool:
        return bool(known(_substituted(context, wanted), context))

    return conditions


def _resolved(context: Any, statement: Any) -> Any:
    places = {name: _substituted(context, getattr(statement, name)) for name in ("resources", "not_resources")}
    return replace(statement, **places)


def _substituted(context: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _substituted(context, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(context, item) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    found = {name: iam_evaluator._resolve_condition_key(name, context) for name in _VARIABLE.findall(value)}
    if any(not isinstance(item, str) or not item for item in found.values()):
        return _NOTHING
    return _VARIABLE.sub(lambda match: str(found[match.group(1)]), value)
