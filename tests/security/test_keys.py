"""Who may use the data key: its policy and identity policies together, for roles and for services (KMS developer guide)."""

from collections.abc import Iterator
from typing import Any

import pytest

from mlops.platform.evaluation import Grant, key_allowed
from stacks.rules.findings import resources, statements
from tests.security.policies import ACCOUNT, REGION, Request, Statement, boundary, concrete, roles, template

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data"
SCIENTIST = f"arn:aws:iam::{ACCOUNT}:role/mlops-data-scientist"
USE: Statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}
ROOT: Statement = {
    "Effect": "Allow",
    "Action": "kms:*",
    "Resource": "*",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
}
TOPIC = {"kms:EncryptionContext:aws:sns:topicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:ward-notifications"}
LOGS = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/x"}


def asked(action: str, who: str = SCIENTIST, **context: Any) -> Request:
    """Of a role."""
    return Request(f"kms:{action}", KEY, {"aws:PrincipalArn": who, **context})


def by(service: str, action: str = "Decrypt", **context: Any) -> Request:
    """Of a service."""
    return Request(f"kms:{action}", KEY, {"aws:PrincipalServiceName": service, **context})


@pytest.fixture(scope="module")
def policy() -> list[Statement]:
    """The data key's, as synthesized."""
    ((_, found),) = resources(template("Foundation"), "AWS::KMS::Key")
    return [concrete(item) for item in statements(found["KeyPolicy"])]


@pytest.mark.parametrize(
    ("key_policy", "identity", "expected"),
    [
        ([ROOT], [USE], True),  # the key's policy leaves it to the account's own policies
        ([ROOT], [], False),  # which have to say so
        ([], [USE], False),  # and count for nothing without its word
        ([{**ROOT, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}], [USE], False),
        ([{**ROOT, "Principal": {"AWS": SCIENTIST}}], [], True),  # named itself, the role needs no more
        ([{**ROOT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/another"}}], [USE], False),
        ([ROOT, {**ROOT, "Effect": "Deny"}], [USE], False),
        ([ROOT], [USE, {**USE, "Effect": "Deny"}], False),
        ([{**ROOT, "Condition": {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}}], [USE], False),
    ],
)
def test_a_key_is_used_where_both_policies_allow(
    key_policy: list[Statement], identity: list[Statement], expected: bool
) -> None:
    """Determining access to KMS keys: the key's policy first, then the identity's."""
    assert key_allowed(asked("Decrypt"), key_policy, identity) is expected


def test_a_call_through_a_service_is_told_by_its_key() -> None:
    """kms:ViaService: the same role through S3, and through nothing."""
    via = {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    limited = [{**ROOT, "Condition": via}]
    assert key_allowed(asked("Decrypt", **{"kms:ViaService": f"s3.{REGION}.amazonaws.com"}), limited, [USE])
    assert not key_allowed(asked("Decrypt", **{"kms:ViaService": f"sns.{REGION}.amazonaws.com"}), limited, [USE])
    assert not key_allowed(asked("Decrypt"), limited, [USE])


def test_a_boundary_limits_what_a_key_policy_gives() -> None:
    """The boundary has to allow it too, whichever policy gives it."""
    named = [{**ROOT, "Principal": {"AWS": SCIENTIST}}]
    assert not key_allowed(asked("Decrypt"), named, [], boundary=[{**USE, "Action": "s3:*"}])
    assert key_allowed(asked("Decrypt"), named, [], boundary=[{**USE, "Action": "kms:*"}])
    assert not key_allowed(asked("Decrypt"), [ROOT], [USE], boundary=[])


def test_a_grant_allows_its_operations_to_its_grantee() -> None:
    """As SageMaker makes them for its jobs' volumes; a denial still wins."""
    grants = [Grant(SCIENTIST, frozenset({"Decrypt"}))]
    assert key_allowed(asked("Decrypt"), [ROOT], [], grants=grants)
    assert not key_allowed(asked("Encrypt"), [ROOT], [], grants=grants)
    assert not key_allowed(asked("Decrypt", f"arn:aws:iam::{ACCOUNT}:role/another"), [ROOT], [], grants=grants)
    assert not key_allowed(asked("Decrypt"), [ROOT, {**ROOT, "Effect": "Deny"}], [], grants=grants)


@pytest.mark.parametrize("service", ["cloudwatch", "events"])
def test_services_use_the_data_key_for_topics_of_this_account_only(policy: list[Statement], service: str) -> None:
    """By SNS's encryption context, which names the topic (EventBridge sends no account); none may do more than use it."""
    name = f"{service}.amazonaws.com"
    other = {key: value.replace(ACCOUNT, "999999999999") for key, value in TOPIC.items()}
    assert key_allowed(by(name, **TOPIC), policy)
    assert not key_allowed(by(name, **other), policy)
    assert not key_allowed(by(name, **{"aws:SourceAccount": ACCOUNT}), policy)
    assert not key_allowed(by(name, "ScheduleKeyDeletion", **TOPIC), policy)


def test_logs_use_the_data_key_for_log_groups_of_this_account_only(policy: list[Statement]) -> None:
    """By the encryption context, which names the log group."""
    name = f"logs.{REGION}.amazonaws.com"
    other = {key: value.replace(ACCOUNT, "999999999999") for key, value in LOGS.items()}
    assert key_allowed(by(name, "Encrypt", **LOGS), policy)
    assert not key_allowed(by(name, "Encrypt", **other), policy)
    assert not key_allowed(by(name, "Encrypt"), policy)


def test_no_other_service_uses_the_data_key(policy: list[Statement]) -> None:
    """Those that act in a role of ours need none."""
    for service in ("s3", "sagemaker", "lambda", "ec2", "athena", "sns", "codecommit"):
        request = by(f"{service}.amazonaws.com", **{"aws:SourceAccount": ACCOUNT, **TOPIC})
        assert not key_allowed(request, policy), service


def test_personas_read_and_who_writes_encrypts(policy: list[Statement]) -> None:
    """All three decrypt; managers encrypt nothing; nobody changes the key, whatever its policy leaves to the account."""
    held, limit = roles(template("Access")), boundary()

    def may(name: str, action: str) -> bool:
        return key_allowed(asked(action, f"arn:aws:iam::{ACCOUNT}:role/{name}"), policy, held[name], limit)

    people = ("mlops-data-scientist", "mlops-ml-engineer", "mlops-manager")
    assert [may(name, "Decrypt") for name in people] == [True, True, True]
    assert [may(name, "GenerateDataKey") for name in people] == [True, True, False]
    for action in ("PutKeyPolicy", "ScheduleKeyDeletion", "DisableKey", "CreateGrant"):
        assert [may(name, action) for name in people] == [False, False, False], action


def test_every_statement_of_the_key_carries_weight(policy: list[Statement]) -> None:
    """Drop one, or a condition, and an answer changes."""
    questions = [(by(f"{it}.amazonaws.com", **TOPIC), []) for it in ("cloudwatch", "events")]
    questions += [(by(f"{it}.amazonaws.com"), []) for it in ("cloudwatch", "events")]
    questions += [(by(f"logs.{REGION}.amazonaws.com", **context), []) for context in (LOGS, {})]
    questions.append((asked("Decrypt"), [USE]))

    def answers(statements: list[Statement]) -> list[bool]:
        return [key_allowed(request, statements, identity) for request, identity in questions]

    before = answers(policy)
    assert [label for label, changed in _mutants(policy) if answers(changed) == before] == []


def _mutants(policy: list[Statement]) -> Iterator[tuple[str, list[Statement]]]:
    for index, item in enumerate(policy):
        rest = [*policy[:index], *policy[index + 1 :]]
        yield f"without {item['Principal']}", rest
        if "Condition" in item:
            yield f"{item['Principal']} in any case", [*rest, {**item, "Condition": {}}]
