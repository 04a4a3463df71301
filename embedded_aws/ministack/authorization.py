"""What IAM is told of a request: its action, the resource, the condition keys that MiniStack does not resolve."""

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, responses
from ministack.services import athena

from embedded_aws.iam.api_actions import action_of, asked_besides
from embedded_aws.iam.condition_keys import condition_keys, kms_keys, s3_keys
from embedded_aws.iam.named import Named, function, of_query, taken_apart
from embedded_aws.iam.reference import compared_with, find, known_service
from embedded_aws.ministack import keys, object_encryption
from embedded_aws.ministack.services import Own

_CONDITIONED = {"monitoring", "sagemaker"}  # MiniStack's names of CloudWatch and of our own service
_RPC_PATH = re.compile(r"/operation/([A-Za-z]+)$")
_APART = {"s3", "iam"}  # whose requests MiniStack itself takes apart
Document = dict[str, Any]
Check = tuple[str, str]  # action, resource
_besides: ContextVar[Sequence[Check]] = ContextVar("besides", default=())  # checks of a request besides its first one
_refused: ContextVar[Check | None] = ContextVar("refused", default=None)


def trusting_loopback(known: Callable[[str, bool], None]) -> Callable[[str, bool], None]:
    """Requests over the loopback interface never leave the machine: ``aws:SecureTransport`` is true for them."""

    def pin(address: str, secure: bool) -> None:
        known(address, secure or address in {"127.0.0.1", "::1"})

    return pin


def action(known: Callable[..., str | None]) -> Callable[..., str]:
    """Every request has an action that AWS knows: MiniStack would let one pass where it knows none (rpc-v2-cbor has it in the path)."""

    def extract(service: str, method: str, path: str, *rest: Any) -> str:
        match = _RPC_PATH.search(path) if service == "monitoring" else None
        found = f"cloudwatch:{match.group(1)}" if match else known(service, method, path, *rest)
        found = action_of(found or "")
        if found and known_service(found.partition(":")[0]) and find(found) is None:
            found = None
        return found or f"{service}:UnknownOperation"  # which no policy of ours allows

    return extract


def resource_arn(own: Sequence[Own]) -> Callable[[Callable[..., Any]], Callable[..., str]]:
    """What a request acts on, of a resource type that its action has: ``*`` where it has none, which no statement on an ARN allows.

    Our services say what their operations act on; a body in CBOR becomes JSON, which MiniStack reads.
    """
    ours = {item.name: item for item in own}

    def make(known: Callable[..., Any]) -> Callable[..., str]:
        def extract(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
            called = iam_actions.extract_iam_action(service, method, path, headers, body, rest[0])
            _besides.set(())
            try:
                first = compared_with(called, named(service, method, path, headers, body, *rest))
            except ValueError:
                first = "*"  # of no type of the action's: a statement on an ARN does not allow it
            if service in _APART:
                return first
            resources = Named(rest[2], rest[1], _stands_for)
            every = resources.arns(called, _request(body, rest[0]))
            if first != "*" and not (every and taken_apart(called.partition(":")[0])):
                every.insert(0, first)
            checks = [(called, it) for it in dict.fromkeys(every or ["*"])]
            _besides.set(checks[1:])
            return checks[0][1]

        def named(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
            spoken = service in _CONDITIONED and _is_cbor(body)  # an object of S3 may begin with any byte
            readable = json.dumps(_cbor(body), default=str).encode() if spoken else body
            found = ours.get(service)
            if found is None:
                arn = str(known(service, method, path, headers, readable, *rest))
                return function(arn, _first(rest[0], "Qualifier")) if service == "lambda" else arn
            return found.resource_arn(found.operation(headers), _json(readable), rest[-2], rest[-1])

        return extract

    return make


def judging(known: Callable[..., Any]) -> Callable[..., Any]:
    """A request to several resources is allowed where each of them is; the refusal names the one that is not."""

    def enforce(key: str, called: str, service: str, region: str, **more: Any) -> Any:
        _refused.set(None)
        denied, waiting = known(key, called, service, region, **more), _besides.get()
        _besides.set(())
        for action_, resource in waiting if denied is None else ():
            denied = known(key, action_, service, region, **{**more, "resource_arn": resource})
            if denied is not None:
                _refused.set((action_, resource))
                break
        return denied

    return enforce


def refusal(known: Callable[..., Any]) -> Callable[..., Any]:
    """The words of a refusal, about what was refused."""

    def response(service: str, called: str, *rest: Any, **more: Any) -> Any:
        found = _refused.get()
        if found is None or more.get("error_code"):
            return known(service, called, *rest, **more)
        return known(service, found[0], *rest, **{**more, "resource_arn": found[1]})

    return response


def _request(body: bytes, query: Mapping[str, Any]) -> Document:
    """The members of a request in any protocol."""
    if body[:1] == b"{":
        return _json(body)
    return _cbor(body) if _is_cbor(body) else of_query(query)


def _first(query: Mapping[str, Any], name: str) -> str:
    value = query.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _stands_for(kind: str, name: str) -> str:
    """ARN of an alias's key, the work group of a query; "" of what is not there."""
    if kind == "kms":
        key = keys.key_of(name)
        return key if key != name else ""
    found = athena._executions.get(name) or athena._named_queries.get(name) or {}
    return str(found.get("WorkGroup", ""))


def request_context(known: Callable[..., Document]) -> Callable[..., Document]:
    """Condition keys of CloudWatch's, SageMaker's and KMS's requests."""

    def context(service: str, action: str, body: bytes, params: Document) -> Document:
        tags = known(service, action, body, params)
        if service == "kms":
            return {**tags, **kms_keys(_json(body), responses.get_account_id())}
        if service not in _CONDITIONED:
            return tags
        return {**tags, **condition_keys(action, _parameters(body, params))}

    return context


def s3_context(known: Callable[..., Document | None]) -> Callable[..., Document]:
    """Condition keys of requests to S3."""

    def context(
        action: str, query: Mapping[str, Any] | None, path: str = "", headers: Mapping[str, str] | None = None
    ) -> Document:
        found = {**(known(action, query, path, headers) or {}), **s3_keys(action, query or {}, headers or {})}
        return {**found, **object_encryption.wanted_key(action, query or {}, headers or {})}

    return context


def s3_besides(
    known: Callable[..., list[tuple[str, str]]],
) -> Callable[..., list[tuple[str, str]]]:
    """What a request to S3 takes besides its own action: MiniStack's list, and what a write sets with the object."""

    def besides(
        method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any]
    ) -> list[tuple[str, str]]:
        called = iam_actions.extract_iam_action("s3", method, path, headers, body, query_params)
        more = asked_besides(called, headers, query_params)
        resource = "arn:aws:s3:::" + path.lstrip("/")
        return [*known(method, path, headers, body, query_params), *((action, resource) for action in more)]

    return besides


def _parameters(body: bytes, query: Mapping[str, Any]) -> Document:
    """Members of a request in any of CloudWatch's protocols: JSON, rpc-v2-cbor, query."""
    if body[:1] == b"{":
        return _json(body)
    if _is_cbor(body):
        return _cbor(body)
    return {name: value[0] if isinstance(value, list) else value for name, value in query.items()}


def _is_cbor(body: bytes) -> bool:
    """Whether a body is a CBOR map (0xA0...0xBF: no character of UTF-8 text begins with these)."""
    return 0xA0 <= body[:1].ljust(1)[0] <= 0xBF


def _cbor(body: bytes) -> Document:
    from botocore.parsers import ResponseParserError, RpcV2CBORParser

    try:
        value = RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body)))
    except (ResponseParserError, ValueError):
        return {}  # no keys: a condition on one denies
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else {}


def _json(body: bytes) -> Document:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}  # the host refuses it with a typed error
    return value if isinstance(value, dict) else {}
