"""Sessions of new roles, whose rights a test says."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.integration.executor.lab import ACCOUNT, Lab

ROOT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*", "Resource": "*"}
_numbers = itertools.count(1)


class Session:
    """A session of a role that has these statements alone."""

    def __init__(self, lab: Lab, *statements: dict[str, Any]) -> None:
        self._lab, self.name = lab, f"session-{next(_numbers)}"
        self.role = f"arn:aws:iam::{ACCOUNT}:role/{self.name}"
        trust = {"Effect": "Allow", "Principal": {"AWS": ROOT["Principal"]["AWS"]}, "Action": "sts:AssumeRole"}  # type: ignore[index]
        iam = lab.client("iam")
        iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        if statements:
            iam.put_role_policy(
                RoleName=self.name, PolicyName="p", PolicyDocument=json.dumps({"Statement": list(statements)})
            )
        keys = lab.client("sts").assume_role(RoleArn=self.role, RoleSessionName="ann")["Credentials"]
        self._session = boto3.Session(
            keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], region_name="us-east-1"
        )

    def client(self, service: str) -> Any:
        """One of its clients."""
        config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
        return self._session.client(service, endpoint_url=self._lab.endpoint, config=config)  # type: ignore[call-overload]


def allow(*actions: str, on: Any = "*", **when: Any) -> dict[str, Any]:
    """A statement; ``when`` is operator -> condition."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **({"Condition": when} if when else {})}


def key(lab: Lab, *statements: dict[str, Any], alias: str = "") -> str:
    """ARN of a new key with this policy, which leaves it to the account where none is given."""
    kms = lab.client("kms")
    policy = {"Version": "2012-10-17", "Statement": list(statements) or [ROOT]}
    arn = str(kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"])
    if alias:
        kms.create_alias(AliasName=alias, TargetKeyId=arn)
    return arn


def refusal(call: Callable[..., Any], **arguments: Any) -> str:
    """``Code: message`` of a call that is refused; empty where it is not."""
    try:
        call(**arguments)
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    return ""
