"""What Lambda refuses of a function's configuration, in its words (Lambda developer guide, "Lambda quotas", "Environment variables").

Names, lists of values and outer bounds are in the models of its API and of CloudFormation's registry; here stands what these lack.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from embedded_aws.service import ServiceError

RUNTIMES = Path(__file__).with_name("runtimes.json")
_ENVIRONMENT = 4_096  # bytes of all names and values
_SECONDS, _MEGABYTES = 900, 10_240  # of a function without capacity of its own
_RESERVED = (  # "Defined runtime environment variables"
    "_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME"
    " AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME"
    " AWS_LAMBDA_LOG_STREAM_NAME AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API"
    " LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR"
)
_CANNOT = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided"
)


def check(given: Mapping[str, Any], today: date | None = None) -> None:
    """Refuse a function's configuration, as the API and CloudFormation both write it.

    Raises:
        ServiceError: InvalidParameterValueException.
    """
    variables = {str(name): str(value) for name, value in _variables(given).items()}
    reserved = [name for name in variables if name in _RESERVED.split()]
    if reserved:
        names = ", ".join(reserved)
        _refuse(
            f"{_CANNOT} contains reserved keys that are currently not supported for modification."
            f" Reserved keys used in this request: {names}"
        )
    if len(json.dumps(variables, separators=(",", ":"), ensure_ascii=False).encode()) > _ENVIRONMENT:
        _refuse(f"{_CANNOT} exceeded the 4KB limit. String measured: {json.dumps(variables)}")
    if not given.get("CapacityProviderConfig"):
        _bound(given, "Timeout", "timeout", _SECONDS)
        _bound(given, "MemorySize", "memorySize", _MEGABYTES)
    _runtime(str(given.get("Runtime", "")), today or datetime.now(UTC).date())


def _variables(given: Mapping[str, Any]) -> Mapping[str, Any]:
    return (given.get("Environment") or {}).get("Variables") or {}


def _bound(given: Mapping[str, Any], member: str, name: str, most: int) -> None:
    if int(given.get(member, 0)) > most:
        wanted = f"Member must have value less than or equal to {most}"
        _refuse(f"'{member}' value failed to satisfy constraint: Value '{given[member]}' at '{name}': {wanted}")


def _runtime(name: str, today: date) -> None:
    """A runtime whose creation AWS has blocked."""
    blocked = _blocked().get(name)
    if blocked and date.fromisoformat(blocked) <= today:
        _refuse(
            f"The runtime parameter of {name} is no longer supported for creating or updating AWS Lambda functions."
            " We recommend you use a supported runtime while creating or updating functions."
        )


@cache
def _blocked() -> dict[str, str]:
    """Runtime -> day from which on no function can be made with it, for the runtimes that have one."""
    return dict(json.loads(RUNTIMES.read_text()))


def _refuse(says: str) -> None:
    raise ServiceError("InvalidParameterValueException", says)
