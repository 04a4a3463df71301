"""As whom CloudFormation works: the role that a stack was given, or whoever calls.

MiniStack makes resources as nobody. What cannot be made in the name of somebody is judged instead, before it is made: every call that
the registry lists for the resource, by that identity's policies. API reference, CreateStack, ``RoleARN``: CloudFormation takes the role
for all later operations on the stack, too.
"""

import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

from ministack.core import responses
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, helpers, provisioners

from embedded_aws.cloudformation import validation
from embedded_aws.cloudformation.requests import Request, Resource, requests
from embedded_aws.ministack import identities, policies
from embedded_aws.ministack.query import parameters
from embedded_aws.ministack.rights import Rights

Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]
Params = Mapping[str, Any]
Answer = tuple[int, dict[str, str], bytes]
_SERVICE, _SESSION = "cloudformation.amazonaws.com", "AWSCloudFormation"
_TAKE_A_ROLE = {
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "CreateChangeSet",
    "RollbackStack",
    "ContinueUpdateRollback",
}
_WORK = (_TAKE_A_ROLE - {"CreateChangeSet"}) | {"ExecuteChangeSet"}
_KEPT = "RoleARN"  # in MiniStack's records of stacks and change sets
_acting: ContextVar[str] = ContextVar("acting", default="")
_at: ContextVar[tuple[str, str]] = ContextVar("at", default=("", ""))  # type and logical id that are being worked on


def as_somebody(known: Handle) -> Handle:
    """CloudFormation's API: whoever names a role has to be allowed to pass it, and the role has to trust CloudFormation."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        given = parameters(headers, body, query)
        action, identity = given.get("Action", ""), identities.caller(headers, query)
        role = given.get("RoleARN", "") if action in _TAKE_A_ROLE else ""
        refusal = _refusal(identity, role) if role else None
        if refusal:
            return helpers._error(*refusal)
        role = role or (_kept_role(action, given) if action in _WORK else "")
        token = _acting.set(identities.session_arn(role, _SESSION) if role else identity)
        try:
            answer = await known(method, path, headers, body, query)
        finally:
            _acting.reset(token)
        if answer[0] == 200 and role:
            _keep(action, given, role)
        return _told(answer) if action == "DescribeStacks" else answer

    return handle


def _refusal(identity: str, role: str) -> tuple[str, str, int] | None:
    passing = Request("iam:PassRole", role, {"iam:passedtoservice": _SERVICE})
    denied = Rights(identity, responses.get_region()).denies(passing)
    if denied:
        return "AccessDenied", denied, 403
    if not identities.assumable(role, _SERVICE, responses.get_account_id(), responses.get_region()):
        return "ValidationError", f"Role {role} is invalid or cannot be assumed", 400
    return None


def _kept_role(action: str, given: Params) -> str:
    """The role of the change set, or the one with which the stack was last worked on."""
    _, change_set = (
        changesets._find_change_set(given.get("ChangeSetName", ""), given.get("StackName", ""))
        if action == "ExecuteChangeSet"
        else (None, None)
    )
    name = change_set["StackName"] if change_set else given.get("StackName", "")
    stack = handlers._resolve_stack(name) or {}
    return str((change_set or {}).get(_KEPT) or ("" if action == "CreateStack" else stack.get(_KEPT, "")))


def _keep(action: str, given: Params, role: str) -> None:
    if action == "CreateChangeSet":
        _, change_set = changesets._find_change_set(given["ChangeSetName"], given["StackName"])
        if change_set is not None:
            change_set[_KEPT] = role
        return
    name = given.get("StackName", "")
    if action == "ExecuteChangeSet":
        _, change_set = changesets._find_change_set(given["ChangeSetName"], name)
        name = change_set["StackName"] if change_set else name
    stack = handlers._resolve_stack(name)
    if stack is not None:
        stack[_KEPT] = role


def _told(answer: Answer) -> Answer:
    """DescribeStacks names the role; MiniStack leaves it out."""
    status, headers, body = answer
    for stack in cloudformation._stacks.values():
        if stack.get(_KEPT):
            id_ = f"<StackId>{stack['StackId']}</StackId>".encode()
            body = body.replace(id_, id_ + f"<RoleARN>{stack[_KEPT]}</RoleARN>".encode())
    return status, headers, body


def creating(known: Callable[..., Any]) -> Callable[..., Any]:
    """A resource is made where its properties are what its type takes and the acting identity may make it."""

    def create(kind: str, logical_id: str, properties: Params, stack_name: str) -> Any:
        with _work_on(kind, logical_id) as begins:
            if begins:
                _check(kind, logical_id, properties)
                _require("create", _resource(kind, logical_id, properties, stack_name))
            return known(kind, logical_id, properties, stack_name)

    return create


def updating(known: Callable[..., Any]) -> Callable[..., Any]:
    """The same of a change; one that replaces the resource creates another."""

    def update(kind: str, physical: str, old: Params, new: Params, *rest: Any) -> Any:
        stack, logical_id, *_ = (*rest, None)
        name = logical_id or physical
        with _work_on(kind, name) as begins:
            if begins and old != new:
                _check(kind, name, new)
                made = replace(_resource(kind, name, new, stack), physical=physical, before=old)
                _require("create" if provisioners._replacing_change(kind, old, new) else "update", made)
            return known(kind, physical, old, new, *rest)

    return update


def deleting(known: Callable[..., Any]) -> Callable[..., Any]:
    """The same of a deletion."""

    def delete(kind: str, physical: str, properties: Params, *rest: Any) -> Any:
        stack, logical_id, *_ = (*rest, None, None)
        name = logical_id or physical
        with _work_on(kind, name) as begins:
            if begins:
                _require("delete", replace(_resource(kind, name, properties, stack or ""), physical=physical))
            return known(kind, physical, properties, *rest)

    return delete


@contextmanager
def _work_on(kind: str, logical_id: str) -> Iterator[bool]:
    """Whether work on a resource begins here: MiniStack's functions call each other, and a nested stack's resources are others."""
    begins = _at.get() != (kind, logical_id)
    token = _at.set((kind, logical_id))
    try:
        yield begins
    finally:
        _at.reset(token)


def _resource(kind: str, logical_id: str, properties: Params, stack: str) -> Resource:
    return Resource(kind, logical_id, properties, stack, responses.get_account_id(), responses.get_region())


def _check(kind: str, logical_id: str, properties: Params) -> None:
    validation.check(kind, logical_id, properties)
    policies.check(kind, properties)


def _require(handler: str, resource: Resource) -> None:
    identity = _acting.get()
    if not identity or identity.endswith(":root"):
        return
    rights = Rights(identity, resource.region)
    for request in requests(handler, resource):
        denied = rights.denies(request)
        if denied:
            told = f'Resource handler returned message: "{denied}"'
            raise ValueError(f"{told} (RequestToken: {uuid.uuid4()}, HandlerErrorCode: AccessDenied)")
