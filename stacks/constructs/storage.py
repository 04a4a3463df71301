"""A project's two buckets."""

from aws_cdk import aws_kms

from stacks.names import PROJECT, bucket_arn, every, sub
from stacks.project.arns import ARTIFACTS_BUCKET, DATA_BUCKET
from stacks.project.parts import Parts
from stacks.secure import Statement, allow, secure_bucket

# to start runs, below the writer's own unique id; the bucket's policy lets nobody write elsewhere
OWN_REQUESTS = allow(["s3:PutObject"], f"{DATA_BUCKET}/requests/${{!aws:userid}}/*")


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
        allow(actions, f"{DATA_BUCKET}/*", f"{ARTIFACTS_BUCKET}/*"),
        allow(["s3:ListBucket"], DATA_BUCKET, ARTIFACTS_BUCKET),
        allow(use, parts.key_arn),
    ]


def artifacts(parts: Parts) -> list[Statement]:
    """Read model artifacts; of any project, since a product that only predicts uses the versions of another one."""
    runs = f"{bucket_arn(every(PROJECT.artifacts_bucket))}/runs/*"
    return [allow(["s3:GetObject"], runs), allow(["kms:Decrypt"], parts.key_arn)]
