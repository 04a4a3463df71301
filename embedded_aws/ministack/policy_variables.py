"""``${aws:userid}`` and the like in policies' resources and conditions, and how conditions compare; as the IAM user guide says.

A variable without a value matches no resource, equals nothing and is like nothing ("Variables and tags"); one may have a default.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from embedded_aws.iam import conditions, patterns
from embedded_aws.ministack import source_identity

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"^([^,]+), '(.*)'$", re.DOTALL)
_NOTHING = "\0"  # no value of a request is this
_SESSION = re.compile(r"^arn:([^:]+):sts::([0-9]{12}):assumed-role/([^/]+)/")


def first_match(known: Callable[..., Any]) -> Callable[..., Any]:
    """Statements get the request's values before they are matched."""

    def first(context: Any, statements: list[Any], effect: str) -> Any:
        return known(context, [_resolved(context, statement) for statement in statements], effect)

    return first


def conditions_met(known: Callable[..., Any]) -> Callable[..., bool]:
    """Conditions get the request's values before they are compared."""

    def met(wanted: Any, context: Any) -> bool:
        return bool(known(_substituted(context, wanted), context))

    return met


def single_condition(known: Callable[..., bool]) -> Callable[..., bool]:
    """One key and one operator; a wanted value that a variable leaves without a value is none."""

    def evaluate(operator: str, actual: Any, wanted: list[str]) -> bool:
        return conditions.holds(known, operator, actual, [str(item) for item in wanted if item != _NOTHING])

    return evaluate


def condition_key(known: Callable[..., Any]) -> Callable[..., Any]:
    """``aws:PrincipalArn`` of a role's session is the role's ARN ("AWS global condition context keys").

    A write of which MiniStack says nothing else, as a form's upload, creates an object ("Enforce conditional writes").
    """

    def resolve(key: str, context: Any) -> Any:
        found = known(key, context)
        if found is None and key.lower() == "sts:sourceidentity":
            return source_identity.asked()
        if found is None and context.action == "s3:PutObject" and key.lower() == "s3:objectcreationoperation":
            return "true"
        session = _SESSION.match(found) if key.lower() == "aws:principalarn" and isinstance(found, str) else None
        if session is None:
            return found
        partition, account, name = session.groups()
        role = iam._roles.get_scoped(account, None, name) or {}
        return role.get("Arn", f"arn:{partition}:iam::{account}:role/{name}")

    return resolve


def wildcards(_known: Callable[..., Any]) -> Callable[..., "re.Pattern[str]"]:
    """Patterns in which a line end is a character and a value's own ``*`` is none."""
    return patterns.compiled


def _resolved(context: Any, statement: Any) -> Any:
    places = {name: getattr(statement, name) for name in ("resources", "not_resources")}
    if not any(map(_varies, places.values())):
        return statement
    return replace(statement, **{name: _substituted(context, value) for name, value in places.items()})


def _varies(value: Any) -> bool:
    return "${" in value if isinstance(value, str) else any(map(_varies, value or ()))


def _substituted(context: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _substituted(context, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(context, item) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    found = {name: _value(context, name) for name in _VARIABLE.findall(value)}
    if any(item is None for item in found.values()):
        return _NOTHING
    return _VARIABLE.sub(lambda match: patterns.literal(str(found[match.group(1)])), value)


def _value(context: Any, variable: str) -> str | None:
    """A key with several values is no variable, and one with an empty value has none."""
    if variable in {"*", "?", "$"}:
        return variable
    match = _DEFAULT.match(variable)
    name, default = (match.group(1), match.group(2)) if match else (variable, None)
    found = iam_evaluator._resolve_condition_key(name.strip(), context)
    return found if isinstance(found, str) and found else default
