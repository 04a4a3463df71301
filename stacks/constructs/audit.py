"""The audit trail: one bucket whose objects nobody overwrites or deletes, and what a project's functions need to append to it."""

from aws_cdk import Duration, Fn, aws_iam, aws_kms, aws_s3
from constructs import Construct

from mlops.bundled.audit import PREFIX
from mlops.bundled.claims import PREFIX as CLAIMS
from mlops.projects.names import DELETE_KEPT
from mlops.projects.prefixes import AUDIT as AUDIT_KIND
from mlops.projects.prefixes import Prefix, of
from stacks import names
from stacks.names import AUDIT, PROJECT, arn, bucket_arn, every
from stacks.project.parts import Parts
from stacks.secure import Statement, allow, secure_bucket


def trail(scope: Construct, *, key: aws_kms.IKey, logs: str, days: int) -> aws_s3.Bucket:
    """The bucket; object lock keeps every version for ``days``.

    Its policy refuses overwriting and deletion to everybody, and writing to all but the projects' functions that have a part in it: what
    a pattern of another role's matches by accident is not theirs (IAM's ``*`` goes on past the strokes of a key).
    """
    bucket = secure_bucket(scope, "Audit", name=AUDIT, key=key, logs=logs, locked_for=Duration.days(days))
    everybody = [aws_iam.StarPrincipal()]
    bucket.add_to_resource_policy(
        aws_iam.PolicyStatement(
            sid="AppendOnly",
            effect=aws_iam.Effect.DENY,
            principals=everybody,
            actions=["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            resources=[bucket.arn_for_objects("*")],
        )
    )
    bucket.add_to_resource_policy(
        aws_iam.PolicyStatement(
            sid="OnlyWhereNothingIs",
            effect=aws_iam.Effect.DENY,
            principals=everybody,
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects("*")],
            conditions={"Null": {"s3:if-none-match": "true"}},
        )
    )
    for row in of(AUDIT_KIND):
        bucket.add_to_resource_policy(_only(bucket, row))
    mine = [bucket.arn_for_objects(_everys(row)) for row in of(AUDIT_KIND)]
    bucket.add_to_resource_policy(
        aws_iam.PolicyStatement(
            sid="NowhereElse",
            effect=aws_iam.Effect.DENY,
            principals=everybody,
            actions=["s3:PutObject"],
            not_resources=mine,
        )
    )
    return bucket


def _only(bucket: aws_s3.Bucket, row: Prefix) -> aws_iam.PolicyStatement:
    """Nobody but the writers of a row, of whatever project: each one's own role says of which."""
    others = [Fn.sub(arn("iam", f"role/{_role(it)}", region="")) for it in sorted(row.writers)]
    return aws_iam.PolicyStatement(
        sid="Only" + "And".join(it.title().replace("-", "") for it in sorted(row.writers)),
        effect=aws_iam.Effect.DENY,
        principals=[aws_iam.StarPrincipal()],
        actions=["s3:PutObject"],
        resources=[bucket.arn_for_objects(_everys(row))],
        conditions={"ArnNotLike": {"aws:PrincipalArn": others}},
    )


def _role(writer: str) -> str:
    return DELETE_KEPT if DELETE_KEPT.endswith(f"-{writer}") else f"mlops-{every(PROJECT.name)}-{writer}"


def _everys(row: Prefix) -> str:
    return row.pattern.format(project="*")


def appending(parts: Parts) -> list[Statement]:
    """What a function needs to append to the trail of its own project, and to no other one."""
    trail = bucket_arn(AUDIT)
    own = f"{trail}/{PREFIX}${{SageMakerProjectName}}/*"
    return [
        allow(["s3:GetObject", "s3:PutObject"], own),
        allow(["s3:ListBucket"], trail),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], parts.key_arn),
    ]


def claiming(parts: Parts) -> list[Statement]:
    """What a function needs to give start requests to executions of its own project."""
    own = f"{bucket_arn(AUDIT)}/{CLAIMS}${{SageMakerProjectName}}/*"
    return [
        allow(["s3:GetObject", "s3:PutObject"], own),
        allow(["s3:ListBucket"], bucket_arn(AUDIT)),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], parts.key_arn),
    ]


def claims_of(project: str) -> Statement:
    """Read a project's claims; the project's name is a text of Fn::Sub."""
    return allow(["s3:GetObject"], f"{bucket_arn(AUDIT)}/{CLAIMS}{project}/*")


def reading(project: str) -> Statement:
    """Read a project's trail."""
    return allow(["s3:GetObject"], f"{bucket_arn(AUDIT)}/{PREFIX}{project}/*")


def variables() -> dict[str, str]:
    """Where a function finds the trail; the import keeps the bucket's stack as long as a project writes there."""
    return {"AUDIT_BUCKET": Fn.import_value(names.AUDIT_BUCKET)}
