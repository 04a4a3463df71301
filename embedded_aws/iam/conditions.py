"""Condition operators where MiniStack's differ from the IAM user guide: quantifiers, ARNs, keys with several values."""

from collections.abc import Callable, Sequence
from typing import Any

from embedded_aws.iam.patterns import arn_like, plain

Known = Callable[[str, Any, list[str]], bool]  # operator, value, values that are wanted
_ARNS = {"arnequals", "arnlike", "arnnotequals", "arnnotlike"}
_LIKE = "like"


def holds(known: Known, operator: str, actual: Any, wanted: Sequence[str]) -> bool:
    """Whether a key's value (None: there is no such key) is as a condition wants it; ``known`` compares single values.

    ForAnyValue is false and ForAllValues true where there is no value, whatever the operator is (IAM user guide, "Single-valued vs.
    multivalued context keys"): IfExists and negation are about each value. A key with several values needs one of the two.
    """
    quantifier, _, name = operator.lower().rpartition(":")
    values = actual if isinstance(actual, list) else [] if actual is None else [actual]
    if name == "null":
        return known("null", values or None, list(wanted))
    if not quantifier:
        return not isinstance(actual, list) and _single(known, name, actual, wanted)
    found = [_single(known, name.removesuffix("ifexists"), value, wanted) for value in values]
    return all(found) if quantifier == "forallvalues" else any(found)


def _single(known: Known, name: str, actual: Any, wanted: Sequence[str]) -> bool:
    base = name.removesuffix("ifexists")
    if actual is None or base not in _ARNS:
        return known(name, actual, [item if base.endswith(_LIKE) else plain(item) for item in wanted])
    return any(arn_like(str(actual), item) for item in wanted) != ("not" in base)
