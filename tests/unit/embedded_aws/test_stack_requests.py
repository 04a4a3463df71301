"""What CloudFormation asks of IAM for a resource: by the registry's lists, the properties, and the authorization reference."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from embedded_aws.cloudformation import needs, registry
from embedded_aws.cloudformation.requests import Resource, requests
from embedded_aws.iam.reference import compared_with, known_service

ACCOUNT, REGION = "111122223333", "eu-central-1"


def _patterns() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for kind, known in needs._ONLY_WITH.items():
        yield from ((kind, pattern, names) for pattern, names in known.items())


@pytest.mark.parametrize(("kind", "pattern", "names"), list(_patterns()))
def test_table_speaks_of_what_the_registry_has(kind: str, pattern: str, names: tuple[str, ...]) -> None:
    """Every pattern names an action of the type's handlers, every property is one of the type's."""
    actions = {it for handler in ("create", "update", "delete") for it in registry.permissions(kind, handler)}
    assert any(fnmatchcase(it, pattern) for it in actions)
    assert set(names) <= set((registry.schema(kind) or {})["properties"])


def asked(kind: str, handler: str = "create", before: Any = None, **properties: Any) -> dict[str, str]:
    """Action -> resource."""
    resource = Resource(kind, "It", properties, "stack", ACCOUNT, REGION, before=before)
    return {it.action: it.resource for it in requests(handler, resource)}


def test_properties_decide() -> None:
    """What a property takes is asked with it and not without; tags of CloudFormation's own take nothing."""
    plain = asked("AWS::S3::Bucket", BucketName="b", Tags=[{"Key": "aws:cloudformation:stack-name", "Value": "s"}])
    assert plain == {"s3:CreateBucket": "arn:aws:s3:::b", "s3:ListBucket": "arn:aws:s3:::b"}
    rich = asked("AWS::S3::Bucket", BucketName="b", VersioningConfiguration={}, Tags=[{"Key": "k", "Value": "v"}])
    assert set(rich) - set(plain) == {"s3:PutBucketVersioning", "s3:PutBucketTagging"}


def test_an_update_asks_for_what_changes() -> None:
    """Not for what stays."""
    before = {"LogGroupName": "/g", "RetentionInDays": 7, "KmsKeyId": "k"}
    found = asked("AWS::Logs::LogGroup", "update", before, **{**before, "RetentionInDays": 14})
    assert found["logs:PutRetentionPolicy"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g"
    assert "logs:AssociateKmsKey" not in found


def test_other_things_that_properties_name() -> None:
    """Roles are passed to the type's service, keys are used through it, archives are read."""
    role, key = f"arn:aws:iam::{ACCOUNT}:role/r", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
    properties = {"FunctionName": "f", "Role": role, "KmsKeyArn": key, "Code": {"S3Bucket": "b", "S3Key": "k.zip"}}
    found = {
        it.action: it
        for it in requests("create", Resource("AWS::Lambda::Function", "It", properties, "s", ACCOUNT, REGION))
    }
    assert (found["iam:PassRole"].resource, dict(found["iam:PassRole"].keys)) == (
        role,
        {"iam:passedtoservice": "lambda.amazonaws.com"},
    )
    assert (found["kms:Decrypt"].resource, found["s3:GetObject"].resource) == (key, "arn:aws:s3:::b/k.zip")
    policy = {"PolicyDocument": {"Statement": [{"Principal": {"AWS": role}}]}}
    assert "iam:PassRole" not in asked("AWS::S3::BucketPolicy", Bucket="b", **policy)


def test_a_boundary_is_a_key_of_the_request() -> None:
    """As launch roles demand it."""
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/b"
    resource = Resource(
        "AWS::IAM::Role", "It", {"RoleName": "r", "PermissionsBoundary": boundary}, "s", ACCOUNT, REGION
    )
    (created,) = [it for it in requests("create", resource) if it.action == "iam:CreateRole"]
    assert created.keys["iam:permissionsboundary"] == boundary


def test_custom_resources_call_their_function() -> None:
    """And nothing else."""
    token = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
    assert asked("Custom::It", ServiceToken=token) == {"lambda:InvokeFunction": token}


@pytest.mark.parametrize("kind", registry.names())
def test_every_request_is_one_that_iam_knows(kind: str) -> None:
    """For every type that is made here: the resource is of a type of the action's, so that a policy can allow it."""
    for handler in ("create", "update", "delete"):
        for action, resource in asked(kind, handler, {}, **dict.fromkeys(_names(kind), "x")).items():
            if known_service(action.partition(":")[0]):
                compared_with(action, resource)


@pytest.mark.parametrize("kind", registry.names())
def test_every_expression_of_the_schemas_is_one(kind: str) -> None:
    """AWS writes them for other programs; the extract translates what Python writes otherwise."""
    for expression in _expressions(registry.schema(kind)):
        re.compile(expression)


def _expressions(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        found = part.get("pattern")
        yield from [found] if isinstance(found, str) else []
        yield from part.get("patternProperties", {})
    for item in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _expressions(item)


def _names(kind: str) -> list[str]:
    """Properties of a type that name it or switch something on."""
    return [name for name in (registry.schema(kind) or {}).get("properties", {}) if name not in {"Tags", "Code"}]


def test_other_types_ask_for_their_main_call() -> None:
    """The one that makes, changes or removes the thing."""
    assert set(asked("AWS::DynamoDB::Table", TableName="t")) == {"dynamodb:CreateTable"}
    assert set(asked("AWS::SQS::Queue", "delete", QueueName="q")) == {"sqs:DeleteQueue"}
    assert set(asked("AWS::SSM::Parameter", Name="p")) == {"ssm:PutParameter"}
