"""A project's two buckets, each with the policy that the table of prefixes makes."""

from aws_cdk import Fn, aws_kms

from mlops.projects.prefixes import ARTIFACTS, DATA, DELIVERIES_READ
from stacks.names import PROJECT, sub
from stacks.project.arns import ARTIFACTS_BUCKET, DATA_BUCKET, GIVEN_ARTIFACTS_BUCKET, RUNS
from stacks.project.parts import Parts
from stacks.project.writing import role_arn
from stacks.secure import Statement, allow, deny, keep_to_the_table, secure_bucket


class Storage:
    """Data sets and predictions in one bucket; code, models and reports in the other."""

    def __init__(self, parts: Parts) -> None:
        key = aws_kms.Key.from_key_arn(parts.stack, "Key", parts.key_arn)
        make = {"key": key, "logs": parts.logs_bucket}
        self.data = secure_bucket(parts.stack, "Data", name=sub(PROJECT.data_bucket), **make)
        self.artifacts = secure_bucket(parts.stack, "Artifacts", name=sub(PROJECT.artifacts_bucket), **make)
        for bucket, kind in ((self.data, DATA), (self.artifacts, ARTIFACTS)):
            keep_to_the_table(bucket, kind, lambda writer: Fn.sub(role_arn(writer)))


def objects(parts: Parts) -> list[Statement]:
    """Read the objects of both buckets."""
    return [
        allow(["s3:GetObject"], f"{DATA_BUCKET}/*", f"{ARTIFACTS_BUCKET}/*"),
        allow(["s3:ListBucket"], DATA_BUCKET, ARTIFACTS_BUCKET),
        allow(["kms:Decrypt"], parts.key_arn),
    ]


def carried(parts: Parts, purpose: str) -> list[Statement]:
    """Read what deliveries carry. Runs leave patients' rows in the same bucket, and a build's log is no place for them.

    CodePipeline's keys begin with names that nobody knows before, so that a run's may look like one: they are denied.
    """
    return [
        deny(["s3:GetObject", "s3:GetObjectVersion"], RUNS, sid="NoRuns"),
        allow(
            ["s3:GetObject", "s3:GetObjectVersion"], *(f"{ARTIFACTS_BUCKET}/{it}" for it in DELIVERIES_READ[purpose])
        ),
        allow(["kms:Decrypt"], parts.key_arn),
    ]


def artifacts(parts: Parts) -> list[Statement]:
    """Read model artifacts: the project's own, or where it only predicts, those of the project whose versions it was given."""
    bucket = GIVEN_ARTIFACTS_BUCKET if parts.parameters.given_versions else ARTIFACTS_BUCKET
    return [allow(["s3:GetObject"], f"{bucket}/runs/*"), allow(["kms:Decrypt"], parts.key_arn)]
