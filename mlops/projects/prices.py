"""What a project's things cost a month while nothing runs: list prices of us-east-1, in US dollars.

``Price`` is what a plan asks; the table below answers it where nobody hands in a better one. Prices as of November 2026: Amazon S3
Standard and CodeCommit (storage within the free allowance), CloudWatch (alarms, dashboards beyond the first three, logs kept),
SageMaker Feature Store (online store, on demand), all on the services' pricing pages.
"""

from collections.abc import Callable, Mapping

Price = Callable[[str, int], float]  # kind, bytes -> dollars a month
_GIB = 2**30
_EACH: Mapping[str, float] = {
    "AWS::CloudWatch::Alarm": 0.10,
    "AWS::CloudWatch::Dashboard": 3.00,
}
_A_GIB: Mapping[str, float] = {
    "objects": 0.023,
    "AWS::Logs::LogGroup": 0.03,
    "AWS::SageMaker::FeatureGroup": 0.45,
}


def monthly(kind: str, size: int) -> float:
    """Dollars a month of one thing of CloudFormation's type (or ``objects`` of S3) with so many bytes; 0 for what costs by use alone."""
    return _EACH.get(kind, 0.0) + _A_GIB.get(kind, 0.0) * size / _GIB
