"""CloudWatch's alarm rules as pure functions.

Source of the rules: the CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data".
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

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
    """The alarm's state at ``now``; None where it has to stay as it is (missing data are ignored)."""
    compare = _COMPARE.get(alarm.get("ComparisonOperator", ""))
    if compare is None or not alarm.get("MetricName"):
        return None  # anomaly bands and metric maths are not evaluated
    period, count = int(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1)
    values = [statistic(group) if group else None for group in _periods(points, now, period, count)]
    threshold, needed = float(alarm.get("Threshold") or 0), int(alarm.get("DatapointsToAlarm") or count)
    present = [value for value in values if value is not None]
    breaching = sum(compare(value, threshold) for value in present)
    missing = count - len(present)
    treat = alarm.get("TreatMissingData") or "missing"
    shown = f"{breaching} of {len(present)} datapoints {[round(value, 6) for value in present]} crossed {threshold:g}"
    if breaching + (missing if treat == "breaching" else 0) >= needed:
        return Verdict("ALARM", f"Threshold Crossed: {shown}")
    if not present and treat == "missing":
        return Verdict("INSUFFICIENT_DATA", f"Insufficient Data: {missing} datapoints were unknown")
    if not present and treat == "ignore":
        return None
    return Verdict("OK", f"Threshold not crossed: {shown}" if present else "no datapoints: treated as not breaching")


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
