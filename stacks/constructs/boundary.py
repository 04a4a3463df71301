"""The permissions boundary: the most that any role of the platform or of a project can ever do."""

from constructs import Construct

from stacks.names import AUDIT, BOUNDARY, EXECUTION, EXPERIMENTS, FOUNDATION_BOUNDARY, PLATFORM_DEPLOY, arn, bucket_arn
from stacks.secure.findings import wildcards
from stacks.secure.role import BOUNDARY_ID, ROLE_VERBS, Statement, allow, deny, managed_policy

_SERVICES = (
    "athena",
    "cloudformation",
    "cloudwatch",
    "codebuild",
    "codecommit",
    "codeconnections",
    "codepipeline",
    "ec2",
    "ecr",
    "events",
    "glue",
    "kms",
    "lambda",
    "logs",
    "s3",
    "sagemaker",
    "sagemaker-mlflow",
    "servicecatalog",
    "sns",
    "ssm",
)

_AUDIT = bucket_arn(AUDIT)
_DELIVERY = {
    "ArnEquals": {"aws:PrincipalArn": arn("iam", f"role/{PLATFORM_DEPLOY}", region="")},
    "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"},
}


def foundation_boundary(scope: Construct) -> str:
    """Name of the boundary of the foundation's own roles, which are made before the platform's: logs of the network, experiments."""
    statements = [
        allow(["logs:*"], arn("logs", "log-group:/mlops/network/*"), sid="Network"),
        allow(["s3:*"], bucket_arn(EXPERIMENTS), bucket_arn(f"{EXPERIMENTS}/*"), sid="Experiments"),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], arn("kms", "key/*"), sid="Keys"),
    ]
    accepted = wildcards(statements, "a boundary grants nothing: the roles in it name what they use")
    managed_policy(scope, BOUNDARY_ID, name=FOUNDATION_BOUNDARY, statements=statements, accepted=accepted)
    return FOUNDATION_BOUNDARY


def boundary() -> list[Statement]:
    """It grants nothing by itself. Roles can be made only with this boundary on, and nobody inside it can take it off."""
    own = arn("iam", f"policy/{BOUNDARY}", region="")
    roles = arn("iam", "role/mlops-*", region="")
    bounded = {"ArnLike": {"iam:PermissionsBoundary": "arn:*:iam::*:policy/mlops-boundary"}}
    make = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"]
    return [
        allow([f"{service}:*" for service in _SERVICES], "*", sid="Services"),
        allow(make, roles, when=bounded, sid="BoundedRoles"),
        allow([*ROLE_VERBS, "iam:PassRole"], roles, sid="OwnRoles"),
        # CloudFormation alone gets the account's deployment role, and from the platform's own delivery alone
        allow(["iam:PassRole"], arn("iam", f"role/{EXECUTION}", region=""), when=_DELIVERY, sid="Delivery"),
        deny(
            ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"],
            own,
            sid="KeepBoundary",
        ),
        deny(["iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary"], "*", sid="KeepOn"),
        deny(["iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:CreateUser"], "*", sid="NoUsers"),
        deny(["kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"], "*", sid="KeepKeys"),
        deny(["s3:PutAccountPublicAccessBlock"], "*", sid="StayPrivate"),
        deny(["s3:BypassGovernanceRetention", "s3:Delete*", "s3:PutBucket*"], _AUDIT, f"{_AUDIT}/*", sid="KeepAudit"),
    ]
