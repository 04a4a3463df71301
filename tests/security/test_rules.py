"""The rules on separation, on statements written for them: what is found, and what is not."""

from typing import Any

import pytest

from stacks.rules.separation import exact_names, four_eyes

PROJECT = {"Fn::Sub": "arn:aws:s3:::mlops-${SageMakerProjectName}-artifacts-${AWS::AccountId}/runs/*"}
PENDING = {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}}
NO_STATUS = {"Null": {"sagemaker:ModelApprovalStatus": "true"}}


def role(*statements: dict[str, Any], kind: str = "AWS::IAM::Role") -> dict[str, Any]:
    """A template with one role."""
    document = {"Statement": [{"Effect": "Allow", **item} for item in statements]}
    if kind == "AWS::IAM::ManagedPolicy":
        return {
            "Resources": {"It": {"Type": kind, "Properties": {"ManagedPolicyName": "p", "PolicyDocument": document}}}
        }
    policies = [{"PolicyName": "p", "PolicyDocument": document}]
    return {"Resources": {"It": {"Type": kind, "Properties": {"Policies": policies}}}}


def act(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"Action": action, "Resource": resource, **more}


TRAIN = act("sagemaker:StartPipelineExecution", "arn:aws:sagemaker:*:*:pipeline/*-training")
PUSH = act("codecommit:GitPush", "arn:aws:codecommit:eu-central-1:111122223333:*-code")
DATA = act("s3:PutObject", "arn:aws:s3:::mlops-*-data-111122223333/datasets/*")
APPROVE = act("sagemaker:UpdateModelPackage", "arn:aws:sagemaker:*:*:model-package/*")
RELEASE = act("codepipeline:PutApprovalResult", "arn:aws:codepipeline:*:*:*/Release/Approve")


@pytest.mark.parametrize(
    "statements",
    [
        (TRAIN, APPROVE),
        (TRAIN, RELEASE),
        (PUSH, APPROVE),
        (DATA, APPROVE),
        (act("s3:PutObject", PROJECT), RELEASE),
        (act("s3:PutObject", PROJECT), act("sagemaker:CreateModelPackage")),
        (act("sagemaker:*"),),
        (act(["sagemaker:Retry*", "sagemaker:Update*"]),),
        (TRAIN, {**APPROVE, "Condition": {"StringEquals": {"sagemaker:ModelApprovalStatus": ["Approved"]}}}),
        (act("codepipeline:*", "arn:aws:codepipeline:*:*:*"),),
        (TRAIN, APPROVE, {"Effect": "Deny", **act("sagemaker:UpdateModelPackage")}),
    ],
)
def test_both_sides_are_found(statements: tuple[dict[str, Any], ...]) -> None:
    """Whatever else the role may not."""
    assert [it.rule for it in four_eyes(role(*statements))] == ["four-eyes"]


@pytest.mark.parametrize(
    "statements",
    [
        (TRAIN, PUSH, DATA),
        (APPROVE, RELEASE, act("sagemaker:StartPipelineExecution", "arn:aws:sagemaker:*:*:pipeline/*-inference")),
        (act("s3:PutObject", PROJECT), act("sagemaker:CreateModelPackage", "*", Condition=PENDING)),
        (TRAIN, act("sagemaker:UpdateModelPackage", "*", Condition=NO_STATUS)),
        (APPROVE, act("s3:PutObject", "arn:aws:s3:::mlops-audit-1/audit/*")),
    ],
)
def test_one_side_is_not(statements: tuple[dict[str, Any], ...]) -> None:
    """Nor a registration that is pending, nor a change that names no decision."""
    assert list(four_eyes(role(*statements))) == []


def test_a_boundary_is_no_role() -> None:
    """It grants nothing."""
    assert list(four_eyes(role(TRAIN, APPROVE, kind="AWS::IAM::ManagedPolicy"))) == []


@pytest.mark.parametrize(
    ("resource", "found"),
    [
        ("arn:aws:lambda:r:1:function:${SageMakerProjectName}-*", True),
        ("arn:aws:s3:::mlops-${SageMakerProjectName}*/x", True),
        ("arn:aws:s3:::mlops-${ModelPackageGroup}-*-1/runs/*", True),
        ("arn:aws:iam::1:role/mlops-${SageMakerProjectName}-?xecution", True),
        ("arn:aws:lambda:r:1:function:${SageMakerProjectName}-resolve-model", False),
        ("arn:aws:sagemaker:r:1:pipeline/${SageMakerProjectName}-training/execution/*", False),
        ("arn:aws:logs:r:1:log-group:/aws/lambda/${SageMakerProjectName}-x:*", False),
        ("arn:aws:s3:::mlops-*-data-1/*", False),
    ],
)
def test_names_are_exact(resource: str, found: bool) -> None:
    """A wildcard right behind a project's name, up to the next slash or colon."""
    assert bool(list(exact_names(role(act("s3:GetObject", {"Fn::Sub": resource}))))) is found


def test_conditions_name_exactly_too() -> None:
    """A role's name in a condition, in a bucket's policy."""
    wide = {"Fn::Sub": "arn:aws:iam::1:role/mlops-${SageMakerProjectName}-*"}
    statement = {
        "Effect": "Deny",
        "Action": "s3:PutObject",
        "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": wide}},
    }
    policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": {"Statement": [statement]}}}
    assert [it.resource for it in exact_names({"Resources": {"Policy": policy}})] == ["Policy"]
