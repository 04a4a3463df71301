"""Who calls, and what he may do: callers of our services, git's users, roles that services act in."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ministack.core import iam_evaluator, lambda_runtime, responses, router
from ministack.services import iam

from embedded_aws.codecommit.git_http import Request
from embedded_aws.iam.passing import PASS_ROLE, PASSED_TO, passed
from embedded_aws.service import RoleSession, ServiceError
from embedded_aws.signing import git_password, signed_at

_VALID = timedelta(minutes=15)  # of a signature


def caller(headers: Mapping[str, str], query: dict[str, Any]) -> str:
    """ARN of who sent a request; the account's root where nobody is known."""
    known = iam_evaluator.resolve_caller_identity(router.extract_access_key_id(dict(headers), query))
    return known["userArn"] if known else f"arn:aws:iam::{responses.get_account_id()}:root"


def secret_of(key: str, token: str) -> str:
    """With what the owner of an access key signs.

    Raises:
        ServiceError: there is no such key, or its session token is another or has expired.
    """
    try:
        account = responses._account_from_sts_session(key) or iam_evaluator.find_iam_access_key_account(key)
    except iam_evaluator.AmbiguousAccessKeyError:
        account = None
    found = iam_evaluator.resolve_credential(key, account or (key if key.isdigit() else None), session_token=token)
    if isinstance(found, iam_evaluator.CredentialResolutionError):
        raise ServiceError(found.code, found.message, 403)
    return str(found.secret_access_key)


def role_session(role: str, name: str, account: str, region: str) -> dict[str, str] | None:
    """Environment variables with credentials of a role's session, as Lambda functions get them; None without such a role."""
    with responses.request_scope(account, region):
        if not role or iam_evaluator.validate_role_arn(role) is not None:
            return None
        arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
        return dict(lambda_runtime.execution_credentials({"FunctionArn": arn, "FunctionName": name, "Role": role}))


def trusted_session(service: str) -> RoleSession:
    """The same for a service, which the role's trust has to let assume it; None where it does not."""

    def session(role: str, name: str, account: str, region: str) -> dict[str, str] | None:
        with responses.request_scope(account, region):
            trusted = assumable(role, service, account, region)
        return role_session(role, name, account, region) if trusted else None

    return session


def assumable(role: str, service: str, account: str, region: str) -> bool:
    """Whether there is such a role, and its trust lets the service assume it."""
    return bool(role) and iam_evaluator.validate_role_arn(role) is None and _trusts(role, service, account, region)


def _trusts(role: str, service: str, account: str, region: str, acts_for: str = "") -> bool:
    """Whether a role's trust lets a service assume it for this account; no role of another account can be passed."""
    found = iam._roles.get(role.rsplit("/", 1)[-1])
    if found is None or role.split(":")[4:5] != [account]:
        return False
    document = found.get("AssumeRolePolicyDocument", "{}")
    trust = json.loads(document) if isinstance(document, str) else document
    statements = trust.get("Statement", [])
    keys = {"aws:sourceaccount": account} | ({"aws:sourcearn": acts_for} if acts_for else {})
    context = iam_evaluator.EvalContext(
        service, "Service", account, "sts:AssumeRole", role, region, service_context=keys
    )
    meant = {
        it.get("Effect")
        for it in ([statements] if isinstance(statements, dict) else statements)
        if _is_about(it)
        and iam_evaluator._service_principal_matches(it.get("Principal"), service)
        and iam_evaluator._conditions_met(it.get("Condition", {}), context)
    }
    return "Allow" in meant and "Deny" not in meant


def _is_about(statement: Mapping[str, Any]) -> bool:
    """Whether a statement of a trust is about assuming the role."""
    given = statement.get("Action", [])
    actions = [given] if isinstance(given, str) else given
    return any(iam_evaluator.fnmatch_iam("sts:AssumeRole", it) for it in actions)


def require_passed(service: str, operation: str, request: Mapping[str, Any], caller: tuple[str, str, str]) -> None:
    """Roles that a request names: its caller (account, region, ARN) may pass them, and they trust the service.

    Raises:
        ServiceError: he may not, or one does not, in the service's own words.
    """
    row = passed(service, operation)
    if row is None:
        return
    account, region, identity = caller
    for role in row.roles(request):
        require(identity, PASS_ROLE, role, (account, region), {PASSED_TO: row.principal})
        with responses.request_scope(account, region):
            place = account, region, row.acts_for(request, account, region)
            trusted = any(_trusts(role, principal, *place) for principal in row.principals(region))
        if not trusted:
            raise ServiceError(row.code, row.words.format(role=role), 400)


def may(role: str, action: str, resource: str, account: str, region: str) -> bool:
    """Whether a role's policies let it do something."""
    try:
        require_role(role, action, resource, account, region)
    except ServiceError:
        return False
    return True


def require(
    identity: str, action: str, resource: str, where: tuple[str, str], keys: Mapping[str, str] | None = None
) -> None:
    """A further action that a request takes has to be allowed to its caller; ``where`` is (account, region).

    Raises:
        ServiceError: it is not.
    """
    if identity.endswith(":root"):
        return
    account, region = where
    with responses.request_scope(account, region):
        if ":assumed-role/" in identity:
            name, kind, store = identity.split("/")[1], "AssumedRole", iam._roles
            policies = iam_evaluator._gather_role_policies(name, account)
        else:
            name, kind, store = identity.rsplit("/", 1)[-1], "User", iam._users
            policies = iam_evaluator._gather_user_policies(name, account)
        context = iam_evaluator.EvalContext(
            identity,
            kind,
            account,
            action,
            resource,
            region,
            source_ip="127.0.0.1",
            secure_transport=True,
            service_context={key.lower(): value for key, value in (keys or {}).items()},
        )
        decision = iam_evaluator.evaluate(
            context, policies, *iam_evaluator._permissions_boundary(store, name, account)
        ).decision
    if decision != "Allow":
        raise _denied(f"User: {identity}", action, f"resource: {resource}", 400)


def in_role(role: str, session: str, account: str) -> Any:
    """Who acts in a session of a role, with its policies and limits; within a request."""
    name = role.rsplit("/", 1)[-1]
    return iam_evaluator.PrincipalInfo(
        session_arn(role, session),
        "AssumedRole",
        account,
        iam_evaluator._gather_role_policies(name, account),
        limits=iam_evaluator._permissions_boundary(iam._roles, name, account),
    )


def session_arn(role: str, session: str) -> str:
    """ARN of a session of a role."""
    account, name = role.split(":")[4:5], role.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{account[0] if account else ''}:assumed-role/{name}/{session}"


def authorize(request: Request, action: str) -> str:
    """ARN of who sent a git request, where IAM allows him the action.

    Raises:
        ServiceError: 401 without valid credentials, 403 where the policies refuse.
    """
    key, token, password = request.login()
    if not key:
        raise ServiceError("MissingAuthenticationToken", "sign in with an access key and its secret or signature", 401)
    with responses.request_scope(request.account, request.region):
        found = iam_evaluator.resolve_credential(key, request.account, session_token=token)
        if isinstance(found, iam_evaluator.CredentialResolutionError):
            raise ServiceError(found.code, found.message, 401)
        if not _knows_secret(found, password, request):
            raise ServiceError("SignatureDoesNotMatch", "neither the secret of the access key nor its signature", 401)
        principal = iam_evaluator.resolve_principal(key, request.account, found)
        if principal.policies is not None:
            _require(principal, request, action)
        return str(principal.arn)


def _require(principal: Any, request: Request, action: str) -> None:
    context = iam_evaluator.EvalContext(
        principal.arn,
        principal.type,
        principal.account,
        action,
        request.arn,
        request.region,
        source_ip="127.0.0.1",
        secure_transport=True,
        principal_keys=principal.keys,
    )
    decision = iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision
    if decision != "Allow":
        raise _denied(principal.arn, action, request.arn, 403)


def require_role(role: str, action: str, resource: str, account: str, region: str) -> None:
    """What a service does with a role that it was given has to be allowed to the role.

    Raises:
        ServiceError: it is not.
    """
    name, arn = role.rsplit("/", 1)[-1], session_arn(role, "events")
    with responses.request_scope(account, region):
        policies = iam_evaluator._gather_role_policies(name, account) if role else []
        limits = iam_evaluator._permissions_boundary(iam._roles, name, account) if role else []
        context = iam_evaluator.EvalContext(
            arn, "AssumedRole", account, action, resource, region, source_ip="127.0.0.1", secure_transport=True
        )
        decision = iam_evaluator.evaluate(context, policies, *limits).decision
    if decision != "Allow":
        raise _denied(arn, action, resource, 400)


def _denied(who: str, action: str, resource: str, status: int) -> ServiceError:
    message = f"{who} is not authorized to perform: {action} on {resource}"
    return ServiceError("AccessDeniedException", message, status)


def _knows_secret(credential: Any, password: str, request: Request) -> bool:
    if hmac.compare_digest(password.encode(), credential.secret_access_key.encode()):
        return True
    at = signed_at(password)
    if at is None or abs(datetime.now(UTC) - at) > _VALID:
        return False
    from botocore.credentials import Credentials

    keys = Credentials(credential.access_key_id, credential.secret_access_key)
    expected = git_password(keys, request.headers.get("host", ""), request.repository, request.region, at)
    return hmac.compare_digest(password.encode(), expected.encode())
