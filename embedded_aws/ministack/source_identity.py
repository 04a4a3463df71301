"""Source identities of role sessions: as whom somebody signed in, whatever roles he goes through; MiniStack ignores them.

IAM user guide, "Monitor and control actions taken with assumed roles": AssumeRole sets one, every session that is begun with that session
keeps it, nobody changes it. To set or keep one, caller and role's trust have to allow ``sts:SetSourceIdentity``.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator, responses, router
from ministack.services import iam, sts

from embedded_aws.ministack.query import parameters

Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]
Answer = tuple[int, dict[str, str], bytes]
_MEMBER, _ACTION = "SourceIdentity", "sts:SetSourceIdentity"
_VALID = re.compile(r"(?!aws:)[\w+=,.@-]{2,64}", re.ASCII)  # botocore's shape and the API reference
_KEY = re.compile(rb'<AccessKeyId>([^<]+)</AccessKeyId>|"AccessKeyId": "([^"]+)"')
_asked: ContextVar[str] = ContextVar("asked", default="")


def asked() -> str | None:
    """What the request wants to set, as the condition key ``sts:SourceIdentity``."""
    return _asked.get() or None


def principal_keys(known: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """A session's own is the condition key ``aws:SourceIdentity`` of all its requests."""

    def keys(credential: Any) -> dict[str, Any]:
        own = _of(credential.access_key_id)
        return {**known(credential), **({"aws:sourceidentity": own} if own else {})}

    return keys


def keeping(known: Handle) -> Handle:
    """AssumeRole sets what it is asked to, or what the caller's session has."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        given = parameters(headers, body, query)
        caller = router.extract_access_key_id(headers, query)
        own, wanted = _of(caller), given.get(_MEMBER, "")
        if given.get("Action") != "AssumeRole" or not (own or wanted):
            return await known(method, path, headers, body, query)
        before = _asked.set(wanted)
        try:
            refusal = _refusal(caller, given, own)
            if refusal is not None:
                return _error(headers, *refusal)
            return _noted(await known(method, path, headers, body, query), wanted or own)
        finally:
            _asked.reset(before)

    return handle


def _of(key: str) -> str:
    return str(sts._sessions.get(key, {}).get(_MEMBER, ""))


def _refusal(caller: str, given: Mapping[str, str], own: str) -> tuple[int, str, str] | None:
    """(status, code, message) where a source identity must not be set; None where it may, or MiniStack refuses the call anyway."""
    role, wanted = given.get("RoleArn", ""), given.get(_MEMBER, "")
    if wanted and _VALID.fullmatch(wanted) is None:
        return 400, "ValidationError", f"1 validation error detected: Value '{wanted}' at 'sourceIdentity' is not valid"
    principal = iam_evaluator.resolve_principal(caller, responses.get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        return None
    if (own and wanted not in {"", own}) or not _may(principal, role, given):
        return 403, "AccessDenied", f"User: {principal.arn} is not authorized to perform: {_ACTION} on resource: {role}"
    return None


def _may(principal: Any, role: str, given: Mapping[str, str]) -> bool:
    """Whether the caller's own policies and the role's trust allow it."""
    account, name = ([*role.split(":"), *[""] * 5][4], role.rsplit("/", 1)[-1])
    trust = (iam._roles.get_scoped(account, None, name) or {}).get("AssumeRolePolicyDocument", "{}")
    context = iam_evaluator.EvalContext(
        principal.arn,
        principal.type,
        principal.account,
        _ACTION,
        role,
        responses.get_region(),
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context={
            f"sts:{name.lower()}": given[name] for name in ("ExternalId", "RoleSessionName") if name in given
        },
        principal_keys=principal.keys,
    )
    own = principal.policies
    allowed = own is None or iam_evaluator.evaluate(context, own, *principal.limits).decision == "Allow"
    return allowed and bool(iam_evaluator.evaluate_trust_policy(trust, principal.arn, context))


def _noted(answer: Answer, identity: str) -> Answer:
    """The new session has it, and the answer says so."""
    status, headers, body = answer
    match = _KEY.search(body) if status == 200 else None
    if match is None:
        return answer
    sts._sessions[(match[1] or match[2]).decode()][_MEMBER] = identity
    if body.startswith(b"{"):
        return status, headers, json.dumps({**json.loads(body), _MEMBER: identity}).encode()
    told = f"<{_MEMBER}>{identity}</{_MEMBER}></AssumeRoleResult>".encode()
    return status, headers, body.replace(b"</AssumeRoleResult>", told)


def _error(headers: Mapping[str, str], status: int, code: str, message: str) -> Any:
    if "amz-json" in headers.get("content-type", ""):
        return responses.error_response_json(code, message, status)
    return sts._error(status, code, escape(message), ns="sts")
