"""Everything that touches MiniStack's internals; ``tests/unit/embedded/test_ministack_contract.py`` guards each of them."""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from embedded_aws.cloudwatch import alarms
from embedded_aws.host import Host
from embedded_aws.iam.condition_keys import condition_keys, s3_keys
from embedded_aws.service import Service

_LOG = logging.getLogger("embedded_aws")

_CONDITIONED = {"monitoring", "sagemaker"}  # MiniStack's names of CloudWatch and of our own service
_VARIABLE = re.compile(r"\$\{([^}*?$]+)\}")  # ${*}, ${?} and ${$} are these characters themselves
_NOTHING = "\0"  # no value of a request is this
_RPC_PATH = re.compile(r"/operation/([A-Za-z]+)$")
_OWN: set[str] = set()  # names of our services
ResourceArn = Callable[[str, dict[str, Any], str, str], str]


def application() -> Any:
    """MiniStack's ASGI application."""
    from ministack.app import app

    return app


def register(service: Service, resource_arn: ResourceArn) -> Host:
    """Serve ``service`` beside MiniStack's own; ``resource_arn`` names what an operation acts on, for IAM."""
    from ministack import app
    from ministack.core import iam_actions, router

    host, name = Host(service), service.name
    # otherwise the first request to a service that MiniStack does not know loads every botocore model (11 s)
    _OWN.add(name)
    router._KNOWN_AWS_SERVICE_NAMES = frozenset(_OWN)
    router.SERVICE_PATTERNS[name] = {"target_prefixes": [host.target_prefix], "host_patterns": []}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = name

    async def handle(_method: str, _path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        return await host.respond(headers, body, _caller(headers, query))

    app.SERVICE_HANDLERS[name] = handle
    known = iam_actions.extract_resource_arn

    def extract(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
        if service != name:
            return str(known(service, method, path, headers, body, *rest))
        operation = headers.get("x-amz-target", "").removeprefix(host.target_prefix)
        return resource_arn(operation, _json(body), rest[-2], rest[-1])

    iam_actions.extract_resource_arn = extract
    return host


def supply_condition_keys() -> None:
    """Give IAM the condition keys of CloudWatch, SageMaker and S3 requests, which MiniStack does not resolve.

    rpc-v2-cbor names its operation in the path only: without ``action`` MiniStack would let any such request pass.
    """
    from ministack.core import iam_actions

    known, known_action = iam_actions.request_tag_context, iam_actions.extract_iam_action
    known_arn = iam_actions.extract_resource_arn

    def action(service: str, method: str, path: str, *rest: Any) -> str | None:
        match = _RPC_PATH.search(path) if service == "monitoring" else None
        return f"cloudwatch:{match.group(1)}" if match else known_action(service, method, path, *rest)

    def context(service: str, action: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        tags: dict[str, Any] = known(service, action, body, params)
        if service not in _CONDITIONED:
            return tags
        return {**tags, **condition_keys(action, _parameters(body, params))}

    def arn(service: str, method: str, path: str, headers: dict[str, str], body: bytes, *rest: Any) -> str:
        spoken = service in _CONDITIONED and _is_cbor(body)  # an object of S3 may begin with any byte
        readable = json.dumps(_cbor(body), default=str).encode() if spoken else body
        return str(known_arn(service, method, path, headers, readable, *rest))

    known_s3 = iam_actions.s3_service_context

    def of_s3(action: str, query: Mapping[str, Any], path: str, headers: Mapping[str, str], *rest: Any) -> Any:
        return {**(known_s3(action, query, path, headers, *rest) or {}), **s3_keys(headers)}

    iam_actions.request_tag_context, iam_actions.extract_iam_action = context, action
    iam_actions.s3_service_context = of_s3
    iam_actions.extract_resource_arn = arn


_PARTS = {"uploads", "partNumber"}  # of requests that begin an upload or send a part: they create no object


def supply_s3_keys() -> None:
    """Give IAM the keys of conditional writes (user guide of S3, "Enforce conditional writes")."""
    from ministack.core import iam_actions

    known = iam_actions.s3_service_context

    def context(action: str, query: Mapping[str, Any] | None, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = known(action, query, path, headers)
        if action != "s3:PutObject":
            return found
        given = {f"s3:{name}": headers[name] for name in ("if-none-match", "if-match") if headers.get(name)}
        creates = not _PARTS & set(query or {})
        return {**found, **given, "s3:ObjectCreationOperation": str(creates).lower()}

    iam_actions.s3_service_context = context


def resolve_policy_variables() -> None:
    """Replace ``${aws:userid}`` and the like in resources and conditions; a variable without a value matches nothing."""
    from ministack.core import iam_evaluator

    known, known_conditions = iam_evaluator._first_match, iam_evaluator._conditions_met

    def first(context: Any, statements: list[Any], effect: str) -> Any:
        return known(context, [_resolved(context, statement) for statement in statements], effect)

    def conditions(wanted: Any, context: Any) -> bool:
        return bool(known_conditions(_substituted(context, wanted), context))

    iam_evaluator._first_match, iam_evaluator._conditions_met = first, conditions


def _resolved(context: Any, statement: Any) -> Any:
    places = {name: _substituted(context, getattr(statement, name)) for name in ("resources", "not_resources")}
    return replace(statement, **places)


def _substituted(context: Any, value: Any) -> Any:
    from ministack.core.iam_evaluator import _resolve_condition_key

    if isinstance(value, Mapping):
        return {key: _substituted(context, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_substituted(context, item) for item in value]
    if not isinstance(value, str) or "${" not in value:
        return value
    found = {name: _resolve_condition_key(name, context) for name in _VARIABLE.findall(value)}
    if any(not isinstance(item, str) or not item for item in found.values()):
        return _NOTHING
    return _VARIABLE.sub(lambda match: str(found[match.group(1)]), value)


def _parameters(body: bytes, query: Mapping[str, Any]) -> dict[str, Any]:
    """Members of a request in any of CloudWatch's protocols: JSON, rpc-v2-cbor, query."""
    if body[:1] == b"{":
        return _json(body)
    if _is_cbor(body):
        return _cbor(body)
    return {name: value[0] if isinstance(value, list) else value for name, value in query.items()}


def _is_cbor(body: bytes) -> bool:
    """Whether a body is a CBOR map (0xA0...0xBF: no character of UTF-8 text begins with these)."""
    return 0xA0 <= body[:1].ljust(1)[0] <= 0xBF


def _cbor(body: bytes) -> dict[str, Any]:
    import io

    from botocore.parsers import ResponseParserError, RpcV2CBORParser

    try:
        value = RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body)))
    except (ResponseParserError, ValueError):
        return {}  # no keys: a condition on one denies
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else {}


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}  # the host refuses it with a typed error
    return value if isinstance(value, dict) else {}


def _caller(headers: Mapping[str, str], query: dict[str, Any]) -> tuple[str, str, str]:
    from ministack.core.iam_evaluator import resolve_caller_identity
    from ministack.core.responses import get_account_id, get_region
    from ministack.core.router import extract_access_key_id

    account = get_account_id()
    known = resolve_caller_identity(extract_access_key_id(dict(headers), query))
    return account, get_region(), known["userArn"] if known else f"arn:aws:iam::{account}:root"


def emit(detail_type: str, detail: dict[str, Any], resources: list[str], account: str, region: str) -> None:
    """Put an event of SageMaker's on the default bus."""
    put_event("aws.sagemaker", detail_type, detail, resources, account=account, region=region)


def put_event(  # noqa: PLR0917 (an event's own fields)
    source: str, detail_type: str, detail: dict[str, Any], resources: list[str], account: str, region: str
) -> None:
    """Put an event on the default bus; ``aws.*`` sources included, which PutEvents refuses to callers."""
    from ministack.core.responses import request_scope
    from ministack.services import eventbridge

    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": resources}
    with request_scope(account, region):
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def role_session(role: str, name: str, account: str, region: str) -> dict[str, str] | None:
    """Environment variables with credentials of a role's session, as Lambda functions get them; None without such a role."""
    from ministack.core.iam_evaluator import validate_role_arn
    from ministack.core.lambda_runtime import execution_credentials
    from ministack.core.responses import request_scope

    with request_scope(account, region):
        if not role or validate_role_arn(role) is not None:
            return None
        arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
        return dict(execution_credentials({"FunctionArn": arn, "FunctionName": name, "Role": role}))


def trust_loopback() -> None:
    """Requests over the loopback interface never leave the machine: ``aws:SecureTransport`` is true for them."""
    from ministack import app

    known = app.pin_request_origin

    def pin(address: str, secure: bool) -> None:
        known(address, secure or address in {"127.0.0.1", "::1"})

    app.pin_request_origin = pin


def honour_alarms() -> None:
    """Evaluate alarms as CloudWatch does (dimensions, M of N, missing data) and send their state changes as events."""
    from ministack.services import cloudwatch

    known = cloudwatch._dispatch_alarm_actions

    def dispatch(alarm: dict[str, Any], old: str, new: str, reason: str) -> None:
        from ministack.core.responses import get_account_id, get_region

        known(alarm, old, new, reason)
        detail = alarms.state_change(alarm, old, new, reason)
        where = {"account": get_account_id(), "region": get_region()}
        put_event("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [alarm["AlarmArn"]], **where)

    def evaluate(alarm: dict[str, Any]) -> None:
        _evaluate(alarm, time.time())

    cloudwatch._dispatch_alarm_actions = dispatch
    cloudwatch._evaluate_alarm = evaluate


def _evaluate(alarm: dict[str, Any], now: float) -> None:
    from ministack.services import cloudwatch

    wanted = cloudwatch._dims_key({item["Name"]: item["Value"] for item in _dimensions(alarm)})
    points = list(cloudwatch._metrics.get((alarm.get("Namespace"), alarm.get("MetricName"), wanted)) or [])
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")

    def value(group: list[dict[str, Any]]) -> float | None:
        found = cloudwatch._stat_value(cloudwatch._calc_stats(group), statistic, group)
        return None if found is None else float(found)

    verdict = alarms.judge(alarm, points, now, value)
    old = alarm["StateValue"]
    if verdict is None or verdict.state == old:
        return
    alarm.update(StateValue=verdict.state, StateReason=verdict.reason, StateUpdatedTimestamp=int(now))
    cloudwatch._record_history(alarm["AlarmName"], old, verdict.state, verdict.reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, verdict.state, verdict.reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _dimensions(alarm: dict[str, Any]) -> list[dict[str, str]]:
    found = alarm.get("Dimensions") or []
    return [{"Name": key, "Value": value} for key, value in found.items()] if isinstance(found, dict) else found


def tick_alarms() -> None:
    """Evaluate every alarm of every account and region: data grow old without a new request."""
    from ministack.core.responses import request_scope
    from ministack.services import cloudwatch

    for account, region in {key[:2] for key in list(cloudwatch._alarms._data)}:
        with request_scope(account, region):
            for alarm in list(cloudwatch._alarms.values()):
                _evaluate(alarm, time.time())


def save() -> None:
    """Write MiniStack's control-plane state to disk (S3 objects are written through)."""
    from ministack import app
    from ministack.core.persistence import save_all

    save_all(app._build_persistence_save_dict())
