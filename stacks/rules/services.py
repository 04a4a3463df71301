"""Rules on what AWS's services may do in their own name: for this account only, and by keys that they do send."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from embedded_aws.iam.service_requests import sent
from stacks.rules.findings import Finding, Template, listed, resources, statements, text
from stacks.rules.iam import POLICIES

_PERMISSION_KEYS = {"SourceArn": "aws:SourceArn", "SourceAccount": "aws:SourceAccount"}


class _Permit(NamedTuple):
    """A service may do something, where the requests carry certain keys."""

    resource: str
    service: str
    action: str
    keys: frozenset[str]  # in small letters


def confused_deputy(template: Template) -> Iterator[Finding]:
    """A service may act only for this account: every permit is limited by a key that the service sends."""
    for it in _permits(template):
        known = sent(it.service, it.action)
        wanted = known.keys if known else ("aws:SourceAccount", "aws:SourceArn")
        if not it.keys & {key.lower() for key in wanted}:
            limits = " or ".join(wanted)
            yield Finding("confused-deputy", it.resource, f"{it.service} may act for any account: add {limits}")


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
            keys = frozenset(key.lower() for name, key in _PERMISSION_KEYS.items() if name in properties)
            yield _Permit(logical_id, service, text(properties.get("Action")), keys)


def _of_statement(logical_id: str, statement: Mapping[str, Any]) -> Iterator[_Permit]:
    principal = statement.get("Principal")
    if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
        return
    keys = frozenset(key.lower() for block in statement.get("Condition", {}).values() for key in block)
    for service in map(text, listed(principal.get("Service"))):
        yield from (_Permit(logical_id, service, text(it), keys) for it in listed(statement.get("Action")))
