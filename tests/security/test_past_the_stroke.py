"""A pattern of a bucket's name is no wall: IAM's ``*`` goes on past the stroke, into the keys of every bucket that begins alike."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from mlops.platform.patterns import listed
from tests.security.policies import (
    ACCOUNT,
    ASSEMBLY,
    Request,
    Statement,
    allowed,
    boundary,
    bucket_policies,
    roles,
    template,
)

FIRST = {"s3:ObjectCreationOperation": "true", "s3:if-none-match": "*", "aws:userid": "AROAEXAMPLE1:ann"}
TLS = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
_START = "arn:aws:s3:::"


def _buckets() -> dict[str, list[Statement]]:
    """Of every stack and product, with their policies."""
    found: dict[str, list[Statement]] = {}
    for path in sorted(ASSEMBLY.glob("*.template.json")):
        found |= bucket_policies(json.loads(path.read_text()))
    return found


def _past(held: list[Statement]) -> Iterator[tuple[str, str, str]]:
    """(pattern of a bucket's name, begin of it, how a key ends that lies past the stroke) of every Allow to write."""
    for statement in held:
        if statement["Effect"] == "Allow" and "s3:PutObject" in listed(statement["Action"]):
            for resource in map(str, listed(statement["Resource"])):
                name, _, key = resource.removeprefix(_START).partition("/")
                if "*" in name:
                    yield name, name.partition("*")[0], f"{name.partition('*')[2]}/{key}"


@pytest.mark.parametrize("name", ["mlops-data-scientist", "mlops-ml-engineer", "mlops-manager"])
def test_people_write_in_buckets_that_are_called_so_and_in_no_other(name: str) -> None:
    """Not in the audit trail, where a forged registration would be one, in logs, deliveries, experiments, templates or runs."""
    held, buckets, tried = roles(template("Access"))[name], _buckets(), set[str]()
    who = {**FIRST, **TLS, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
    for pattern, begin, end in _past(held):
        for bucket, policy in buckets.items():
            if not bucket.startswith(begin) or fnmatchcase(bucket, pattern):
                continue
            for prefix in ("", "audit/ward/", "claims/ward/", "runs/"):
                key = f"{prefix}x{end}".replace("*", "x").replace("${aws:userid}", FIRST["aws:userid"])
                place = f"{_START}{bucket}/{key}"
                assert not allowed(Request("s3:PutObject", place, who), held, boundary(), policy), place
                tried.add(bucket)
    assert (f"mlops-audit-{ACCOUNT}" in tried) is (name == "mlops-data-scientist")


def test_the_trail_is_closed_by_its_own_policy_too() -> None:
    """Whoever is given a pattern by accident, or every right, writes no entry: its functions do."""
    policy = _buckets()[f"mlops-audit-{ACCOUNT}"]
    every: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    who = {**FIRST, **TLS, "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/mlops-data-scientist"}
    for key in (f"audit/ward/x-data-{ACCOUNT}/datasets/x", "audit/ward/00000009.json", "claims/ward/run-x.json", "x"):
        request = Request("s3:PutObject", f"{_START}mlops-audit-{ACCOUNT}/{key}", who)
        assert not allowed(request, [every], boundary(), policy), key
