"""Nobody signs for another, overwrites or deletes: the data sets' bucket policy and the personas' trust, as synthesized."""

from collections.abc import Iterator
from typing import Any

import pytest

from stacks.rules.findings import resources, statements
from tests.security.policies import ACCOUNT, Request, Statement, allowed, bucket_policy, concrete, template

BUCKET = f"arn:aws:s3:::mlops-datasets-{ACCOUNT}"
ANN, BEN = "AROAEXAMPLE1:ann", "AROAEXAMPLE2:ben"
ANYTHING: list[Statement] = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
FIRST = {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"}
OVER = {"s3:ObjectCreationOperation": "true"}
DIGEST = "0" * 64
_ENCRYPTION = {"OnlyKms", "OnlyItsKey", "NoOtherKey", "NoKeyOfTheCallers"}
PART = {"s3:ObjectCreationOperation": "false"}

# action, key, what the request carries -> may somebody with every right, acting as Ann
ROWS: list[tuple[str, str, dict[str, Any], bool]] = [
    ("s3:PutObject", f"signed/a/1/{ANN}/review-000001.json", FIRST, True),
    ("s3:PutObject", f"signed/a/1/{ANN}/review-000001.json", OVER, False),
    ("s3:PutObject", f"signed/a/1/{BEN}/review-000001.json", FIRST, False),
    ("s3:PutObject", f"signed/a/1/{BEN}/import-0.json", FIRST, False),
    ("s3:PutObject", "signed/a/1/review-000001.json", FIRST, False),
    ("s3:PutObject", "elsewhere/x", FIRST, False),
    ("s3:PutObject", "datasets/a/1/manifest.json", FIRST, True),
    ("s3:PutObject", "datasets/a/1/manifest.json", OVER, False),
    ("s3:PutObject", "datasets/a/1/data/fills.csv", PART, True),
    ("s3:PutObject", "datasets/a/aliases/v1.json", OVER, False),
    ("s3:PutObject", "settings.json", OVER, True),
    ("s3:PutObject", f"sources/content/{DIGEST}", FIRST, True),
    ("s3:PutObject", f"sources/content/{DIGEST}", OVER, False),
    ("s3:PutObject", f"sources/content/{DIGEST}", PART, True),
    ("s3:PutObject", f"sources/urls/{ANN}/{DIGEST}.json", OVER, True),
    ("s3:PutObject", f"sources/urls/{BEN}/{DIGEST}.json", FIRST, False),
    ("s3:PutObject", "sources/x", FIRST, False),
    ("s3:PutObject", "athena/x.csv", OVER, True),
    ("s3:DeleteObject", "datasets/a/1/manifest.json", {}, False),
    ("s3:DeleteObjectVersion", "datasets/a/1/data/fills.csv", {}, False),
    ("s3:DeleteObject", f"signed/a/1/{ANN}/review-000001.json", {}, False),
    ("s3:DeleteObjectVersion", f"signed/a/1/{ANN}/review-000001.json", {}, False),
    ("s3:PutObjectAcl", "datasets/a/1/manifest.json", {}, False),
    ("s3:DeleteObject", f"sources/content/{DIGEST}", {}, True),
    ("s3:GetObject", "datasets/a/1/manifest.json", {}, True),
    ("s3:GetObject", f"signed/a/1/{BEN}/review-000001.json", {}, True),
]


@pytest.fixture(scope="module")
def policy() -> list[Statement]:
    """The statements that this page is about (TLS has rows elsewhere)."""
    content = template("Foundation")
    (bucket,) = [
        name for name, it in resources(content, "AWS::S3::Bucket") if "mlops-datasets-" in str(it.get("BucketName"))
    ]
    return bucket_policy(content, bucket)


def _answers(policy: list[Statement]) -> list[bool]:
    return [
        allowed(Request(action, f"{BUCKET}/{key}", {"aws:userid": ANN, **TLS, **context}), ANYTHING, resource=policy)
        for action, key, context, _ in ROWS
    ]


def test_full_access_is_not_enough(policy: list[Statement]) -> None:
    """Whatever rights an identity has, the bucket's policy decides."""
    got = [(*row[:3], answer) for row, answer in zip(ROWS, _answers(policy), strict=True)]
    assert got == ROWS


def test_every_denial_and_each_of_its_parts_carries_weight(policy: list[Statement]) -> None:
    """Drop a statement, an action, a resource or a condition: a row flips."""
    before = _answers(policy)
    assert [label for label, changed in _mutants(policy) if _answers(changed) == before] == []


def _mutants(policy: list[Statement]) -> Iterator[tuple[str, list[Statement]]]:
    for item in policy:
        if item.get("Sid") in {None, *_ENCRYPTION}:  # TLS, and encryption: test_other_ways.py
            continue
        rest = [it for it in policy if it is not item]
        yield f"without {item['Sid']}", rest
        for part in ("Action", "Resource", "NotResource"):
            values = item.get(part, [])
            for value in values if isinstance(values, list) and len(values) > 1 else []:
                if value != "s3:PutObjectVersionAcl":  # the same as PutObjectAcl, for old versions
                    fewer = [it for it in values if it != value]
                    yield f"{item['Sid']} without {value}", [*rest, {**item, part: fewer}]
        for operator in item.get("Condition", {}):
            loose = {name: block for name, block in item["Condition"].items() if name != operator}
            yield f"{item['Sid']} without {operator}", [*rest, {**item, "Condition": loose}]


ROOT = f"arn:aws:iam::{ACCOUNT}:root"
# who asks -> the session's name -> may he
SESSIONS: list[tuple[dict[str, str], str, bool]] = [
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/ann", "aws:username": "ann"}, "ann", True),
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/ann", "aws:username": "ann"}, "ben", False),
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Sso", "aws:SourceIdentity": "ann"}, "ann", True),
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Sso", "aws:SourceIdentity": "ann"}, "ben", False),
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Sso", "aws:PrincipalTag/mlops-person": "ann"}, "ann", True),
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Sso", "aws:PrincipalTag/mlops-person": "ann"}, "ben", False),
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Nameless"}, "ann", False),
    ({"aws:PrincipalArn": ROOT}, "ann", True),
]
SSO = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Sso", "aws:SourceIdentity": "ann"}
# AWS asks for a second action of a session with a source identity: its requests name no session -> may he
KEPT: list[tuple[dict[str, str], bool]] = [
    (SSO, True),
    ({"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/Nameless", "sts:SourceIdentity": "ann"}, False),
]


@pytest.mark.parametrize("role", ["mlops-data-scientist", "mlops-ml-engineer", "mlops-manager"])
def test_a_session_bears_the_name_of_who_opened_it(role: str) -> None:
    """The trust of each persona takes a user's, a federated or a tagged name, and no other; without any of its statements a row flips."""
    (trust,) = [
        concrete(list(statements(it["AssumeRolePolicyDocument"])))
        for _, it in resources(template("Access"), "AWS::IAM::Role")
        if it["RoleName"] == role
    ]

    def answers(policy: list[Statement]) -> list[bool]:
        asked = [Request("sts:AssumeRole", "*", {**who, "sts:RoleSessionName": name}) for who, name, _ in SESSIONS]
        asked += [Request("sts:SetSourceIdentity", "*", who) for who, _ in KEPT]
        return [allowed(request, policy) for request in asked]

    expected = [row[-1] for row in (*SESSIONS, *KEPT)]
    assert answers(trust) == expected
    for item in trust:
        assert answers([it for it in trust if it is not item]) != expected, item["Sid"]
        loose = {key: value for key, value in item.items() if key != "Condition"}
        assert answers([*trust, loose]) != expected, item["Sid"]
