"""IAM on the embedded AWS decides as the IAM user guide says: the rules of tests/security/evaluation_cases, by MiniStack with our hooks."""

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core import iam_evaluator

from embedded_aws.ministack import installation
from embedded_aws.ministack.hooks import Hooks
from tests.security import evaluation_cases

ACCOUNT = "111122223333"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/ann"


@pytest.fixture(scope="module", autouse=True)
def hooks() -> Iterator[None]:
    """Those by which requests are judged."""
    installed = Hooks()
    installed.install(list(installation._requests(())))
    yield
    installed.undo()


def decided(
    statements: list[dict[str, Any]],
    resource: str,
    keys: dict[str, Any],
    who: str = SESSION,
    action: str = "s3:GetObject",
) -> bool:
    """Whether a role's session may read an object."""
    context = iam_evaluator.EvalContext(
        who,
        "AssumedRole",
        ACCOUNT,
        action,
        resource,
        "us-east-1",
        service_context={key.lower(): value for key, value in keys.items()},
    )
    policy = iam_evaluator.parse_policy_document({"Statement": statements})
    return bool(iam_evaluator.evaluate(context, [policy]).decision == "Allow")


@pytest.mark.parametrize("case", evaluation_cases.CASES, ids=lambda case: case[0])
def test_documented_rules(case: evaluation_cases.Case) -> None:
    """The same outcome as the pages say."""
    _, statements, keys, expected = case
    assert decided(statements, evaluation_cases.OBJECT, keys) is expected


def test_a_line_end_is_a_character() -> None:
    """None slips through a denial by it."""
    assert not decided(evaluation_cases.but(Resource="arn:aws:s3:::b/code/*"), "arn:aws:s3:::b/code/x\ny", {})


def test_a_write_creates_an_object_unless_it_says_otherwise() -> None:
    """A form's upload carries no key of it (Amazon S3 user guide, "Enforce conditional writes"): it overwrites nothing that is kept."""
    kept = {"Bool": {"s3:ObjectCreationOperation": "true"}, "Null": {"s3:if-none-match": "true"}}
    statements = [evaluation_cases.ANY, {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": kept}]
    assert not decided(statements, "*", {}, action="s3:PutObject")
    assert not decided(statements, "*", {"s3:ObjectCreationOperation": "true"}, action="s3:PutObject")
    assert decided(statements, "*", {"s3:ObjectCreationOperation": "false"}, action="s3:PutObject")
    assert decided(statements, "*", {"s3:if-none-match": "*"}, action="s3:PutObject")
    assert decided(statements, "*", {})


@pytest.mark.parametrize(
    ("who", "principal"),
    [
        (SESSION, f"arn:aws:iam::{ACCOUNT}:role/r"),
        (f"arn:aws:iam::{ACCOUNT}:user/u", f"arn:aws:iam::{ACCOUNT}:user/u"),
    ],
)
def test_the_principal_of_a_session_is_its_role(who: str, principal: str) -> None:
    """AWS global condition context keys, aws:PrincipalArn: the ARN of the role, not of the session."""
    assert decided(evaluation_cases.when("ArnEquals", principal, "aws:PrincipalArn"), "*", {}, who)
    assert not decided(evaluation_cases.when("ArnNotEquals", principal, "aws:PrincipalArn"), "*", {}, who)
