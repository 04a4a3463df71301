"""Retry policies of steps (developer guide, "Retry policy for pipeline steps")."""

from collections.abc import Mapping, Sequence
from typing import Any

_CAUSES = {  # exception type -> error codes that a FailureReason begins with
    "Step.SERVICE_FAULT": {"InternalServerError", "InternalFailure", "ServiceUnavailable"},
    "Step.THROTTLING": {"ThrottlingException", "Throttling", "TooManyRequestsException"},
    "SageMaker.JOB_INTERNAL_ERROR": {"InternalServerError"},
    "SageMaker.CAPACITY_ERROR": {"CapacityError"},
    "SageMaker.RESOURCE_LIMIT": {"ResourceLimitExceeded"},
}


def pause(policies: Sequence[Mapping[str, Any]], attempts: int, elapsed: float, reason: str) -> float | None:
    """Seconds until the next attempt after ``attempts`` failed ones in ``elapsed`` seconds; None for no further one."""
    codes = set(reason.split(": ")[:2])  # "Code: ..." or "ClientError: Code: ..."
    for policy in policies:
        if not any(codes & _CAUSES.get(kind, set()) for kind in policy.get("ExceptionType", ())):
            continue
        if "ExpireAfterMin" in policy and elapsed >= 60 * float(policy["ExpireAfterMin"]):
            return None
        if "ExpireAfterMin" not in policy and attempts >= int(policy.get("MaxAttempts", 5)):
            return None
        return float(policy.get("IntervalSeconds", 1)) * float(policy.get("BackoffRate", 2.0)) ** (attempts - 1)
    return None
