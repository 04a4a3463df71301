"""Rules on what AWS's services may do in their own name: for this account only, and by keys that they do send."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from embedded_aws.iam.service_requests import sent
from stacks.rules.findings import Finding, Template, listed, resources, statements, text
from stacks.rules.iam import POLICIES

_POSITIVE = {"ArnEquals", "ArnLike", "StringEquals", "StringLike"}
_ARN_PARTS = 6
_PERMISSION_KEYS = {"SourceArn": "aws:SourceArn", "SourceAccount": "aws:SourceAccount"}


class _Permit(NamedTuple):
    """A service may do something, where the requests carry certain keys; ``limits`` are those whose values name this account."""

    resource: str
    service: str
    action: str
    keys: frozenset[str]  # in small letters
    limits: frozenset[str]


def confused_deputy(template: Template) -> Iterator[Finding]:
    """A service may act only for this account: every permit is limited by a key that the service sends."""
    for it in _permits(template):
        known = sent(it.service, it.action)
        wanted = known.keys if known else ("aws:SourceAccount", "aws:SourceArn")
        if not it.limits & {key.lower() for key in wanted}:
            limits = " or ".join(wanted)
            yield Finding("confused-deputy", it.resource, f"{it.service} may act for any account: add {limits}")
    for logical_id, properties in resources(template, "AWS::Lambda::Permission"):
        if not (principal := text(properties.get("Principal", ""))).endswith(".amazonaws.com"):
            yield Finding(
                "confused-deputy", logical_id, f"{principal} may call: a function is called by services of this account"
            )


def service_keys(template: Template) -> Iterator[Finding]:
    """No permit asks for a key that the service does not send: it would never be granted."""
    for it in _permits(template):
        known = sent(it.service, it.action)
        if known is None:
            words = f"{it.service}, {it.action}: no page of AWS is cited for the keys that it sends"
            yield Finding("service-keys", it.resource, words)
            continue
        for key in sorted(it.keys - {key.lower() for key in known.keys}):
            yield Finding("service-keys", it.resource, f"{it.service} sends no {key} with {it.action}: it is refused")


def _permits(template: Template) -> Iterator[_Permit]:
    for kind, member in POLICIES.items():
        for logical_id, properties in resources(template, kind):
            for statement in statements(properties.get(member)):
                yield from _of_statement(logical_id, statement)
    for logical_id, properties in resources(template, "AWS::Lambda::Permission"):
        service = text(properties.get("Principal", ""))
        if service.endswith(".amazonaws.com"):
            given = {key: properties[name] for name, key in _PERMISSION_KEYS.items() if name in properties}
            yield _Permit(logical_id, service, text(properties.get("Action")), *_sides("StringLike", given))


def _of_statement(logical_id: str, statement: Mapping[str, Any]) -> Iterator[_Permit]:
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
        return
    sides = [_sides(operator, block) for operator, block in statement.get("Condition", {}).items()]
    keys = frozenset(key for found, _ in sides for key in found)
    limits = frozenset(key for _, found in sides for key in found)
    for service in map(text, listed(principal.get("Service"))):
        yield from (_Permit(logical_id, service, text(it), keys, limits) for it in listed(statement.get("Action")))


def _sides(operator: str, block: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """(keys, those of them that limit): by an operator that a missing or another value does not pass, to values that name this account."""
    named = frozenset(key.lower() for key in block)
    if operator not in _POSITIVE:
        return named, frozenset()
    return named, frozenset(key.lower() for key, values in block.items() if all(map(_ours, listed(values))))


def _ours(value: Any) -> bool:
    """Whether an account, or an ARN's account, is written out: by a reference, or by its number."""
    shown = text(value)
    parts = shown.split(":")
    if shown.startswith("arn:") and len(parts) >= _ARN_PARTS:
        return bool(parts[4]) and "*" not in parts[4]
    return bool(shown) and "*" not in shown
