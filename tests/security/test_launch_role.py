"""The launch role suffices for the templates and not more (promise 9).

What a template needs comes from outside: the permissions that CloudFormation's registry lists for each type's handlers.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.session import Session

from stacks.rules.findings import resources
from tests.infrastructure import cfn_schemas
from tests.security.policies import (
    ACCOUNT,
    ASSEMBLY,
    REGION,
    Request,
    Statement,
    allowed,
    boundary,
    made,
    resolve,
    roles,
    template,
)

PRODUCTS = sorted(ASSEMBLY.glob("*.product.template.json"))

# permissions that a handler lists for properties which our templates do not use
UNUSED = {
    "AWS::CodeCommit::Repository": {"codecommit:PutRepositoryTriggers"},
    "AWS::CodePipeline::Pipeline": {
        "codepipeline:DisableStageTransition",
        "codepipeline:EnableStageTransition",
        "codepipeline:StartPipelineExecution",
        "codestar-connections:PassConnection",
        "iam:GetRole",
    },
    "AWS::IAM::Role": {
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:UpdateRoleDescription",
    },
    "AWS::Lambda::Function": {
        "ec2:*",
        "elasticfilesystem:*",
        "s3files:*",
        "lambda:AssociateRuntimeAlias",
        "lambda:GetCodeSigningConfig",
        "lambda:GetLayerVersion",
        "lambda:PassCapacityProvider",
        "lambda:PutFunctionConcurrency",
        "lambda:PutFunctionRecursionConfig",
        "lambda:PutFunctionScalingConfig",
        "lambda:PutRuntimeManagementConfig",
        "lambda:DeleteFunctionConcurrency",
        "lambda:PutFunctionCodeSigningConfig",
        "lambda:DeleteFunctionCodeSigningConfig",
        "lambda:GetFunctionScalingConfig",
        "lambda:PublishVersion",
    },
    "AWS::Logs::LogGroup": {
        "firehose:*",
        "s3:*",
        "logs:*IndexPolic*",
        "logs:*ResourcePolic*",
        "logs:*DataProtectionPolicy",
        "logs:CreateLogDelivery",
        "logs:PutBearerTokenAuthentication",
        "logs:PutLogGroupDeletionProtection",
    },
    "AWS::S3::Bucket": {
        "iam:PassRole",
        "s3tables:*",
        "glue:*",
        "kms:*",
        "s3:*Metadata*",
        "s3:DeleteObject*",
        "s3:DeleteBucket?*Configuration",
        "s3:DeleteBucketCors",
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketLifecycle",
        "s3:DeleteBucketReplication",
        "s3:GetBucketAcl",
        "s3:PutAccelerateConfiguration",
        "s3:PutAnalyticsConfiguration",
        "s3:PutBucketAbac",
        "s3:PutBucketNotification",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketReplication",
        "s3:PutBucketWebsite",
        "s3:DeleteBucketWebsite",
        "s3:PutIntelligentTieringConfiguration",
        "s3:PutInventoryConfiguration",
        "s3:PutMetricsConfiguration",
        "s3:PutObjectAcl",
        "s3:PutObjectLockConfiguration",
        "s3:PutReplicationConfiguration",
        "s3:PutBucketAcl",
        "s3:TagResource",
        "s3:UntagResource",
        "s3:ListTagsForResource",
        "s3:PutBucketCORS",
    },
    "AWS::S3::BucketPolicy": set(),
    "AWS::SNS::Subscription": {"iam:*"},
    "AWS::SNS::Topic": {"iam:*", "sns:*DataProtectionPolicy"},
    "AWS::SageMaker::ModelPackageGroup": {"sagemaker:*ModelPackageGroupPolicy"},
}
BY_HAND = {  # a type without a registry handler
    "AWS::CodeBuild::Project": {
        "codebuild:CreateProject",
        "codebuild:UpdateProject",
        "codebuild:DeleteProject",
        "codebuild:BatchGetProjects",
        "iam:PassRole",
    },
}
ON_ANYTHING = {"codecommit:ListRepositories", "kms:ListAliases"}  # actions without resource-level permissions
BOUNDED = {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/mlops-boundary"}
PASSED_TO = {
    "AWS::CodeBuild::Project": "codebuild",
    "AWS::CodePipeline::Pipeline": "codepipeline",
    "AWS::Events::Rule": "events",
    "AWS::Lambda::Function": "lambda",
    "AWS::SageMaker::FeatureGroup": "sagemaker",
    "AWS::SageMaker::Pipeline": "sagemaker",
}
# needed beyond the handlers: the stack itself, Service Catalog's reading of the template, the custom resource's call; dashboards that
# projects had of their own go with an upgrade
BEYOND = {
    "cloudformation:*",
    "s3:GetObject",
    "lambda:InvokeFunction",
    "cloudwatch:DeleteDashboards",
    "kms:*",
    "codecommit:GitPush",
    "codecommit:CreateBranch",
    "codecommit:GetBranch",
    "codecommit:GetRepository",
    "codeconnections:PassConnection",
    "codeconnections:UseConnection",
    "lambda:GetPolicy",
    "codepipeline:ListTagsForResource",
    "codecommit:ListTagsForResource",
    "events:ListTagsForResource",
}


@pytest.fixture(scope="module")
def launch() -> list[Statement]:
    """Its statements."""
    return roles(template("Catalog"))["mlops-launch"]


def _needs() -> Iterator[tuple[str, str, Request]]:
    """(product, logical id, request) for every handler permission of every resource."""
    for path in PRODUCTS:
        content = json.loads(path.read_text())
        for logical_id, properties in resources(content):
            kind = content["Resources"][logical_id]["Type"]
            if kind.startswith("AWS::"):
                for action in sorted(_actions(kind)):
                    yield path.name, logical_id, _request(kind, action, properties, content)


def _actions(kind: str) -> set[str]:
    import fnmatch

    handlers = cfn_schemas.load(kind).get("handlers", {})
    found = {
        action for name in ("create", "update", "delete") for action in handlers.get(name, {}).get("permissions", [])
    }
    unused = UNUSED.get(kind, set())
    found |= _of_the_model() if kind == "AWS::SageMaker::FeatureGroup" else set()
    return BY_HAND.get(kind) or {
        action for action in found if not any(fnmatch.fnmatchcase(action, item) for item in unused)
    }


def _of_the_model() -> set[str]:
    """What the API's own model asks of whoever makes an encrypted online store; its second list is of those who read and write."""
    shape: Any = Session().get_service_model("sagemaker").shape_for("OnlineStoreSecurityConfig")
    found = set(re.findall(r"kms:\w+", shape.members["KmsKeyId"].documentation.partition("DataPlane")[0]))
    assert len(found) > 5
    return found


def _request(kind: str, action: str, properties: Any, content: Any) -> Request:
    service = action.split(":", maxsplit=1)[0]
    if action in ON_ANYTHING:
        return Request(action)
    if service == "iam":
        name = resolve(properties["RoleName"]) if kind == "AWS::IAM::Role" else "mlops-ward-execution"
        context = {
            "iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/mlops-boundary",
            "iam:PassedToService": f"{PASSED_TO.get(kind, '-')}.amazonaws.com",
        }
        return Request(action, f"arn:aws:iam::{ACCOUNT}:role/{name}", context)
    if service == "kms":
        return Request(action, f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data")
    if service == "glue":
        return Request(action, f"arn:aws:glue:{REGION}:{ACCOUNT}:database/sagemaker_featurestore")
    if service == "s3" and kind not in {"AWS::S3::Bucket", "AWS::S3::BucketPolicy"}:
        return Request(action, f"arn:aws:s3:::cdk-hnb659fds-assets-{ACCOUNT}-{REGION}/key")
    return Request(action, _arn(kind, properties, content))


def _arn(kind: str, properties: Any, content: Any) -> str:
    def of(service: str, rest: str, member: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}{resolve(properties[member])}"

    if kind == "AWS::S3::Bucket":
        return f"arn:aws:s3:::{resolve(properties['BucketName'])}"
    if kind == "AWS::S3::BucketPolicy":
        bucket = content["Resources"][made(properties["Bucket"])["Ref"]]
        return f"arn:aws:s3:::{resolve(bucket['Properties']['BucketName'])}"
    if kind in {"AWS::SNS::TopicPolicy", "AWS::SNS::Subscription"}:
        return f"arn:aws:sns:{REGION}:{ACCOUNT}:ward-notifications"
    if kind == "AWS::Lambda::Permission":
        function = properties["FunctionName"]["Fn::GetAtt"][0]
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{resolve(content['Resources'][function]['Properties']['FunctionName'])}"
    service, rest, member = {
        "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:", "AlarmName"),
        "AWS::CodeBuild::Project": ("codebuild", "project/", "Name"),
        "AWS::CodeCommit::Repository": ("codecommit", "", "RepositoryName"),
        "AWS::CodePipeline::Pipeline": ("codepipeline", "", "Name"),
        "AWS::Events::Rule": ("events", "rule/", "Name"),
        "AWS::Lambda::Function": ("lambda", "function:", "FunctionName"),
        "AWS::Logs::LogGroup": ("logs", "log-group:", "LogGroupName"),
        "AWS::SNS::Topic": ("sns", "", "TopicName"),
        "AWS::SageMaker::FeatureGroup": ("sagemaker", "feature-group/", "FeatureGroupName"),
        "AWS::SageMaker::ModelPackageGroup": ("sagemaker", "model-package-group/", "ModelPackageGroupName"),
        "AWS::SageMaker::Pipeline": ("sagemaker", "pipeline/", "PipelineName"),
    }[kind]
    return of(service, rest, member)


def test_it_suffices_for_every_resource_of_every_product(launch: list[Statement]) -> None:
    """Create, update and delete, inside the boundary."""
    limit = boundary()
    denied = {(request.action, request.resource) for _, _, request in _needs() if not allowed(request, launch, limit)}
    assert sorted(denied) == []


def test_it_has_no_action_that_nothing_needs(launch: list[Statement]) -> None:
    """Not more: each action is needed by a type of the templates, or is named above with what it is for."""
    import fnmatch

    needed = {request.action for _, _, request in _needs()} | BEYOND
    given = {action for statement in launch for action in statement["Action"]}
    assert sorted(action for action in given if not any(fnmatch.fnmatchcase(action, item) for item in needed)) == []


def test_people_have_none_of_it(launch: list[Statement]) -> None:
    """The ML engineer makes projects without a single right of their templates: all writes are the launch role's alone."""
    engineer = roles(template("Access"))["mlops-ml-engineer"]
    reads = ("BatchGet", "Describe", "Get", "List", "Decrypt", "GenerateDataKey")
    writes = [request for _, _, request in _needs() if not request.action.split(":")[1].startswith(reads)]
    assert {request.action for request in writes if allowed(request, engineer, boundary())} == set()


def test_it_reads_templates_where_service_catalog_keeps_them(launch: list[Statement]) -> None:
    """In a bucket of Service Catalog's own, by the tag that it puts on them, and nothing else there."""
    there = f"arn:aws:s3:::sc-{ACCOUNT}-pp-x/template.json"
    tagged = {"s3:ExistingObjectTag/servicecatalog:provisioning": "true"}
    assert allowed(Request("s3:GetObject", there, tagged), launch, boundary())
    assert not allowed(Request("s3:GetObject", there), launch, boundary())


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/mlops-x", {}),  # without the boundary
        (
            "iam:CreateRole",
            f"arn:aws:iam::{ACCOUNT}:role/admin",
            {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/mlops-boundary"},
        ),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/mlops-x", {"iam:PassedToService": "ec2.amazonaws.com"}),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/admin", {"iam:PassedToService": "lambda.amazonaws.com"}),
        ("s3:DeleteBucket", f"arn:aws:s3:::mlops-datasets-{ACCOUNT}", {}),
        ("s3:PutBucketPolicy", f"arn:aws:s3:::payroll-{ACCOUNT}", {}),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:payroll", {}),
        ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/data", {}),
        ("cloudformation:DeleteStack", f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/mlops-foundation/x", {}),
        ("sagemaker:CreateEndpoint", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/x", {}),
        ("servicecatalog:DeleteConstraint", "*", {}),
    ],
)
def test_it_cannot(launch: list[Statement], action: str, resource: str, context: dict[str, Any]) -> None:
    """What no template needs."""
    assert not allowed(Request(action, resource, context), launch, boundary())
