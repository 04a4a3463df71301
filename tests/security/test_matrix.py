"""The persona matrix on the synthesized roles and bucket policies (requirement 10.4); tests/integration makes the same calls for real."""

import json
from typing import Any

import pytest

from tests.security import matrix
from tests.security.policies import (
    ACCOUNT,
    ASSEMBLY,
    REGION,
    Request,
    Statement,
    allowed,
    boundary,
    bucket_policies,
    roles,
    template,
)

USERID = "AROAEXAMPLE1:ann"
TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
ANYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}


@pytest.fixture(scope="module")
def held() -> dict[str, list[Statement]]:
    """Role -> statements: the personas', and the roles of the project whose name the other's begins with."""
    return {**roles(template("Access")), **roles(_product(), {"SageMakerProjectName": matrix.OWN})}


@pytest.fixture(scope="module")
def policies() -> dict[str, list[Statement]]:
    """Bucket -> statements of its policy, of the shared buckets and of both projects."""
    found = bucket_policies(template("Foundation"))
    for project in (matrix.OWN, matrix.ALIKE):
        found |= bucket_policies(_product(), {"SageMakerProjectName": project})
    return found


def _product() -> dict[str, Any]:
    (path,) = ASSEMBLY.glob("CatalogMlProject*.product.template.json")
    return dict(json.loads(path.read_text()))


def _may(row: matrix.Row, identity: list[Statement], policies: dict[str, list[Statement]], limit: Any) -> bool:
    who = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{matrix.role_name(row.role)}", "aws:userid": USERID}
    bucket = row.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    request = Request(row.action, row.resource, {**who, **TLS, **row.context})
    return allowed(request, identity, limit, policies.get(bucket, []))


@pytest.mark.parametrize("role", matrix.ROLES)
def test_every_call_of_every_role(
    held: dict[str, list[Statement]], policies: dict[str, list[Statement]], role: str
) -> None:
    """Exactly what the tables say, in its own project and in the one whose name begins alike."""
    rows, limit = matrix.rows(role, ACCOUNT, REGION, USERID), boundary()
    assert len(rows) >= 190
    identity = held[matrix.role_name(role)]
    wrong = [row for row in rows if _may(row, identity, policies, limit) != row.expected]
    assert wrong == []


@pytest.mark.parametrize("role", ["mlops-data-scientist", "mlops-ml-engineer"])
def test_an_added_allow_opens_nothing_of_the_other_side(
    held: dict[str, list[Statement]], policies: dict[str, list[Statement]], role: str
) -> None:
    """Somebody gives the persona every right: what leads to a training and what decides on it stay apart, and places stay closed."""
    rows = [row for row in matrix.rows(role, ACCOUNT, REGION, USERID) if not row.expected]
    opened = [row for row in rows if _may(row, [*held[role], ANYTHING], policies, boundary())]
    # the denials are not about these: they lead neither to a training nor to a decision
    harmless = {
        "codebuild:StartBuild",
        "codepipeline:StartPipelineExecution",
        "sagemaker:PutRecord",
        "codecommit:PutFile",
    }
    assert {row.action for row in opened} <= (harmless if role == "mlops-data-scientist" else {"codebuild:StartBuild"})


def test_a_bucket_policy_stops_who_has_every_right(policies: dict[str, list[Statement]]) -> None:
    """An administrator too: he writes no code, definition, package, run or prediction, and overwrites nothing that is written once."""
    for row in matrix.rows("execution", ACCOUNT, REGION, USERID):
        if row.action != "s3:PutObject" or row.project == matrix.ALIKE:
            continue
        who = {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/admin", "aws:userid": USERID, **TLS, **row.context}
        bucket, _, key = row.resource.removeprefix("arn:aws:s3:::").partition("/")
        may = allowed(Request(row.action, row.resource, who), [ANYTHING], resource=policies.get(bucket, []))
        closed = key.startswith(("code/", "definitions/", "packages/", "wheels/", "runs/", "predictions/", "features/"))
        if closed or matrix.ANOTHER in key or "elsewhere" in key:
            assert not may, row
        if row.what.startswith("overwrite") and key.startswith(
            ("datasets/", "requests/", "quality/", "signed/", "audit/")
        ):
            assert not may, row


def test_policies_are_not_longer_than_iam_takes() -> None:
    """10,240 characters of inline policies a role, 20 KB a bucket's policy (IAM and Amazon S3 quotas), white space not counted."""
    known = {"SageMakerProjectName": "p" * 32, "AWS::Region": "ap-northeast-1"}
    found = {**roles(template("Access"), known), **roles(_product(), known)}
    longest = max((len(json.dumps(held, separators=(",", ":"))), name) for name, held in found.items())
    assert longest[0] + 100 <= 10_240, longest
    written = bucket_policies(_product(), known)
    assert max(len(json.dumps(held, separators=(",", ":"))) for held in written.values()) <= 20_480
