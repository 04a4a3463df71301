"""Policies as an account has them now: of a role with its boundary, and of a bucket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from mlops.aws import Aws, listed
from mlops.errors import NotRunning
from mlops.platform.evaluation import Statement

_NOBODY = {"NoSuchEntity"}
_NONE = {"NoSuchBucketPolicy", "NoSuchBucket"}


@dataclass(frozen=True)
class Role:
    """A role: its ARN, its unique id, what it is allowed, and the most that it ever could be."""

    name: str
    arn: str
    id: str
    statements: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None

    def keys(self, session: str) -> dict[str, str]:
        """Condition keys that every request of a session has, made over TLS."""
        who = {"aws:PrincipalArn": self.arn, "aws:userid": f"{self.id}:{session}"}
        return {**who, "aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}


class Deployed:
    """What an account says of its roles and buckets."""

    def __init__(self, aws: Aws) -> None:
        self._iam, self._s3 = aws.client("iam"), aws.client("s3")

    def role(self, name: str) -> Role:
        """Raises NotRunning where there is no such role: the platform is not deployed."""
        from botocore.exceptions import ClientError

        try:
            found = self._iam.get_role(RoleName=name)["Role"]
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOBODY:
                raise NotRunning(f"role {name}: there is none; the platform is not deployed here") from None
            raise
        limit = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        boundary = tuple(self._managed(limit)) if limit else None
        return Role(name, found["Arn"], found["RoleId"], tuple(self._statements(name)), boundary)

    def bucket_policy(self, bucket: str) -> list[Statement]:
        """Statements; none where the bucket has no policy."""
        from botocore.exceptions import ClientError

        try:
            return _of(self._s3.get_bucket_policy(Bucket=bucket)["Policy"])
        except ClientError as error:
            if error.response["Error"]["Code"] in _NONE:
                return []
            raise

    def buckets(self) -> list[str]:
        """All of the account."""
        return [it["Name"] for it in self._s3.list_buckets()["Buckets"]]

    def prefixes(self, bucket: str) -> list[str]:
        """What stands before the first slash of the keys that are there, and keys without one."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/")
        found: list[str] = []
        for page in pages:
            found += [it["Prefix"] for it in page.get("CommonPrefixes", [])]
            found += [it["Key"] for it in page.get("Contents", [])]
        return found

    def _statements(self, role: str) -> list[Statement]:
        inline = listed(self._iam, "list_role_policies", "PolicyNames", RoleName=role)
        found = [
            item
            for name in inline
            for item in _of(self._iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        ]
        for it in listed(self._iam, "list_attached_role_policies", "AttachedPolicies", RoleName=role):
            found += self._managed(it["PolicyArn"])
        return found

    def _managed(self, arn: str) -> list[Statement]:
        version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return _of(self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])


def _of(document: Any) -> list[Statement]:
    """Statements of a policy, which comes as text or as an object."""
    content = (
        json.loads(unquote(document) if document.startswith("%") else document)
        if isinstance(document, str)
        else document
    )
    found = content["Statement"]
    return [found] if isinstance(found, Mapping) else list(found)
