"""Keys that services use in their own name: the key's policy has to let them, with the encryption context that they send.

CloudWatch Logs for encrypted log groups ("Encrypt log data using AWS KMS"), CloudWatch and EventBridge for encrypted topics (Amazon SNS
Developer Guide, "Managing encryption keys": who publishes uses the key, with the topic's ARN as the context).
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core import responses
from ministack.services import sns

from embedded_aws.ministack import keys
from embedded_aws.service import Document, ServiceError

_LOG = logging.getLogger("embedded_aws")
_LOGS = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
_PUBLISH = ("kms:Decrypt", "kms:GenerateDataKey")
_ACTIONS = ("AlarmActions", "OKActions", "InsufficientDataActions")
Answer = tuple[int, dict[str, str], bytes]
Create = Callable[[Document], Answer]
Dispatch = Callable[[Document, str, str, str], None]  # alarm, state before, state, reason


def log_groups(known: Create) -> Create:
    """CreateLogGroup with a key that CloudWatch Logs may not use is refused."""

    def create(params: Document) -> Answer:
        why = refused_log_group(str(params.get("logGroupName", "")), params.get("kmsKeyId"))
        if why:
            found: Answer = responses.error_response_json("InvalidParameterException", why, 400)
            return found
        return known(params)

    return create


def refused_log_group(name: str, key_id: str | None) -> str:
    """Why a log group cannot have a key, in CloudWatch Logs' words; empty where it can."""
    account, region = responses.get_account_id(), responses.get_region()
    arn = f"arn:aws:logs:{region}:{account}:log-group:{name}"
    if not key_id or _may(f"logs.{region}.amazonaws.com", _LOGS, key_id, {"aws:logs:arn": arn}):
        return ""
    return f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"


def alarms(known: Dispatch) -> Dispatch:
    """An alarm's message does not reach a topic whose key CloudWatch may not use."""

    def dispatch(alarm: Document, old: str, new: str, reason: str) -> None:
        kept = {name: [it for it in alarm.get(name) or [] if _reaches("cloudwatch", it)] for name in _ACTIONS}
        known({**alarm, **kept}, old, new, reason)

    return dispatch


def events(known: Callable[[str, str], None]) -> Callable[[str, str], None]:
    """Nor an event to one whose key EventBridge may not use."""

    def send(arn: str, payload: str) -> None:
        if _reaches("events", arn):
            known(arn, payload)

    return send


def _reaches(service: str, target: str) -> bool:
    topic: Mapping[str, Any] = sns._topics.get(target) or {}
    key_id = (topic.get("attributes") or {}).get("KmsMasterKeyId", "")
    if not key_id or _may(f"{service}.amazonaws.com", _PUBLISH, key_id, {"aws:sns:topicArn": target}):
        return True
    _LOG.warning("%s does not have authorization to access the SNS topic encryption key of %s", service, target)
    return False


def _may(service: str, actions: tuple[str, ...], key_id: str, context: Mapping[str, str]) -> bool:
    try:
        return keys.service_may(service, actions, keys.find(key_id), context)
    except ServiceError:
        return False
