"""Alarms evaluated as CloudWatch does (dimensions, M of N, missing data), their state changes sent as events."""

import time
from collections.abc import Callable
from typing import Any

from ministack.core import responses
from ministack.services import cloudwatch

from embedded_aws.cloudwatch import alarms
from embedded_aws.ministack import events
from embedded_aws.service import Document

Dispatch = Callable[[Document, str, str, str], None]  # alarm, state before, state, reason


def dispatching_events(known: Dispatch) -> Dispatch:
    """A state change is an event too."""
    emit = events.emitter("aws.cloudwatch")

    def dispatch(alarm: Document, old: str, new: str, reason: str) -> None:
        known(alarm, old, new, reason)
        detail = alarms.state_change(alarm, old, new, reason)
        where = responses.get_account_id(), responses.get_region()
        emit("CloudWatch Alarm State Change", detail, [alarm["AlarmArn"]], *where)

    return dispatch


def evaluating(_known: Callable[[Document], None]) -> Callable[[Document], None]:
    """Our rules in place of MiniStack's."""
    return lambda alarm: _evaluate(alarm, time.time())


def tick() -> None:
    """Evaluate every alarm of every account and region: data grow old without a new request."""
    for account, region in {key[:2] for key in list(cloudwatch._alarms._data)}:
        with responses.request_scope(account, region):
            for alarm in list(cloudwatch._alarms.values()):
                _evaluate(alarm, time.time())


def _evaluate(alarm: Document, now: float) -> None:
    wanted = cloudwatch._dims_key({item["Name"]: item["Value"] for item in _dimensions(alarm)})
    points = list(cloudwatch._metrics.get((alarm.get("Namespace"), alarm.get("MetricName"), wanted)) or [])
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic", "Average")

    def value(group: list[Any]) -> float | None:
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


def _dimensions(alarm: Document) -> list[dict[str, str]]:
    found = alarm.get("Dimensions") or []
    return [{"Name": key, "Value": value} for key, value in found.items()] if isinstance(found, dict) else found
