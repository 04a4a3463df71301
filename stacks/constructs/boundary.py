"""The permissions boundary: the most that any role of the platform or of a project can ever do."""

from mlops.bundled.audit import audit_bucket
from stacks.names import BOUNDARY, EXECUTION, PLATFORM_DEPLOY, arn
from stacks.secure.role import Statement, allow, deny

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

_AUDIT = f"arn:${{AWS::Partition}}:s3:::{audit_bucket('${AWS::AccountId}')}"
_DELIVERY = {
    "ArnEquals": {"aws:PrincipalArn": arn("iam", f"role/{PLATFORM_DEPLOY}", region="")},
    "StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"},
}


def boundary() -> list[Statement]:
    """It grants nothing by itself. Roles can be made only with this boundary on, and nobody inside it can take it off."""
    own = arn("iam", f"policy/{BOUNDARY}", region="")
    roles = arn("iam", "role/mlops-*", region="")
    bounded = {"ArnLike": {"iam:PermissionsBoundary": "arn:*:iam::*:policy/mlops-boundary"}}
    make = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"]
    return [
        allow([f"{service}:*" for service in _SERVICES], "*", sid="Services"),
        allow(make, roles, when=bounded, sid="BoundedRoles"),
        allow(
            [
                "iam:DeleteRole",
                "iam:DeleteRolePolicy",
                "iam:GetRole",
                "iam:GetRolePolicy",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
                "iam:PassRole",
                "iam:TagRole",
                "iam:UntagRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:UpdateRole",
            ],
            roles,
            sid="OwnRoles",
        ),
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
