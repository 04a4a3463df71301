"""S3 buckets: private, TLS only, versioned, logged, encrypted with the customer's key and with no other."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import Duration, Fn, RemovalPolicy, aws_iam, aws_kms, aws_s3
from constructs import Construct

from stacks.secure.gates import accept

_SSE = "s3:x-amz-server-side-encryption"
_SSE_KEY, _SSE_C = f"{_SSE}-aws-kms-key-id", f"{_SSE}-customer-algorithm"
_REPLICATION = "HIPAA.Security-S3BucketReplicationEnabled"
_ONE_REGION = (
    "one region by design; versions of objects are kept; replication is the company's choice of a second region"
)


def secure_bucket(
    scope: Construct,
    id_: str,
    *,
    name: str,
    key: aws_kms.IKey,
    logs: str,
    cors: bool = False,
    locked_for: Duration | None = None,
    expire: Mapping[str, int] | None = None,
) -> aws_s3.Bucket:
    """A bucket for data; kept when its stack goes, because deletion of data is a decision of its own.

    ``logs`` is the access-log bucket's name; ``cors`` lets SageMaker Studio read templates. ``locked_for``: object
    lock keeps every version that long (governance mode). ``expire`` is prefix -> days after which what lies below it goes.
    """
    studio = [aws_s3.CorsRule(allowed_methods=[aws_s3.HttpMethods.GET], allowed_origins=["https://*.sagemaker.aws"])]
    bucket = aws_s3.Bucket(
        scope,
        id_,
        bucket_name=Fn.sub(name),
        encryption=aws_s3.BucketEncryption.KMS,
        encryption_key=key,
        bucket_key_enabled=True,
        cors=studio if cors else None,
        object_lock_default_retention=aws_s3.ObjectLockRetention.governance(locked_for) if locked_for else None,
        lifecycle_rules=[
            aws_s3.LifecycleRule(id="unfinished", abort_incomplete_multipart_upload_after=Duration.days(7)),
            *(_expiry(prefix, days) for prefix, days in (expire or {}).items()),
        ],
        **_private(),
    )
    _log_to(bucket, logs, f"{id_.lower()}/")
    for sid, conditions in _other_keys(key.key_arn).items():
        bucket.add_to_resource_policy(
            aws_iam.PolicyStatement(
                sid=sid,
                effect=aws_iam.Effect.DENY,
                principals=[aws_iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[bucket.arn_for_objects("*")],
                conditions=conditions,
            )
        )
    accept(bucket, {_REPLICATION: _ONE_REGION})
    return bucket


def _log_to(bucket: aws_s3.Bucket, logs: str, prefix: str) -> None:
    """By the resource: CDK's own way warns that it cannot change a log bucket's policy of another stack; ``log_bucket`` has it."""
    made = cast("aws_s3.CfnBucket", bucket.node.default_child)
    made.logging_configuration = aws_s3.CfnBucket.LoggingConfigurationProperty(
        destination_bucket_name=logs, log_file_prefix=prefix
    )


def _other_keys(key_arn: str) -> dict[str, dict[str, dict[str, str]]]:
    """Conditions of writes that name another encryption than the bucket's own, which takes what names none.

    Amazon S3 User Guide, "Protecting data with server-side encryption": a request's headers go before the bucket's default, and
    ``aws:kms`` without a key is AWS's own key. A negated operator is true of a key that is not there (IAM user guide, "Null").
    """
    return {
        "OnlyKms": {"Null": {_SSE: "false"}, "StringNotEquals": {_SSE: "aws:kms"}},
        "OnlyItsKey": {"Null": {_SSE: "false"}, "StringNotEquals": {_SSE_KEY: key_arn}},
        "NoOtherKey": {"Null": {_SSE_KEY: "false"}, "StringNotEquals": {_SSE_KEY: key_arn}},
        "NoKeyOfTheCallers": {"Null": {_SSE_C: "false"}},
    }


def _expiry(prefix: str, days: int) -> aws_s3.LifecycleRule:
    return aws_s3.LifecycleRule(
        id=prefix.strip("/"),
        prefix=prefix,
        expiration=Duration.days(days),
        noncurrent_version_expiration=Duration.days(1),
    )


def log_bucket(scope: Construct, id_: str, *, name: str, days: int) -> aws_s3.Bucket:
    """The bucket of S3 access logs; S3 delivers these only to a bucket with S3's own keys (SSE-S3)."""
    expire = aws_s3.LifecycleRule(
        id="expire", expiration=Duration.days(days), noncurrent_version_expiration=Duration.days(30)
    )
    bucket = aws_s3.Bucket(
        scope,
        id_,
        bucket_name=Fn.sub(name),
        encryption=aws_s3.BucketEncryption.S3_MANAGED,
        lifecycle_rules=[expire],
        **_private(),
    )
    bucket.add_to_resource_policy(
        aws_iam.PolicyStatement(
            principals=[aws_iam.ServicePrincipal("logging.s3.amazonaws.com")],
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects("*")],
            conditions={"StringEquals": {"aws:SourceAccount": bucket.stack.account}},
        )
    )
    accept(
        bucket,
        {
            _REPLICATION: _ONE_REGION,
            "HIPAA.Security-S3DefaultEncryptionKMS": "S3 delivers access logs only to buckets with SSE-S3; they hold no data",
        },
    )
    return bucket


def _private() -> dict[str, Any]:
    return {
        "block_public_access": aws_s3.BlockPublicAccess.BLOCK_ALL,
        "object_ownership": aws_s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        "enforce_ssl": True,
        "minimum_tls_version": 1.2,
        "versioned": True,
        "removal_policy": RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,  # a creation that fails leaves no bucket behind
    }
