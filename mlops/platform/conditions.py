"""IAM's condition operators (IAM user guide, "Condition operators" and "Single-valued vs. multivalued context keys")."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from mlops.platform.patterns import Pattern, arn_like, compiled, listed, matches, written

_Compare = Callable[[str, Pattern], bool]


def _text(compare: Callable[[str, str], bool]) -> _Compare:
    return lambda actual, wanted: compare(actual, written(wanted))


def _number(compare: Callable[[float, float], bool]) -> _Compare:
    return lambda actual, wanted: compare(float(actual), float(written(wanted)))


def _date(compare: Callable[[datetime, datetime], bool]) -> _Compare:
    return lambda actual, wanted: compare(_instant(actual), _instant(written(wanted)))


def _instant(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


_OPERATORS: dict[str, _Compare] = {
    "stringequals": _text(lambda a, b: a == b),
    "stringequalsignorecase": _text(lambda a, b: a.lower() == b.lower()),
    "stringlike": matches,
    "arnequals": arn_like,
    "arnlike": arn_like,
    "numericequals": _number(lambda a, b: a == b),
    "numericlessthan": _number(lambda a, b: a < b),
    "numericlessthanequals": _number(lambda a, b: a <= b),
    "numericgreaterthan": _number(lambda a, b: a > b),
    "numericgreaterthanequals": _number(lambda a, b: a >= b),
    "dateequals": _date(lambda a, b: a == b),
    "datelessthan": _date(lambda a, b: a < b),
    "datelessthanequals": _date(lambda a, b: a <= b),
    "dategreaterthan": _date(lambda a, b: a > b),
    "dategreaterthanequals": _date(lambda a, b: a >= b),
    "bool": _text(lambda a, b: a.lower() == b.lower()),
    "binaryequals": _text(lambda a, b: a == b),
    "ipaddress": _text(lambda a, b: ipaddress.ip_address(a) in ipaddress.ip_network(b, strict=False)),
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}


def holds(operator: str, actual: Any, wanted: Sequence[str], context: Mapping[str, Any]) -> bool:
    """Whether a key's value (or values, or None where the request has no such key) is as a condition wants it.

    ``ForAnyValue`` wants a value that is: none is missing or any of none; ``IfExists`` and a negation are about each value.

    Raises:
        ValueError: there is no such operator.
    """
    quantifier, _, name = operator.lower().rpartition(":")
    if name == "null":
        return (not listed(actual)) == (wanted[0].lower() == "true")
    optional, name = name.endswith("ifexists"), name.removesuffix("ifexists")
    negated, compare = name in _NEGATED, _OPERATORS.get(_NEGATED.get(name, name))
    if compare is None:
        raise ValueError(f"{operator}: no condition operator of IAM")
    patterns = [found for found in (compiled(item, context) for item in wanted) if found is not None]

    def is_wanted(value: Any) -> bool:
        return any(compare(str(value), pattern) for pattern in patterns) != negated

    if quantifier:
        found = [is_wanted(value) for value in listed(actual)]
        return all(found) if quantifier == "forallvalues" else any(found)
    if actual is None:
        return optional or negated
    # a key with several values needs a quantifier: without one nothing is compared
    return not isinstance(actual, list | tuple | set) and is_wanted(actual)
