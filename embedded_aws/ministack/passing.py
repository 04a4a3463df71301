"""Roles that requests hand to MiniStack's services: whoever names one may pass it, and it trusts the service; MiniStack asks neither."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from itertools import pairwise
from typing import Any

from ministack.core import iam_actions, responses
from ministack.services import lambda_svc

from embedded_aws.iam import passing
from embedded_aws.ministack import identities
from embedded_aws.service import ServiceError

SERVICES = ("lambda", "events", "scheduler", "states", "firehose")  # by MiniStack's names and IAM's
Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]


def asking(service: str) -> Callable[[Handle], Handle]:
    """What stands before a service's handler."""

    def make(known: Handle) -> Handle:
        async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
            called = iam_actions.extract_iam_action(service, method, path, headers, body, query) or ""
            operation = called.partition(":")[2]
            if passing.passed(service, operation) or operation == "CreateEventSourceMapping":
                where = responses.get_account_id(), responses.get_region()
                caller = (*where, identities.caller(headers, query))
                try:
                    await asyncio.to_thread(_check, service, operation, _members(path, body), caller)
                except ServiceError as error:
                    return responses.error_response_json(error.code, error.message, error.status)
            return await known(method, path, headers, body, query)

        return handle

    return make


def _check(service: str, operation: str, request: dict[str, Any], caller: tuple[str, str, str]) -> None:
    identities.require_passed(service, operation, request, caller)
    if operation == "CreateEventSourceMapping":
        _require_readable(request, caller[0], caller[1])
    elif service == "lambda":
        require_told(request, caller[0], caller[1])


def require_told(request: Mapping[str, Any], account: str, region: str) -> None:
    """A function's role may write to where the events go that it fails on.

    Raises:
        ServiceError: it may not.
    """
    target = str((request.get("DeadLetterConfig") or {}).get("TargetArn", ""))
    write = passing.WRITE.get(target.split(":")[2] if target.count(":") > 2 else "")
    role = request.get("Role") or _config(request, account, region).get("Role")
    if write is not None and role and not identities.may(role, write.actions[0], target, account, region):
        raise ServiceError(passing.UNREAD, write.words, 400)


def _config(request: Mapping[str, Any], account: str, region: str) -> Mapping[str, Any]:
    with responses.request_scope(account, region):
        _, config, _ = lambda_svc._get_func_record_for_ref(request.get("FunctionName", ""))
    return config or {}


def _require_readable(request: dict[str, Any], account: str, region: str) -> None:
    """A function's role may read the source of its events.

    Raises:
        ServiceError: it may not.
    """
    source = str(request.get("EventSourceArn", ""))
    read = passing.READ.get(source.split(":")[2] if source.count(":") > 2 else "")
    config = _config(request, account, region)
    if read is None or not config:
        return  # Lambda's own errors say what is wrong
    for action in read.actions:
        on = "*" if action.endswith(":ListStreams") else source
        if not identities.may(config["Role"], action, on, account, region):
            raise ServiceError(passing.UNREAD, passing.unread(read, source, action), 400)


def _members(path: str, body: bytes) -> dict[str, Any]:
    """A request's members; the names of REST operations stand in the path."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}  # the service refuses it
    parts = [it for it in path.split("/") if it]
    named = {"schedules": "Name", "functions": "FunctionName"}
    return {named[kind]: name for kind, name in pairwise(parts) if kind in named} | (
        found if isinstance(found, dict) else {}
    )
