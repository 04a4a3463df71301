"""Alarm states by the CloudWatch user guide's tables ("How alarm state is evaluated when data is missing")."""

from typing import Any

import pytest

from embedded_aws.cloudwatch.alarms import judge, state_change

_TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
# newest data point on the right: 0 within the threshold, X breaching, - missing; None keeps the current state
_THREE_OF_THREE = {
    "0 - X - X": ("OK", "OK", "OK", "OK"),
    "0 - - - -": ("OK", "OK", "OK", "OK"),
    "- - - - -": ("INSUFFICIENT_DATA", None, "ALARM", "OK"),
    "0 X X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "- - X - -": ("ALARM", None, "ALARM", "OK"),
}
_TWO_OF_THREE = {
    "0 - X - X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 0 X 0 X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0 - X - -": ("OK", "OK", "ALARM", "OK"),
    "- - - - 0": ("OK", "OK", "ALARM", "OK"),
    "- - - X -": ("ALARM", None, "ALARM", "OK"),
}
_CASES = [
    (needed, picture, treat, expected)
    for needed, table in ((3, _THREE_OF_THREE), (2, _TWO_OF_THREE))
    for picture, row in table.items()
    for treat, expected in zip(_TREATMENTS, row, strict=True)
]
_NOW = 1_000_000 * 60.0 + 30


def _points(picture: str) -> list[dict[str, float]]:
    marks = picture.split()
    ages = range(len(marks) - 1, -1, -1)
    return [
        {"Timestamp": _NOW - 60 * age, "v": mark == "X"} for mark, age in zip(marks, ages, strict=True) if mark != "-"
    ]


def _highest(group: list[Any]) -> float | None:
    return max(float(point["v"]) for point in group)


def _alarm(**members: Any) -> dict[str, Any]:
    alarm = {"MetricName": "m", "Period": 60, "EvaluationPeriods": 3, "Threshold": 0.5}
    return {**alarm, "ComparisonOperator": "GreaterThanThreshold", **members}


@pytest.mark.parametrize(("needed", "picture", "treat", "expected"), _CASES)
def test_guide_tables(needed: int, picture: str, treat: str, expected: str | None) -> None:
    """Every cell of both tables."""
    verdict = judge(_alarm(DatapointsToAlarm=needed, TreatMissingData=treat), _points(picture), _NOW, _highest)
    assert (verdict and verdict.state) == expected


@pytest.mark.parametrize(
    ("operator", "value", "state"),
    [
        ("GreaterThanThreshold", 0.5, "OK"),
        ("GreaterThanOrEqualToThreshold", 0.5, "ALARM"),
        ("LessThanThreshold", 0.5, "OK"),
        ("LessThanOrEqualToThreshold", 0.5, "ALARM"),
        ("LessThanThreshold", 0.4, "ALARM"),
    ],
)
def test_operators(operator: str, value: float, state: str) -> None:
    """The threshold itself belongs to the "or equal" operators only."""
    alarm = _alarm(EvaluationPeriods=1, ComparisonOperator=operator)
    verdict = judge(alarm, [{"Timestamp": _NOW, "v": value}], _NOW, _highest)
    assert verdict is not None
    assert verdict.state == state


def test_points_are_grouped_by_aligned_periods() -> None:
    """Points of one clock minute are one data point; those before the evaluation range count for nothing."""
    minute = 1_000_000 * 60.0
    points = [
        {"Timestamp": minute + 1, "v": 0},
        {"Timestamp": minute + 59, "v": 1},
        {"Timestamp": minute - 301, "v": 1},
    ]
    seen: list[int] = []

    def highest(group: list[Any]) -> float | None:
        seen.append(len(group))
        return _highest(group)

    judge(_alarm(), points, minute + 59, highest)
    assert seen == [2]


def test_unsupported_alarms_keep_their_state() -> None:
    """Anomaly bands and metric maths are not judged."""
    assert judge(_alarm(ComparisonOperator="GreaterThanUpperThreshold"), [], _NOW, _highest) is None
    assert judge(_alarm(MetricName=None), [], _NOW, _highest) is None


def test_state_change_detail() -> None:
    """The event's detail has the members that rules match on."""
    alarm = _alarm(AlarmName="a", Namespace="n", Dimensions=[{"Name": "P", "Value": "x"}], Statistic="Maximum")
    detail = state_change(alarm, "OK", "ALARM", "why")
    assert detail["alarmName"] == "a"
    assert (detail["previousState"]["value"], detail["state"]["value"], detail["state"]["reason"]) == (
        "OK",
        "ALARM",
        "why",
    )
    metric = detail["configuration"]["metrics"][0]["metricStat"]["metric"]
    assert metric == {"namespace": "n", "name": "m", "dimensions": {"P": "x"}}
