"""What IAM documents of policy evaluation, one row a rule; the library's evaluator and the embedded AWS both answer all of them.

Pages of the IAM user guide, by title: "Policy evaluation logic", "IAM JSON policy elements: Condition operators" (operators),
"IAM policy elements: Variables and tags" (variables), "Single-valued vs. multivalued context keys" (sets),
"IAM JSON policy elements: Resource" and ": NotResource" (elements).
"""

from typing import Any

ANY: dict[str, Any] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OBJECT = "arn:aws:s3:::b/home/ann/x"
ROLE = "arn:aws:iam::111122223333:role/r"
Case = tuple[str, list[dict[str, Any]], dict[str, Any], bool]  # page: rule; statements; condition keys; allowed


def when(operator: str, value: Any, key: str = "s3:k") -> list[dict[str, Any]]:
    """Everything where a condition holds."""
    return [{**ANY, "Condition": {operator: {key: value}}}]


def on(**place: Any) -> list[dict[str, Any]]:
    """Everything on (or but on) a resource."""
    return [{"Effect": "Allow", "Action": "*", **place}]


def but(**place: Any) -> list[dict[str, Any]]:
    """Everything, but a denial on (or but on) a resource."""
    return [ANY, {"Effect": "Deny", "Action": "*", **place}]


_HOME = "arn:aws:s3:::b/home/${aws:PrincipalTag/who}/*"
_DEFAULT = "arn:aws:s3:::b/home/${aws:PrincipalTag/who, 'ann'}/*"
_WHO = {"aws:PrincipalTag/who": "ann"}
_SHORT, _SIX = "arn:aws:iam::1", "arn:aws:iam::111122223333:role/*"

CASES: list[Case] = [
    ("elements: * spans slashes", on(Resource="arn:aws:s3:::b/*"), {}, True),
    ("elements: resources are case sensitive", on(Resource="arn:aws:s3:::B/*"), {}, False),
    ("elements: ? is one character", on(Resource="arn:aws:s3:::?/home/ann/?"), {}, True),
    ("elements: ? is not none", on(Resource="arn:aws:s3:::b/home/ann/x?"), {}, False),
    ("elements: NotResource is all but", on(NotResource="arn:aws:s3:::b/*"), {}, False),
    ("variables: a value in Resource", on(Resource=_HOME), _WHO, True),
    ("variables: another value in Resource", on(Resource=_HOME), {"aws:PrincipalTag/who": "ben"}, False),
    ("variables: names are not case sensitive", on(Resource=_HOME.replace("aws:P", "AWS:p")), _WHO, True),
    ("variables: no value matches no resource", on(Resource=_HOME), {}, False),
    ("variables: an empty value neither", on(Resource=_HOME), {"aws:PrincipalTag/who": ""}, False),
    ("variables: no value in NotResource matches no resource either", on(NotResource=_HOME), {}, True),
    ("variables: so that such a denial is of everything", but(NotResource=_HOME), {}, False),
    ("variables: and with an empty value", but(NotResource=_HOME), {"aws:PrincipalTag/who": ""}, False),
    ("variables: but for what the value names", but(NotResource=_HOME), _WHO, True),
    ("variables: nor does one in a list spoil the others", on(Resource=[_HOME, "arn:aws:s3:::b/*"]), {}, True),
    ("variables: a default where there is no value", on(Resource=_DEFAULT), {}, True),
    ("variables: no default where there is one", on(Resource=_DEFAULT), {"aws:PrincipalTag/who": "ben"}, False),
    ("variables: ${*} is the character", on(Resource="arn:aws:s3:::b/${*}"), {}, False),
    ("variables: a value's own * is the character", on(Resource=_HOME), {"aws:PrincipalTag/who": "*"}, False),
    ("variables: a key with several values has none", on(Resource=_HOME), {"aws:PrincipalTag/who": ["ann"]}, False),
    ("variables: equal", when("StringEquals", "${aws:PrincipalTag/who}"), {**_WHO, "s3:k": "ann"}, True),
    ("variables: not equal without a value", when("StringEquals", "${aws:PrincipalTag/who}"), {"s3:k": "ann"}, False),
    ("variables: like nothing", when("StringLike", "*${aws:PrincipalTag/who}*"), {"s3:k": "ann"}, False),
    ("variables: negations hold", when("StringNotEquals", "${aws:PrincipalTag/who}"), {"s3:k": "ann"}, True),
    ("variables: StringNotLike too", when("StringNotLike", "${aws:PrincipalTag/who}*"), {"s3:k": "ann"}, True),
    ("variables: but for the list's others", when("StringNotEquals", ["${aws:x}", "ann"]), {"s3:k": "ann"}, False),
    ("variables: numbers", when("NumericNotEquals", "${aws:PrincipalTag/who}"), {"s3:k": "1"}, True),
    ("variables: a default", when("StringEquals", "${aws:PrincipalTag/who, 'ben'}"), {"s3:k": "ben"}, True),
    ("operators: a missing key", when("StringEquals", "a"), {}, False),
    ("operators: a missing key and a negation", when("StringNotEquals", "a"), {}, True),
    ("operators: IfExists", when("StringEqualsIfExists", "a"), {}, True),
    ("operators: IfExists with a key", when("StringEqualsIfExists", "a"), {"s3:k": "b"}, False),
    ("operators: any of the values", when("StringEquals", ["a", "b"]), {"s3:k": "b"}, True),
    ("operators: none of the values", when("StringNotEquals", ["a", "b"]), {"s3:k": "b"}, False),
    ("operators: keys are not case sensitive", when("StringEquals", "a", "S3:K"), {"s3:k": "a"}, True),
    ("operators: Null true", when("Null", "true"), {}, True),
    ("operators: Null true with a key", when("Null", "true"), {"s3:k": "a"}, False),
    ("operators: Null false", when("Null", "false"), {}, False),
    ("operators: Null false with a key", when("Null", "false"), {"s3:k": "a"}, True),
    ("operators: Null of an empty set", when("Null", "true"), {"s3:k": []}, True),
    ("operators: ArnLike", when("ArnLike", _SIX), {"s3:k": ROLE}, True),
    ("operators: ArnEquals is ArnLike", when("ArnEquals", _SIX), {"s3:k": ROLE}, True),
    ("operators: ArnNotLike", when("ArnNotLike", _SIX), {"s3:k": ROLE}, False),
    ("operators: an ARN's parts are compared one by one", when("ArnLike", "arn:*:role/*"), {"s3:k": ROLE}, False),
    ("operators: its account too", when("ArnLike", "arn:aws:iam::1*3:role/*"), {"s3:k": ROLE}, True),
    ("operators: nor is a pattern of fewer parts like it", when("ArnLike", "*"), {"s3:k": ROLE}, False),
    ("operators: which its negation is", when("ArnNotLike", "arn:aws:iam*"), {"s3:k": ROLE}, True),
    (
        "operators: the resource may have colons",
        when("ArnLike", "arn:aws:x:::a:b*"),
        {"s3:k": "arn:aws:x:::a:b:c"},
        True,
    ),
    ("operators: what has fewer parts is no ARN", when("ArnLike", "arn:aws:iam::*"), {"s3:k": _SHORT}, False),
    ("operators: not even the same text", when("ArnEquals", _SHORT), {"s3:k": _SHORT}, False),
    ("operators: so its negation holds", when("ArnNotLike", _SHORT), {"s3:k": _SHORT}, True),
    ("operators: ArnNotLike and a missing key", when("ArnNotLike", _SIX), {}, True),
    ("operators: ArnLike and a missing key", when("ArnLike", _SIX), {}, False),
    ("operators: ArnLikeIfExists", when("ArnLikeIfExists", _SIX), {}, True),
    ("sets: any of the values", when("ForAnyValue:StringEquals", "a"), {"s3:k": ["a", "c"]}, True),
    ("sets: none of the values", when("ForAnyValue:StringEquals", "b"), {"s3:k": ["a", "c"]}, False),
    ("sets: any of no values", when("ForAnyValue:StringEquals", "a"), {}, False),
    ("sets: of an empty set", when("ForAnyValue:StringEquals", "a"), {"s3:k": []}, False),
    ("sets: IfExists makes no value", when("ForAnyValue:StringEqualsIfExists", "a"), {}, False),
    ("sets: nor does a negation", when("ForAnyValue:StringNotEquals", "a"), {}, False),
    ("sets: nor both", when("ForAnyValue:StringNotLikeIfExists", "a"), {}, False),
    ("sets: nor of ARNs", when("ForAnyValue:ArnNotLike", _SIX), {}, False),
    ("sets: some value that is not", when("ForAnyValue:StringNotEquals", "a"), {"s3:k": ["a", "c"]}, True),
    ("sets: no value that is not", when("ForAnyValue:StringNotEquals", ["a", "c"]), {"s3:k": ["a", "c"]}, False),
    ("sets: all values", when("ForAllValues:StringEquals", ["a", "b"]), {"s3:k": ["a", "b"]}, True),
    ("sets: not all values", when("ForAllValues:StringEquals", "a"), {"s3:k": ["a", "c"]}, False),
    ("sets: all of no values", when("ForAllValues:StringEquals", "a"), {}, True),
    ("sets: all of an empty set", when("ForAllValues:StringEquals", "a"), {"s3:k": []}, True),
    ("sets: all of no values, negated", when("ForAllValues:StringNotLike", "key1*"), {}, True),
    ("sets: none that is like it", when("ForAllValues:StringNotLike", "key1*"), {"s3:k": ["key1:a", "b"]}, False),
    ("sets: a single value is a set of one", when("ForAnyValue:StringLike", "a*"), {"s3:k": "abc"}, True),
    ("sets: several values want a quantifier", when("StringEquals", "a"), {"s3:k": ["a", "b"]}, False),
    ("sets: and one in a list too", when("StringLike", "*"), {"s3:k": ["a"]}, False),
]
