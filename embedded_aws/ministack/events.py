"""EventBridge: events that services put, and targets of rules that MiniStack lacks."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import responses
from ministack.services import eventbridge, lambda_svc

from embedded_aws.service import Document, Emit, ServiceError

_LOG = logging.getLogger("embedded_aws")
Target = Callable[[str, Document, str, str], None]  # ARN, {"Input", "Target", "Rule"}, account, region
Invoke = Callable[..., None]
Call = Callable[[str, str], None]  # a function's ARN, the event as JSON


def emitter(source: str) -> Emit:
    """Puts a service's events on the default bus; ``aws.*`` sources included, which PutEvents refuses to callers."""

    def emit(detail_type: str, detail: Document, resources: list[str], account: str, region: str) -> None:
        entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": resources}
        with responses.request_scope(account, region):
            eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    return emit


def delivering(targets: Mapping[str, Target]) -> Callable[[Invoke], Invoke]:
    """Targets by the service in their ARN; MiniStack knows functions, queues, topics and state machines only."""

    def make(known: Invoke) -> Invoke:
        def invoke(target: Document, event: Document, rule: Document, view: Any = None) -> None:
            service = target.get("Arn", "").split(":")[2:3]
            own = targets.get(service[0]) if service else None
            if own is None:
                known(target, event, rule, view)
                return
            given = {"Input": _input(target, event, rule, view), "Target": target, "Rule": rule["Arn"]}
            try:
                own(target["Arn"], given, responses.get_account_id(), responses.get_region())
            except ServiceError as error:
                _LOG.warning("EventBridge: %s was not started: %s (%s)", target["Arn"], error.message, error.code)

        return invoke

    return make


def calling(known: Call) -> Call:
    """Functions are called as AWS calls them for an event: one that fails is called twice more; MiniStack calls it once."""

    def call(arn: str, payload: str) -> None:
        function, config, _ = lambda_svc._get_func_record_for_ref(arn)
        if not function or not config:
            known(arn, payload)  # which says that there is no such function
            return
        lambda_svc.invoke_async_with_retry(
            lambda_svc._execution_record_for_config(function, config), json.loads(payload)
        )

    return call


def _input(target: Document, event: Document, rule: Document, view: Any) -> Document:
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
