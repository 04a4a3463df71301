"""A project's two buckets, each with the policy that the table of prefixes makes."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import CfnCondition, CfnResource, Fn, aws_kms, aws_s3

from mlops.bundled.rehearsal import PREFIX as REHEARSALS
from mlops.projects import names
from mlops.projects.prefixes import ARTIFACTS, DATA, DELIVERIES_READ
from stacks.names import PROJECT, bucket_arn, sub
from stacks.project.arns import ARTIFACTS_BUCKET, DATA_BUCKET, GIVEN_ARTIFACTS_BUCKET, RUNS
from stacks.project.parts import Parts
from stacks.project.writing import role_arn
from stacks.secure import Statement, allow, deny, keep_to_the_table, secure_bucket


class Storage:
    """Data sets and predictions in one bucket; code, models and reports in the other."""

    def __init__(self, parts: Parts) -> None:
        key = aws_kms.Key.from_key_arn(parts.stack, "Key", parts.key_arn)
        make = {"key": key, "logs": parts.logs_bucket}
        # a rehearsal's tables go when it ends; where nobody has cleared them, after a day
        self.data = secure_bucket(parts.stack, "Data", name=sub(PROJECT.data_bucket), expire={REHEARSALS: 1}, **make)
        self.artifacts = secure_bucket(parts.stack, "Artifacts", name=sub(PROJECT.artifacts_bucket), **make)
        for bucket, kind in ((self.data, DATA), (self.artifacts, ARTIFACTS)):
            keep_to_the_table(bucket, kind, lambda writer: Fn.sub(role_arn(writer)))
        self.data_name = _or_taken_over(self.data, sub(PROJECT.data_bucket), parts.new(names.DATA_FROM))
        self.artifacts_name = _or_taken_over(
            self.artifacts, sub(PROJECT.artifacts_bucket), parts.new(names.ARTIFACTS_FROM)
        )


def _or_taken_over(bucket: aws_s3.Bucket, name: str, new: CfnCondition) -> str:
    """The bucket is made only where it is new, its policy in any case.

    Returns its name, as who needs the bucket refers to it: that waits for the bucket where it is made.
    """
    made, policy = (cast("CfnResource", it.node.default_child) for it in (bucket, bucket.policy) if it)
    made.cfn_options.condition = new
    own = {"Fn::GetAtt": [bucket.stack.resolve(made.logical_id), "Arn"]}
    document = bucket.stack.resolve(cast("aws_s3.CfnBucketPolicy", policy).policy_document)
    policy.add_property_override("PolicyDocument", _replaced(document, own, {"Fn::Sub": bucket_arn(name)}))
    reference = Fn.condition_if(new.logical_id, made.ref, Fn.sub(name))
    policy.add_property_override("Bucket", reference)
    return reference.to_string()


def _replaced(value: Any, old: Any, new: Any) -> Any:
    if value == old:
        return new
    if isinstance(value, Mapping):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    return [_replaced(item, old, new) for item in value] if isinstance(value, list) else value


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
