"""What IAM and Lambda refuse and MiniStack takes: names, documents, sizes, policies that do not exist; by CloudFormation, too."""

import json
import re
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from ministack.core import responses
from ministack.services import iam

from embedded_aws.awslambda import limits as functions
from embedded_aws.cloudformation.requests import Request
from embedded_aws.iam import documents, limits, managed
from embedded_aws.ministack import identities
from embedded_aws.ministack.query import parameters
from embedded_aws.ministack.rights import Rights
from embedded_aws.service import ServiceError
from embedded_aws.shapes import service_model

Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]
Params = Mapping[str, Any]
_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_LAMBDA = "lambda.amazonaws.com"
_KINDS = {"RoleName": "role", "UserName": "user", "GroupName": "group"}
_FUNCTION = re.compile(r"/2015-03-31/functions(/(?P<name>[^/]+)/configuration)?/?")


def iam_refusing(known: Handle) -> Handle:
    """IAM's API."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        given = parameters(headers, body, query)
        try:
            _names(given)
            judge = _REQUESTS.get(given.get("Action", ""))
            if judge:
                judge(given)
        except ServiceError as error:
            return iam._error(error.status, error.code, _escaped(error.message), ns="iam")
        return await known(method, path, headers, body, query)

    return handle


def lambda_refusing(known: Handle) -> Handle:
    """Lambda's API, CreateFunction and UpdateFunctionConfiguration."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        match = _FUNCTION.fullmatch(path)
        if match and method in {"POST", "PUT"} and body:
            operation = "UpdateFunctionConfiguration" if match["name"] else "CreateFunction"
            try:
                given = json.loads(body)
                _constraints("lambda", operation, given)
                functions.check(given)
                _passed(identities.caller(headers, query), given)
            except ServiceError as error:
                return responses.error_response_json(error.code, error.message, error.status)
        return await known(method, path, headers, body, query)

    return handle


def _passed(identity: str, given: Params) -> None:
    """A function's role is one that Lambda may assume and the caller may pass on."""
    role = str(given.get("Role", ""))
    if role:
        _assumed_by_lambda(given)
        passing = Request("iam:PassRole", role, {"iam:passedtoservice": _LAMBDA})
        denied = Rights(identity, responses.get_region()).denies(passing)
        if denied:
            raise ServiceError("AccessDeniedException", denied, 403)


def _assumed_by_lambda(given: Params) -> None:
    where = responses.get_account_id(), responses.get_region()
    if not identities.assumable(str(given.get("Role", "")), _LAMBDA, *where):
        says = "The role defined for the function cannot be assumed by Lambda."
        raise ServiceError("InvalidParameterValueException", says)


def check(kind: str, properties: Params) -> None:
    """The same for a resource that CloudFormation is about to make.

    Raises:
        ValueError: as CloudFormation tells a service's refusal.
    """
    judge = _RESOURCES.get(kind)
    try:
        if judge:
            judge(properties)
    except ServiceError as error:
        told = f'Resource handler returned message: "{error.message} (Status Code: {error.status})"'
        raise ValueError(f"{told} (RequestToken: {uuid.uuid4()}, HandlerErrorCode: {_HANDLER[error.code]})") from error


_HANDLER = {
    "LimitExceeded": "ServiceLimitExceeded",
    "NoSuchEntity": "NotFound",
    "MalformedPolicyDocument": "InvalidRequest",
    "InvalidParameterValueException": "InvalidRequest",
}


def _names(given: Params) -> None:
    """Members that IAM's model limits."""
    action = given.get("Action", "")
    model = service_model("iam")
    if action in model.operation_names:
        for member in ("RoleName", "UserName", "GroupName", "PolicyName", "InstanceProfileName"):
            value = given.get(member, "")
            if value and not _NAME.fullmatch(value):
                shown = member[0].lower() + member[1:]
                only = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
                raise ServiceError("ValidationError", f"The specified value for {shown} is invalid. {only}")
        _constraints("iam", action, given)


def _constraints(service: str, operation: str, given: Params) -> None:
    """Lengths, bounds and lists of the API's model, told as AWS tells them."""
    shape = service_model(service).operation_model(operation).input_shape
    members = shape.members if shape else {}  # GetAccountSummary and the like take none
    found = [said for name, member in members.items() if name in given for said in _breaks(member, name, given[name])]
    if found:
        count = f"{len(found)} validation error{'s' * (len(found) > 1)} detected: "
        code = "ValidationError" if service == "iam" else "ValidationException"
        raise ServiceError(code, count + "; ".join(found))


def _breaks(shape: Any, member: str, value: Any) -> Iterator[str]:
    told = f"Value '{value}' at '{member[0].lower()}{member[1:]}' failed to satisfy constraint: Member must "
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name == "string" and isinstance(value, str):
        if low is not None and len(value) < low:
            yield f"{told}have length greater than or equal to {low}"
        if high is not None and len(value) > high:
            yield f"{told}have length less than or equal to {high}"
        if shape.enum and value not in shape.enum:
            yield f"{told}satisfy enum value set: [{', '.join(shape.enum)}]"
        if member == "FunctionName" and not re.fullmatch(shape.metadata["pattern"], value):
            yield f"{told}satisfy regular expression pattern: {shape.metadata['pattern']}"
    elif shape.type_name == "integer" and str(value).lstrip("-").isdigit():
        if low is not None and int(value) < low:
            yield f"{told}have value greater than or equal to {low}"
        if high is not None and int(value) > high:
            yield f"{told}have value less than or equal to {high}"


def _create_role(given: Params) -> None:
    _trust(given.get("AssumeRolePolicyDocument", ""))


def _new_trust(given: Params) -> None:
    if given.get("RoleName") in iam._roles:
        _trust(given.get("PolicyDocument", ""))


def _trust(document: Any) -> None:
    _wellformed(document, trust=True)
    for arn in documents.principals(document):
        account, kind, name = arn.split(":")[4], *arn.split(":", 5)[5].split("/", 1)
        store = iam._roles if kind == "role" else iam._users
        if account == responses.get_account_id() and name.rsplit("/", 1)[-1] not in store:
            raise ServiceError("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{arn}"')
    limits.check_trust(document)


def _wellformed(document: Any, *, trust: bool = False) -> None:
    said = documents.problem(document, trust=trust)
    if said:
        raise ServiceError("MalformedPolicyDocument", said)


def _managed(given: Params) -> None:
    _wellformed(given.get("PolicyDocument", ""))
    limits.check_managed(given.get("PolicyDocument", ""))


def _inline(given: Params) -> None:
    """Of a role, user or group that exists: IAM looks for it first."""
    for member, kind in _KINDS.items():
        name = given.get(member, "")
        if not name:
            continue
        known = _inline_documents(kind, name)
        if known is not None:
            _wellformed(given.get("PolicyDocument", ""))
            limits.check_inline(kind, name, {**known, given.get("PolicyName", ""): given.get("PolicyDocument", "")})


def _inline_documents(kind: str, name: str) -> Params | None:
    if kind == "role":
        role = iam._roles.get(name)
        return None if role is None else dict(role.get("InlinePolicies") or {})
    owners, kept = (
        (iam._users, iam._user_inline_policies) if kind == "user" else (iam._groups, iam._group_inline_policies)
    )
    return dict(kept.get(name) or {}) if name in owners else None


def _attach(given: Params) -> None:
    for member, kind in _KINDS.items():
        name = given.get(member, "")
        owner = {"role": iam._roles, "user": iam._users, "group": iam._groups}[kind].get(name) if name else None
        if owner is not None:
            _exists(given.get("PolicyArn", ""))
            limits.check_attached(kind, [*owner.get("AttachedPolicies", []), given.get("PolicyArn", "")])


def _exists(arn: str, called: str = "Policy") -> None:
    if not iam._policy_exists(arn) and not managed.of_aws(arn):
        raise ServiceError("NoSuchEntity", f"{called} {arn} does not exist or is not attachable.", 404)


_REQUESTS: dict[str, Callable[[Params], None]] = {
    "CreateRole": _create_role,
    "UpdateAssumeRolePolicy": _new_trust,
    "CreatePolicy": _managed,
    "CreatePolicyVersion": _managed,
    **{f"Put{kind}Policy": _inline for kind in ("Role", "User", "Group")},
    **{f"Attach{kind}Policy": _attach for kind in ("Role", "User", "Group")},
}


def _role_resource(properties: Params) -> None:
    _trust(properties.get("AssumeRolePolicyDocument", {}))
    boundary = properties.get("PermissionsBoundary")
    if boundary:
        _exists(str(boundary), "Scope ARN:")
    _identity_resource("role", str(properties.get("RoleName", "")), properties)


def _identity_resource(kind: str, name: str, properties: Params) -> None:
    attached = properties.get("ManagedPolicyArns") or []
    for arn in attached:
        _exists(str(arn))
    limits.check_attached(kind, attached)
    written = {str(it.get("PolicyName")): it.get("PolicyDocument", {}) for it in properties.get("Policies") or []}
    for document in written.values():
        _wellformed(document)
    limits.check_inline(kind, name, written)


def _inline_resource(properties: Params) -> None:
    for member, kind in (("Roles", "role"), ("Users", "user"), ("Groups", "group")):
        for name in properties.get(member) or []:
            written = {properties.get("PolicyName", ""): properties.get("PolicyDocument", {})}
            limits.check_inline(kind, name, {**(_inline_documents(kind, name) or {}), **written})
    _wellformed(properties.get("PolicyDocument", {}))


def _function_resource(properties: Params) -> None:
    functions.check(properties)
    _assumed_by_lambda(properties)


_RESOURCES: dict[str, Callable[[Params], None]] = {
    "AWS::IAM::Role": _role_resource,
    "AWS::IAM::User": lambda it: _identity_resource("user", str(it.get("UserName", "")), it),
    "AWS::IAM::Group": lambda it: _identity_resource("group", str(it.get("GroupName", "")), it),
    "AWS::IAM::ManagedPolicy": _managed,
    "AWS::IAM::Policy": _inline_resource,
    "AWS::Lambda::Function": _function_resource,
}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
