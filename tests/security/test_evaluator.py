"""The evaluator against the rules of the IAM user guide (evaluation logic, condition operators), one row a rule."""

from typing import Any

import pytest

from tests.security import evaluation_cases
from tests.security.policies import Request, allowed

ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _when(operator: str, key: str, value: Any) -> list[dict[str, Any]]:
    return [{**ALL, "Condition": {operator: {key: value}}}]


@pytest.mark.parametrize(
    ("identity", "request_", "expected"),
    [
        ([], Request("s3:GetObject"), False),  # nothing is allowed by default
        ([ALL], Request("s3:GetObject"), True),
        ([ALL, {**ALL, "Effect": "Deny"}], Request("s3:GetObject"), False),  # an explicit deny wins, whatever the order
        ([{**ALL, "Effect": "Deny"}, ALL], Request("s3:GetObject"), False),
        ([{**ALL, "Action": "S3:getobject"}], Request("s3:GetObject"), True),  # actions are not case sensitive
        ([{**ALL, "Action": "s3:Get*"}], Request("s3:PutObject"), False),
        ([{**ALL, "Resource": "arn:aws:s3:::b/*"}], Request("s3:GetObject", "arn:aws:s3:::b/k"), True),
        (
            [{**ALL, "Resource": "arn:aws:s3:::b/*"}],
            Request("s3:GetObject", "arn:aws:s3:::B/k"),
            False,
        ),  # resources are
        ([{**ALL, "Resource": "arn:aws:s3:::b?/*"}], Request("s3:GetObject", "arn:aws:s3:::b1/k"), True),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], Request("iam:CreateUser"), False),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], Request("s3:GetObject"), True),
        (
            [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b"}],
            Request("s3:ListBucket", "arn:aws:s3:::b"),
            False,
        ),
        (
            _when("StringEquals", "k", ["a", "b"]),
            Request("x:Y", context={"k": "b"}),
            True,
        ),  # values of a key: any of them
        (_when("StringEquals", "K", "a"), Request("x:Y", context={"k": "a"}), True),  # keys are not case sensitive
        (_when("StringEquals", "k", "a"), Request("x:Y"), False),  # a missing key fails
        (_when("StringEqualsIfExists", "k", "a"), Request("x:Y"), True),
        (_when("StringNotEquals", "k", "a"), Request("x:Y"), True),  # but holds for negated operators
        (_when("StringNotEquals", "k", ["a", "b"]), Request("x:Y", context={"k": "b"}), False),  # none of them
        (_when("StringLike", "k", "a*"), Request("x:Y", context={"k": "abc"}), True),
        (
            _when("ArnLike", "k", "arn:*:iam::*:policy/p"),
            Request("x:Y", context={"k": "arn:aws:iam::1:policy/p"}),
            True,
        ),
        (_when("Bool", "k", "true"), Request("x:Y", context={"k": "false"}), False),
        (_when("NumericLessThan", "k", "3"), Request("x:Y", context={"k": "2"}), True),
        (_when("Null", "k", "true"), Request("x:Y"), True),
        (_when("Null", "k", "false"), Request("x:Y"), False),
        (_when("ForAllValues:StringEquals", "k", ["a", "b"]), Request("x:Y", context={"k": ["a", "c"]}), False),
        (_when("ForAllValues:StringEquals", "k", ["a"]), Request("x:Y"), True),
        (_when("ForAnyValue:StringEquals", "k", ["a"]), Request("x:Y", context={"k": ["a", "c"]}), True),
        (_when("ForAnyValue:StringEquals", "k", ["a"]), Request("x:Y"), False),
    ],
)
def test_identity_policies(identity: list[dict[str, Any]], request_: Request, expected: bool) -> None:
    """Deny, allow, matching and conditions."""
    assert allowed(request_, identity) is expected


def test_boundary_limits_and_grants_nothing() -> None:
    """Allowed is what both allow; the boundary alone allows nothing."""
    limit = [{**ALL, "Action": "s3:*"}]
    assert allowed(Request("s3:GetObject"), [ALL], limit)
    assert not allowed(Request("iam:CreateUser"), [ALL], limit)
    assert not allowed(Request("s3:GetObject"), [], limit)


@pytest.mark.parametrize("case", evaluation_cases.CASES, ids=lambda case: case[0])
def test_documented_rules(case: evaluation_cases.Case) -> None:
    """Each rule of the pages named in evaluation_cases."""
    _, identity, context, expected = case
    assert allowed(Request("s3:GetObject", evaluation_cases.OBJECT, context), identity) is expected


def test_a_line_end_is_a_character() -> None:
    """Keys of S3 may hold any: none slips through a denial by it."""
    place = Request("s3:PutObject", "arn:aws:s3:::b/code/x\ny")
    elsewhere = {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c"}
    assert allowed(place, [elsewhere])
    assert not allowed(place, [elsewhere, {"Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::b/code/*"}])
    assert allowed(place, [{**ALL, "Resource": "arn:aws:s3:::b/*"}])


def test_an_unknown_operator_is_an_error() -> None:
    """IAM stores no such policy; whoever asks about one has misspelt it."""
    with pytest.raises(ValueError, match="StringEqual: no condition operator"):
        allowed(Request("x:Y", context={"k": "a"}), _when("StringEqual", "k", "a"))


def test_a_resource_policy_denies_whom_it_names() -> None:
    """Everybody, the account, a role; not another role, and it allows nobody by being silent."""
    ann = {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ann"}
    for principal, expected in (
        ("*", False),
        ({"AWS": "*"}, False),
        ({"AWS": "arn:aws:iam::111122223333:root"}, False),
        ({"AWS": "111122223333"}, False),
        ({"AWS": ["arn:aws:iam::111122223333:role/ben", ann["aws:PrincipalArn"]]}, False),
        ({"AWS": "arn:aws:iam::111122223333:role/ben"}, True),
        ({"AWS": "arn:aws:iam::999999999999:root"}, True),
        ({"Service": "s3.amazonaws.com"}, True),
    ):
        policy = [{"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": principal}]
        assert allowed(Request("s3:PutObject", context=ann), [ALL], resource=policy) is expected, principal
