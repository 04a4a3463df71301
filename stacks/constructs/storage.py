"""A project's two buckets."""

from aws_cdk import aws_kms

from stacks.names import PROJECT, sub
from stacks.project.parts import Parts
from stacks.secure import Statement, allow, secure_bucket

_ARNS = [f"arn:${{AWS::Partition}}:s3:::{sub(name)}" for name in (PROJECT.data_bucket, PROJECT.artifacts_bucket)]


class Storage:
    """Data sets and predictions in one bucket; code, models and reports in the other."""

    def __init__(self, parts: Parts) -> None:
        key = aws_kms.Key.from_key_arn(parts.stack, "Key", parts.key_arn)
        make = {"key": key, "logs": parts.logs_bucket}
        self.data = secure_bucket(parts.stack, "Data", name=sub(PROJECT.data_bucket), **make)
        self.artifacts = secure_bucket(parts.stack, "Artifacts", name=sub(PROJECT.artifacts_bucket), **make)


def objects(parts: Parts, *actions: str) -> list[Statement]:
    """Statements for the objects of both buckets, with the key that they are encrypted with."""
    use = ["kms:Decrypt", *(["kms:GenerateDataKey"] if "s3:PutObject" in actions else [])]
    return [
        allow(actions, *(f"{arn}/*" for arn in _ARNS)),
        allow(["s3:ListBucket"], *_ARNS),
        allow(use, parts.key_arn),
    ]


def artifacts(parts: Parts) -> list[Statement]:
    """Read model artifacts; of any project, since a product that only predicts uses the versions of another one."""
    runs = "arn:${AWS::Partition}:s3:::mlops-*-artifacts-${AWS::AccountId}/runs/*"
    return [allow(["s3:GetObject"], runs), allow(["kms:Decrypt"], parts.key_arn)]
