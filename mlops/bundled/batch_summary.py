"""What a batch's reports say in short: the document in the parameter ``latest-drift``, between the metrics and the drift policy."""

from typing import NotRequired, TypedDict


class Finding(TypedDict):
    """A feature, or the predictions of a brand, that has drifted; ``change`` says how, in words."""

    name: str
    score: float
    threshold: float
    change: str


class Predictions(TypedDict):
    """What became of a batch's predictions; ``expected`` has auc and brier, None where they could not be estimated."""

    report_uri: str
    rows: int
    drifted: list[Finding]
    expected: dict[str, float | None]


class Summary(TypedDict):
    """``drifted`` has the largest changes first; ``violations`` are lines of text.

    Of a rehearsal only: its data set, and whether it raises the drift alarm.
    """

    report_uri: str
    rows: int
    features: int
    drifted_features: int
    schema_violations: int
    drifted: list[Finding]
    violations: list[str]
    predictions: NotRequired[Predictions]
    dataset_id: NotRequired[str]
    dataset_uri: NotRequired[str]
    raises_drift: NotRequired[bool]
