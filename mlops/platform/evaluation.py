"""IAM's decision on one request by policies as they are deployed (IAM user guide, "Policy evaluation logic").

Pure functions over statements. IAM's own simulator cannot answer for us: it takes no bucket's or key's policy for a role.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.iam.reference import compared_with
from mlops.platform.conditions import holds
from mlops.platform.patterns import compiled, listed, matches

Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One API call: what is done, to what, and the condition keys that it carries.

    Who calls is among these: ``aws:PrincipalArn`` (of a session its role's ARN) or ``aws:PrincipalServiceName``. ``resource`` is
    ``*`` for an action that has no resource types (service authorization reference), whatever is given.

    Raises:
        ValueError: AWS has no such action, or the resource is of none of its types: no request is like that.
    """

    action: str
    resource: str = "*"
    context: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "resource", compared_with(self.action, self.resource))


@dataclass(frozen=True)
class Grant:
    """A KMS grant: whom it allows which operations (``Decrypt``)."""

    grantee: str
    operations: frozenset[str]


def allowed(
    request: Request,
    identity: Sequence[Statement],
    boundary: Sequence[Statement] | None = None,
    resource: Sequence[Statement] = (),
) -> bool:
    """No deny anywhere, an allow in the identity policy, and one in the boundary where there is one.

    ``resource``: the resource's own policy; its word is enough where it names the role itself, in the boundary's limits.
    """
    limits = [boundary] if boundary is not None else []
    if _says("Deny", request, [item for layer in (identity, *limits) for item in layer]):
        return False
    if _says("Deny", request, resource, _names_caller):
        return False
    granted = _says("Allow", request, identity) or _says("Allow", request, resource, _names_itself)
    return granted and all(_says("Allow", request, layer) for layer in limits)


def key_allowed(
    request: Request,
    key_policy: Sequence[Statement],
    identity: Sequence[Statement] = (),
    boundary: Sequence[Statement] | None = None,
    grants: Sequence[Grant] = (),
) -> bool:
    """Whether a principal may use a KMS key (KMS developer guide, "Determining access to KMS keys").

    A key's policy is asked first: without its word no identity policy counts. Where it names the account, identity policies decide;
    where it names the role or the service itself, nothing else is needed, but a role's boundary. A grant allows its operations.
    """
    limits = [boundary] if boundary is not None else []
    if _says("Deny", request, [item for layer in (identity, *limits) for item in layer]):
        return False
    if _says("Deny", request, key_policy, _names_caller):
        return False
    if "aws:principalservicename" in _known(request):
        return _says("Allow", request, key_policy, _names_caller)
    if not all(_says("Allow", request, layer) for layer in limits):
        return False
    who, operation = str(_known(request).get("aws:principalarn", "")), request.action.partition(":")[2]
    if _says("Allow", request, key_policy, _names_itself) or any(
        grant.grantee == who and operation in grant.operations for grant in grants
    ):
        return True
    return _says("Allow", request, key_policy, _names_caller) and _says("Allow", request, identity)


def matching(request: Request, statement: Statement) -> bool:
    """Whether a statement is about the request: action, resource and every condition; not whom it names."""
    return _acts(request, statement) and _fits(request, statement) and _conditions(request, statement)


def _says(
    effect: str,
    request: Request,
    policy: Sequence[Statement],
    named: Callable[[Request, Statement], bool] = lambda *_: True,
) -> bool:
    return any(item["Effect"] == effect and named(request, item) and matching(request, item) for item in policy)


def _acts(request: Request, statement: Statement) -> bool:
    written = listed(statement.get("NotAction", statement.get("Action")))
    found = any(matches(request.action.lower(), compiled(item.lower(), {})) for item in written)
    return found != ("NotAction" in statement)


def _fits(request: Request, statement: Statement) -> bool:
    """A variable without a value matches no resource, in NotResource too (IAM user guide, "Variables and tags")."""
    written = listed(statement.get("NotResource", statement.get("Resource", "*")))
    found = any(matches(request.resource, compiled(item, request.context)) for item in written)
    return found != ("NotResource" in statement)


def _conditions(request: Request, statement: Statement) -> bool:
    known = _known(request)
    return all(
        holds(operator, known.get(key.lower()), [str(item) for item in listed(wanted)], request.context)
        for operator, block in statement.get("Condition", {}).items()
        for key, wanted in block.items()
    )


def _known(request: Request) -> dict[str, Any]:
    return {key.lower(): value for key, value in request.context.items()}


def _names_caller(request: Request, statement: Statement) -> bool:
    """By its account, by its own name, or by everybody's; a statement of an identity policy names nobody."""
    if "Principal" not in statement:
        return "NotPrincipal" not in statement
    return _names_itself(request, statement) or any(
        _is_account(item, request) for item in _principals(statement, "AWS")
    )


def _names_itself(request: Request, statement: Statement) -> bool:
    known = _known(request)
    service = known.get("aws:principalservicename")
    if service is not None:
        return "*" in _principals(statement, "AWS") or service in _principals(statement, "Service")
    who = known.get("aws:principalarn")
    return any(item in {"*", who} for item in _principals(statement, "AWS"))


def _principals(statement: Statement, kind: str) -> list[str]:
    principal = statement.get("Principal", {})
    if not isinstance(principal, Mapping):
        return listed(principal) if kind == "AWS" else []
    return listed(principal.get(kind))


def _is_account(principal: str, request: Request) -> bool:
    who = str(_known(request).get("aws:principalarn", ""))
    account = who.split(":")[4] if who.count(":") >= 5 else ""
    return bool(account) and (principal == account or principal.endswith(f":iam::{account}:root"))
