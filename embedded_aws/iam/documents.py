"""Policy documents that IAM does not take, in its words (IAM user guide, "Grammar of the IAM JSON policy language")."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_TOP = {"Version", "Id", "Statement"}
_STATEMENT = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_VERSIONS = {"2012-10-17", "2008-10-17"}
_SYNTAX = "Syntax errors in policy."
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_STS = re.compile(
    r"sts:(AssumeRole|AssumeRoleWithSAML|AssumeRoleWithWebIdentity|TagSession|SetSourceIdentity|SetContext)"
)
_ARN = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_SID = re.compile(r"[0-9A-Za-z]*")
_OPERATORS = (
    "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike NumericEquals"
    " NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals DateEquals DateNotEquals"
    " DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals"
    " ArnLike ArnNotEquals ArnNotLike Null"
)


def problem(document: Any, *, trust: bool = False) -> str:
    """What is wrong with an identity's policy, or with a role's trust policy; empty where IAM takes it."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return "This policy contains invalid Json"
    if (
        not isinstance(document, Mapping)
        or set(document) - _TOP
        or document.get("Version", "2008-10-17") not in _VERSIONS
    ):
        return _SYNTAX
    statements = document.get("Statement")
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list) or not listed or not all(isinstance(it, Mapping) for it in listed):
        return _SYNTAX
    return next((said for it in listed for said in _statement(it, trust)), "") or _sids(listed)


def principals(document: Any) -> Iterator[str]:
    """ARNs of roles and users that a trust policy names one by one."""
    parsed = json.loads(document) if isinstance(document, str) else document
    statements = parsed.get("Statement", [])
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        given = statement.get("Principal", {})
        for name in _listed(given.get("AWS") if isinstance(given, Mapping) else None):
            if isinstance(name, str) and re.fullmatch(r"arn:[^:]+:iam::\d{12}:(role|user)/[^*]+", name):
                yield name


def _sids(statements: list[Mapping[str, Any]]) -> str:
    named = [it["Sid"] for it in statements if it.get("Sid")]
    return "Statement IDs (SID) in a single policy must be unique." if len(named) != len(set(named)) else ""


def _statement(statement: Mapping[str, Any], trust: bool) -> Iterator[str]:
    if set(statement) - _STATEMENT or statement.get("Effect") not in {"Allow", "Deny"}:
        yield _SYNTAX
    if not isinstance(statement.get("Sid", ""), str) or (not trust and not _SID.fullmatch(statement.get("Sid", ""))):
        yield "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
        if one in statement and other in statement:
            yield _SYNTAX
    yield from _actions(statement, trust)
    yield from _trusting(statement) if trust else _granting(statement)
    yield from _conditions(statement.get("Condition", {}))


def _actions(statement: Mapping[str, Any], trust: bool) -> Iterator[str]:
    found = _listed(statement.get("Action", statement.get("NotAction")))
    if not found or not all(isinstance(it, str) for it in found):
        yield _SYNTAX
        return
    if not all(_ACTION.fullmatch(it) for it in found):
        yield "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
    if trust and not all(_STS.fullmatch(it) for it in found):
        yield "AssumeRole policy may only specify STS AssumeRole actions."


def _granting(statement: Mapping[str, Any]) -> Iterator[str]:
    if "Principal" in statement or "NotPrincipal" in statement:
        yield "Policy document should not specify a principal."
    found = _listed(statement.get("Resource", statement.get("NotResource")))
    if not found:
        yield "Policy statement must contain resources."
    for resource in found:
        if not isinstance(resource, str):
            yield _SYNTAX
        elif not _ARN.fullmatch(resource):
            yield f'Resource {resource} must be in ARN format or "*".'


def _trusting(statement: Mapping[str, Any]) -> Iterator[str]:
    if "Resource" in statement or "NotResource" in statement:
        yield "Has prohibited field Resource"
    given = statement.get("Principal", statement.get("NotPrincipal"))
    if not given:
        yield "Missing required field Principal"
    elif given != "*" and not isinstance(given, Mapping):
        yield f"Invalid principal in policy: {json.dumps(given)}"


def _conditions(given: Any) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield _SYNTAX
        return
    for operator, keys in given.items():
        plain = operator.partition(":")[2] if operator.startswith(("ForAllValues:", "ForAnyValue:")) else operator
        if plain.removesuffix("IfExists") not in _OPERATORS.split():
            yield f"Invalid Condition type : {operator}."
        if not isinstance(keys, Mapping):
            yield _SYNTAX


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
