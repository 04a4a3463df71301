"""Who may write the audit trail: the functions of a project its own trail, nobody anything else."""

import json
from typing import Any

import pytest

from stacks.rules.findings import resources
from tests.security.policies import (
    ACCOUNT,
    ASSEMBLY,
    REGION,
    Request,
    Statement,
    allowed,
    boundary,
    bucket_policies,
    resolve,
    roles,
    template,
)

BUCKET = f"arn:aws:s3:::mlops-audit-{ACCOUNT}"
OWN, OTHER = f"{BUCKET}/audit/ward/00000001.json", f"{BUCKET}/audit/clinic/00000001.json"
CONDITIONAL = {"s3:if-none-match": "*"}
ANYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
WRITERS = {"mlops-ward-publish-code", "mlops-ward-record-approval"}
EVERYWHERE = {"mlops-delete-kept"}  # the platform's: what it deletes are projects that have no function any more


@pytest.fixture(scope="module")
def everybody() -> dict[str, list[Statement]]:
    """Every role of every stack and product."""
    found: dict[str, list[Statement]] = {}
    for path in sorted(ASSEMBLY.glob("*.template.json")):
        found |= roles(json.loads(path.read_text()))
    return found


@pytest.fixture(scope="module")
def policy() -> list[Statement]:
    """Statements of the bucket's own policy."""
    return bucket_policies(template("Foundation"))[f"mlops-audit-{ACCOUNT}"]


def _may(statements: list[Statement], action: str, resource: str, context: dict[str, Any]) -> bool:
    return allowed(Request(action, resource, context), statements, boundary())


def test_functions_append_to_their_own_projects_trail_only(everybody: dict[str, list[Statement]]) -> None:
    """Two functions of a project write, and only there, and the platform's one that deletes what projects have left; no other role does."""
    own = {name for name, found in everybody.items() if _may(found, "s3:PutObject", OWN, CONDITIONAL)}
    other = {name for name, found in everybody.items() if _may(found, "s3:PutObject", OTHER, CONDITIONAL)}
    assert own == WRITERS | EVERYWHERE
    assert other == EVERYWHERE


@pytest.mark.parametrize(
    "action", ["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention", "s3:PutBucketPolicy"]
)
def test_no_role_removes_entries(everybody: dict[str, list[Statement]], action: str) -> None:
    """Neither by its own permissions nor, inside the boundary, with full access."""
    resource = BUCKET if action == "s3:PutBucketPolicy" else OWN
    assert [name for name, found in everybody.items() if _may(found, action, resource, {})] == []
    assert not allowed(Request(action, resource), [ANYTHING], boundary())


def test_the_buckets_policy_refuses_even_administrators(policy: list[Statement]) -> None:
    """Entries are written where nothing is, by the functions that write them, and never removed, whatever else somebody may."""
    secure = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
    writer = {**secure, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/mlops-ward-record-approval"}
    admin = {**secure, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}
    assert allowed(Request("s3:PutObject", OWN, {**writer, **CONDITIONAL}), [ANYTHING], resource=policy)
    for who in (admin, secure, {**secure, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/mlops-data-scientist"}):
        assert not allowed(Request("s3:PutObject", OWN, {**who, **CONDITIONAL}), [ANYTHING], resource=policy)
    claim = f"{BUCKET}/claims/ward/run-1.json"
    assert not allowed(Request("s3:PutObject", claim, {**writer, **CONDITIONAL}), [ANYTHING], resource=policy)
    assert not allowed(Request("s3:PutObject", f"{BUCKET}/x", {**writer, **CONDITIONAL}), [ANYTHING], resource=policy)
    assert not allowed(Request("s3:PutObject", OWN, writer), [ANYTHING], resource=policy)
    for action in ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"):
        assert not allowed(Request(action, OWN, secure), [ANYTHING], resource=policy)
    assert allowed(Request("s3:GetObject", OWN, secure), [ANYTHING], resource=policy)


def test_claims_are_the_authorizing_functions(policy: list[Statement]) -> None:
    """Which run has used which request is written by the function that looks at it."""
    context = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", **CONDITIONAL}
    claim = f"{BUCKET}/claims/ward/run-1.json"
    for name, may in (("mlops-ward-authorize-run", True), ("mlops-ward-publish-code", False)):
        who = {**context, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
        assert allowed(Request("s3:PutObject", claim, who), [ANYTHING], resource=policy) is may, name


def test_the_bucket_keeps_versions_and_locks_them() -> None:
    """Object lock, governance mode, for as long as logs are kept."""
    found = {resolve(item["BucketName"]): item for _, item in resources(template("Foundation"), "AWS::S3::Bucket")}
    bucket = found[f"mlops-audit-{ACCOUNT}"]
    assert bucket["ObjectLockEnabled"] is True
    assert bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 365}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_who_moves_the_pointer_reads_what_others_wrote_meanwhile() -> None:
    """GetParameter of ``NAME:VERSION`` is asked of whoever may write the pointer: without it, a decision that loses a race fails."""
    pointer = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/mlops/ward/deployed-model"
    writers = {
        (path.name, name): found
        for path in ASSEMBLY.glob("*.product.template.json")
        for name, found in roles(json.loads(path.read_text())).items()
        if _may(found, "ssm:PutParameter", pointer, {})
    }
    assert {name for _, name in writers} == {"mlops-ward-record-approval"}
    assert len(writers) == 2  # of the products that predict
    assert [who for who, found in writers.items() if not _may(found, "ssm:GetParameter", f"{pointer}:7", {})] == []
