"""Delivery's way into MiniStack: who git's callers are, paths of our own, EventBridge targets that it lacks, CodeBuild's projects."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from embedded_aws.codecommit.git_http import Request
from embedded_aws.ministack import requests
from embedded_aws.service import Document, ServiceError
from embedded_aws.signing import git_password, signed_at

_LOG = logging.getLogger("embedded_aws")
_VALID = timedelta(minutes=15)  # of a signature
Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Target = Callable[[str, dict[str, Any], str, str], None]  # ARN, input, account, region


def mounted(application: Asgi, prefix: str, own: Asgi) -> Asgi:
    """``application`` with ``own`` below a path."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        chosen = own if scope["type"] == "http" and scope["path"].startswith(prefix) else application
        await chosen(scope, receive, send)

    return serve


def authorize(request: Request, action: str) -> str:
    """ARN of who sent a git request, where IAM allows him the action.

    Raises:
        ServiceError: 401 without valid credentials, 403 where the policies refuse.
    """
    from ministack.core import iam_evaluator
    from ministack.core.responses import request_scope

    key, token, password = request.login()
    if not key:
        raise ServiceError("MissingAuthenticationToken", "sign in with an access key and its secret or signature", 401)
    with request_scope(request.account, request.region):
        found = iam_evaluator.resolve_credential(key, request.account, session_token=token)
        if isinstance(found, iam_evaluator.CredentialResolutionError):
            raise ServiceError(found.code, found.message, 401)
        if not _knows_secret(found, password, request):
            raise ServiceError("SignatureDoesNotMatch", "neither the secret of the access key nor its signature", 401)
        principal = iam_evaluator.resolve_principal(key, request.account, found)
        if principal.policies is not None:
            _require(iam_evaluator, principal, request, action)
        return str(principal.arn)


def _require(evaluator: Any, principal: Any, request: Request, action: str) -> None:
    context = evaluator.EvalContext(
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
    decision = evaluator.evaluate(context, principal.policies, *principal.limits).decision
    if decision != "Allow":
        raise ServiceError(
            "AccessDeniedException", f"{principal.arn} is not authorized to perform: {action} on {request.arn}", 403
        )


def require_role(role: str, action: str, resource: str, account: str, region: str) -> None:
    """What a service does with a role that it was given has to be allowed to the role.

    Raises:
        ServiceError: it is not.
    """
    from ministack.core import iam_evaluator
    from ministack.core.responses import request_scope
    from ministack.services import iam

    name = role.rsplit("/", 1)[-1]
    with request_scope(account, region):
        policies = iam_evaluator._gather_role_policies(name, account) if role else []
        limits = iam_evaluator._permissions_boundary(iam._roles, name, account) if role else []
        arn = session_arn(role, "events")
        context = iam_evaluator.EvalContext(
            arn, "AssumedRole", account, action, resource, region, source_ip="127.0.0.1", secure_transport=True
        )
        decision = iam_evaluator.evaluate(context, policies, *limits).decision
    if decision != "Allow":
        raise ServiceError("AccessDeniedException", f"{arn} is not authorized to perform: {action} on {resource}")


def session_arn(role: str, session: str) -> str:
    """ARN of a session of a role."""
    account, name = role.split(":")[4:5], role.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{account[0] if account else ''}:assumed-role/{name}/{session}"


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


def deliver_to(targets: dict[str, Target]) -> None:
    """Give EventBridge targets by the service in their ARN; MiniStack knows functions, queues, topics and state machines only."""
    from ministack.core.responses import get_account_id, get_region
    from ministack.services import eventbridge

    known = eventbridge._invoke_target

    def invoke(target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None) -> None:
        service = target.get("Arn", "").split(":")[2:3]
        own = targets.get(service[0]) if service else None
        if own is None:
            known(target, event, rule, view)
            return
        given = _input(eventbridge, target, event, rule, view)
        try:
            own(target["Arn"], {"Input": given, "Target": target, "Rule": rule["Arn"]}, get_account_id(), get_region())
        except ServiceError as error:
            _LOG.warning("EventBridge: %s was not started: %s (%s)", target["Arn"], error.message, error.code)

    eventbridge._invoke_target = invoke


def _input(
    eventbridge: Any, target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any
) -> Document:
    """What the rule sends: its transformer's text or its constant; nothing where it has neither."""
    text = target.get("Input", "")
    if target.get("InputTransformer"):
        view = view or eventbridge._pattern_event_view(event)
        text = eventbridge._apply_input_transformer(target["InputTransformer"], rule, view)
    try:
        found = json.loads(text or "{}")
    except ValueError:
        raise ServiceError("ValidationException", f"the target's input is no JSON: {text[:200]}") from None
    return found if isinstance(found, dict) else {}


def put_event(source: str, detail_type: str, detail: Document, resources: list[str], account: str, region: str) -> None:  # noqa: PLR0917
    """Put an event on the default bus."""
    requests.put_event(source, detail_type, detail, resources, account=account, region=region)


def build_project(name: str, account: str, region: str) -> Document | None:
    """A CodeBuild project as it was created; MiniStack keeps them."""
    from ministack.core.responses import request_scope
    from ministack.services import codebuild

    with request_scope(account, region):
        found = codebuild._projects.get(name)
        return dict(found) if found is not None else None


def project_operation(operation: str, params: Document, account: str, region: str) -> Document:
    """One of MiniStack's own operations on projects.

    Raises:
        ServiceError: its error.
    """
    from ministack.core.responses import request_scope
    from ministack.services import codebuild

    functions = {
        "CreateProject": codebuild._create_project,
        "BatchGetProjects": codebuild._batch_get_projects,
        "ListProjects": codebuild._list_projects,
        "UpdateProject": codebuild._update_project,
        "DeleteProject": codebuild._delete_project,
    }
    with request_scope(account, region):
        status, _, body = functions[operation](params)
    answer = json.loads(body or b"{}")
    if status >= 400:
        raise ServiceError(answer.get("__type", "ValidationException"), answer.get("message", ""), status)
    return dict(answer)
