"""The role of a project's pipelines and jobs."""

import re
from collections.abc import Sequence

from mlops.projects.prefixes import EXECUTION
from stacks.constructs.registry import FEATURE_GROUP
from stacks.constructs.storage import objects
from stacks.names import DATASETS, PROJECT, arn, bucket_arn, sub
from stacks.project.arns import GIVEN_ARTIFACTS_BUCKET, GIVEN_VERSIONS, OWN_VERSIONS
from stacks.project.parts import Parts
from stacks.project.writing import writing
from stacks.secure import Statement, allow

_JOBS = ("processing-job", "training-job", "transform-job")
_NETWORK = [
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
]
_IMAGES = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


def execution_role(parts: Parts, *, trains: bool, calls: Sequence[str]) -> str:
    """ARN of ``mlops-<project>-execution``; without training it reads the versions of the project whose group was given.

    ``calls``: purposes of the functions that the pipelines call, by name, since another project's name may begin with this one's.
    """
    role = arn("iam", f"role/{sub(PROJECT.execution_role)}", region="")
    jobs = [arn("sagemaker", f"{kind}/*") for kind in _JOBS]
    verbs = [
        f"sagemaker:{verb}{kind}"
        for verb in ("Create", "Describe", "Stop")
        for kind in ("ProcessingJob", "TrainingJob", "TransformJob")
    ]
    statements = [
        *objects(parts),
        *writing(parts, EXECUTION),
        allow(["s3:GetObject"], f"{bucket_arn(DATASETS)}/*"),
        allow(["s3:ListBucket"], bucket_arn(DATASETS)),
        # volumes take a grant, outputs under a key kms:Encrypt besides S3's own (SageMaker AI Developer Guide, execution roles)
        allow(["kms:CreateGrant", "kms:DescribeKey", "kms:Encrypt"], parts.key_arn),
        allow(["lambda:InvokeFunction"], *(arn("lambda", f"function:{sub(PROJECT.function(it))}") for it in calls)),
        allow([*verbs, "sagemaker:AddTags"], *jobs),
        allow(
            ["sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:DeleteModel", "sagemaker:AddTags"],
            arn("sagemaker", "model/*"),
        ),
        *(_own_versions() if trains else _foreign_versions()),
        allow(
            ["sagemaker:PutRecord", "sagemaker:BatchGetRecord", "sagemaker:GetRecord"],
            arn("sagemaker", f"feature-group/{sub(FEATURE_GROUP)}"),
        ),
        allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            arn("logs", "log-group:/aws/sagemaker/*"),
        ),
        allow(["cloudwatch:PutMetricData"], "*", when={"StringLike": {"cloudwatch:namespace": "/aws/sagemaker/*"}}),
        allow(["iam:PassRole"], role, when={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}),
        allow(_IMAGES, arn("ecr", "repository/mlops-*")),
        allow(["ecr:GetAuthorizationToken"], "*"),
        *([allow(_NETWORK, "*")] if parts.platform.network else []),
    ]
    return parts.role("ExecutionRole", EXECUTION, "sagemaker", statements)


def _own_versions() -> list[Statement]:
    pending = {"StringEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}}
    return [
        # a version that a run registers is never approved already
        allow(["sagemaker:CreateModelPackage"], *OWN_VERSIONS, when=pending),
        allow(["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"], *OWN_VERSIONS),
    ]


def _foreign_versions() -> list[Statement]:
    """A version's model, baselines and predictions lie in the artifacts bucket of the project that has its group's name."""
    return [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"], *GIVEN_VERSIONS),
        allow(["s3:GetObject"], f"{GIVEN_ARTIFACTS_BUCKET}/runs/*"),
        allow(["s3:ListBucket"], GIVEN_ARTIFACTS_BUCKET, when={"StringLike": {"s3:prefix": "runs/*"}}),
    ]


def purpose_of(parameter: str) -> str:
    """Of the function that a definition's parameter names: ``ResolveModelFunctionArn`` -> ``resolve-model``."""
    words = re.findall(r"[A-Z][a-z]+", parameter.removesuffix("FunctionArn"))
    return "-".join(word.lower() for word in words)
