"""Conditions of Condition steps."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from embedded_aws.service import ServiceError

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


def holds(condition: Mapping[str, Any], resolve: Callable[[Any], Any]) -> bool:
    """Whether the condition is true.

    Raises:
        ServiceError: values that cannot be compared.
    """
    kind = condition["Type"]
    if kind == "Not":
        return not holds(condition["Expression"], resolve)
    if kind == "Or":
        return any(holds(item, resolve) for item in condition["Conditions"])
    if kind == "In":
        query = resolve(condition["QueryValue"])
        return query in [resolve(item) for item in condition["Values"]]
    left, right = resolve(condition["LeftValue"]), resolve(condition["RightValue"])
    try:
        return bool(_COMPARE[kind](left, right))
    except TypeError as error:
        raise ServiceError("ValidationException", f"{kind}: {left!r} and {right!r} cannot be compared") from error
