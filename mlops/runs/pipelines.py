"""Create or update a pipeline."""

import json
from contextlib import suppress
from typing import Any

from mlops.aws import Aws

DEFINITIONS = "mlops-definitions"  # the role of pipelines that are anybody's
_TRUST = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
_CALLS = [
    "cloudwatch:PutMetricData",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "kms:Decrypt",
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
    iam, account = aws.client("iam"), aws.account
    arn = f"arn:aws:iam::{account}:role/{DEFINITIONS}"
    only = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": _CALLS, "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": arn, "Condition": only},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::mlops-*"},
    ]
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=DEFINITIONS, AssumeRolePolicyDocument=_policy([_TRUST]))
    iam.put_role_policy(RoleName=DEFINITIONS, PolicyName="definitions", PolicyDocument=_policy(statements))
    return arn


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
