"""Create or update a pipeline."""

import hashlib
import json
import re
from contextlib import suppress
from typing import Any

from mlops.aws import Aws

DEFINITIONS = "mlops-definitions"  # the role of pipelines that are anybody's
_RIGHTS = "definitions"  # the policy by which a role that was made here is known
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role(/(?:[\w+=,.@-]+/)*)([\w+=,.@-]{1,64})")
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_CALLS = [
    "cloudwatch:PutMetricData",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "lambda:InvokeFunction",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "s3:GetObject",
    "s3:ListBucket",
    "s3:PutObject",
    "sagemaker:*",
]


def definitions_role(aws: Aws) -> str:
    """ARN of the role in which anybody's definitions run; made where it is missing. It reads and writes no bucket of the platform's."""
    return _made(aws, "/", DEFINITIONS)


def named_roles(aws: Aws, definition: str) -> tuple[str, list[str]]:
    """(a definition whose roles are of the caller's account, names of those that were missing there and were made).

    A definition that somebody brings names roles of his own account. On the embedded AWS roles of the same names, with the rights of
    ``definitions_role``, stand for them, and that role may pass them; it may pass no role that others have made.
    """
    account, places = aws.account, sorted(set(_ROLE.findall(definition)))
    made = [name for path, name in places if _missing(aws, name) and _made(aws, path, name)]
    passed = [f"arn:aws:iam::{account}:role{path}{name}" for path, name in places if _stands_in(aws, name)]
    if passed:
        digest = hashlib.sha256("".join(passed).encode()).hexdigest()[:12]
        _may(aws, DEFINITIONS, f"passes-{digest}", [_passes(passed)])
    return _ROLE.sub(rf"arn:aws:iam::{account}:role\1\2", definition), made


def _stands_in(aws: Aws, name: str) -> bool:
    return _RIGHTS in aws.client("iam").list_role_policies(RoleName=name)["PolicyNames"]


def _missing(aws: Aws, name: str) -> bool:
    iam = aws.client("iam")
    try:
        iam.get_role(RoleName=name)
    except iam.exceptions.NoSuchEntityException:
        return True
    return False


def _made(aws: Aws, path: str, name: str) -> str:
    iam, arn = aws.client("iam"), f"arn:aws:iam::{aws.account}:role{path}{name}"
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(Path=path, RoleName=name, AssumeRolePolicyDocument=_policy([_TRUST]))
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": _CALLS, "Resource": "*"},
        _passes(arn),
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::mlops-*"},
    ]
    _may(aws, name, _RIGHTS, statements)
    return arn


def _passes(roles: str | list[str]) -> dict[str, Any]:
    only = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    return {"Effect": "Allow", "Action": "iam:PassRole", "Resource": roles, "Condition": only}


def _may(aws: Aws, role: str, policy: str, statements: list[dict[str, Any]]) -> None:
    aws.client("iam").put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=_policy(statements))


def _policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def put_pipeline(sagemaker: Any, name: str, definition: str, role: str) -> None:
    """Make ``definition`` the definition of pipeline ``name``, which is created where it does not exist."""
    try:
        sagemaker.describe_pipeline(PipelineName=name)
    except sagemaker.exceptions.ResourceNotFound:
        write = sagemaker.create_pipeline
    else:
        write = sagemaker.update_pipeline
    write(PipelineName=name, PipelineDefinition=definition, RoleArn=role)
