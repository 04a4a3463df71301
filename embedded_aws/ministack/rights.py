"""What an identity may do, asked many times: policies are read and sorted by action once for each text."""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import iam

from embedded_aws.cloudformation.requests import Request

_Statements = list[Any]


class Rights:
    """Of one identity (ARN of a role's session or of a user) in a region; the account's root may do everything."""

    def __init__(self, identity: str, region: str) -> None:
        self.identity, self._region = identity, region
        self._account = identity.split(":")[4]

    def denies(self, request: Request) -> str:
        """Why the identity may not make a request, in IAM's words; empty where it may."""
        if self.identity.endswith(":root"):
            return ""
        context = self._context(request)
        decision = iam_evaluator.evaluate(context, *self._policies(request.action)).decision
        if decision == "Allow":
            return ""
        because = (
            "with an explicit deny in an identity-based policy"
            if decision == "Deny"
            else f"because no identity-based policy allows the {request.action} action"
        )
        return (
            f"User: {self.identity} is not authorized to perform: {request.action} "
            f"on resource: {request.resource} {because}"
        )

    def _context(self, request: Request) -> Any:
        session = ":assumed-role/" in self.identity
        return iam_evaluator.EvalContext(
            self.identity,
            "AssumedRole" if session else "User",
            self._account,
            request.action,
            request.resource,
            self._region,
            source_ip="127.0.0.1",
            secure_transport=True,
            request_tags=dict(request.tags),
            tag_keys=list(request.tags),
            service_context=dict(request.keys),
            principal_keys={} if session else {"aws:username": self.identity.rsplit("/", 1)[-1]},
        )

    def _policies(self, action: str) -> tuple[list[_Statements], ...]:
        """The identity's own policies, then its limits: statements that speak of the action."""
        if ":assumed-role/" not in self.identity:
            name = self.identity.rsplit("/", 1)[-1]
            limits = iam_evaluator._permissions_boundary(iam._users, name, self._account)
            return iam_evaluator._gather_user_policies(name, self._account), *limits
        role = iam._roles.get_scoped(self._account, None, self.identity.split("/")[1]) or {}
        own = [_about(text, action) for text in self._documents(role)]
        boundary = role.get("PermissionsBoundary")
        return (own, [_about(self._managed(boundary), action)]) if boundary else (own,)

    def _documents(self, role: dict[str, Any]) -> Iterator[str]:
        yield from (_text(document) for document in role.get("InlinePolicies", {}).values())
        yield from (self._managed(arn) for arn in role.get("AttachedPolicies", []))

    def _managed(self, arn: str) -> str:
        return _text(iam_evaluator._resolve_managed_policy_document(arn, self._account) or {})


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


@lru_cache(256)
def _statements(text: str) -> Sequence[Any]:
    return tuple(iam_evaluator.parse_policy_document(text))


@lru_cache(8192)
def _about(text: str, action: str) -> _Statements:
    """Statements of a policy that an action can match."""
    return [it for it in _statements(text) if iam_evaluator._action_matches(action, it.actions, it.not_actions)]
