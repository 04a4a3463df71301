"""CloudWatch's alarm rules as pure functions.

Source of the rules: the CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

_MORE = 2  # periods beyond EvaluationPeriods that the evaluation range reaches back, as in the guide's tables
Point = Mapping[str, Any]  # "Timestamp" in epoch seconds and MiniStack's value fields

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


class Verdict(NamedTuple):
    """The state that an alarm should be in, and why."""

    state: str
    reason: str


def judge(
    alarm: Mapping[str, Any], points: Sequence[Point], now: float, statistic: Callable[[list[Any]], float | None]
) -> Verdict | None:
    """The alarm's state at ``now``; None where it has to stay as it is."""
    compare = _COMPARE.get(alarm.get("ComparisonOperator", ""))
    if compare is None or not alarm.get("MetricName"):
        return None  # anomaly bands and metric maths are not evaluated
    period, count = int(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1)
    threshold, needed = float(alarm.get("Threshold") or 0), int(alarm.get("DatapointsToAlarm") or count)
    groups = _periods(points, now, period, count + _MORE)
    values = [statistic(group) if group else None for group in groups]
    present = [(len(values) - index, value) for index, value in enumerate(values) if value is not None][-count:]
    crossed = [(age, compare(value, threshold)) for age, value in present]
    state = _state(crossed, count, needed, alarm.get("TreatMissingData") or "missing")
    shown = [round(value, 6) for _, value in present]
    return None if state is None else Verdict(state, _reason(state, shown, sum(hit for _, hit in crossed), threshold))


def _state(crossed: Sequence[tuple[int, bool]], count: int, needed: int, treat: str) -> str | None:
    """State by the newest data points of the evaluation range, oldest first, as (age in periods, breaching)."""
    breaching, missing = sum(hit for _, hit in crossed), count - len(crossed)
    if breaching + (missing if treat == "breaching" else 0) >= needed:
        return "ALARM"
    if not missing or treat in {"breaching", "notBreaching"} or not all(hit for _, hit in crossed):
        return "OK"
    if treat == "ignore":
        return None
    if not crossed:
        return "INSUFFICIENT_DATA"
    # only breaching points, fewer than needed: an alarm where the oldest of them is old enough
    return "ALARM" if crossed[0][0] >= needed else None


def _reason(state: str, values: Sequence[float], breaching: int, threshold: float) -> str:
    if state == "INSUFFICIENT_DATA":
        return "Insufficient Data: all datapoints were unknown"
    shown = f"{breaching} of {len(values)} datapoints {list(values)} crossed {threshold:g}"
    return f"Threshold {'Crossed' if state == 'ALARM' else 'not crossed'}: {shown}"


def _periods(points: Sequence[Point], now: float, period: int, count: int) -> list[list[Point]]:
    """The points of the last ``count`` periods, newest last; periods are aligned to the clock as CloudWatch aligns them."""
    newest = math.floor(now / period)
    groups: list[list[Point]] = [[] for _ in range(count)]
    for point in points:
        age = newest - math.floor(point["Timestamp"] / period)
        if 0 <= age < count:
            groups[count - 1 - age].append(point)
    return groups


def state_change(alarm: Mapping[str, Any], old: str, new: str, reason: str) -> dict[str, Any]:
    """``detail`` of the event "CloudWatch Alarm State Change"."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    metric = {
        "namespace": alarm.get("Namespace", ""),
        "name": alarm.get("MetricName", ""),
        "dimensions": {item["Name"]: item["Value"] for item in alarm.get("Dimensions") or [] if "Name" in item},
    }
    stat = {"metric": metric, "period": alarm.get("Period", 60), "stat": alarm.get("Statistic", "Average")}
    return {
        "alarmName": alarm["AlarmName"],
        "state": {"value": new, "reason": reason, "reasonData": json.dumps({"version": "1.0"}), "timestamp": now},
        "previousState": {"value": old, "timestamp": now},
        "configuration": {
            "description": alarm.get("AlarmDescription", ""),
            "metrics": [{"id": "m1", "metricStat": stat, "returnData": True}],
        },
    }
