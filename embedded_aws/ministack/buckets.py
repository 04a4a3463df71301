"""What MiniStack's CloudFormation leaves out of buckets.

Encryption, access logs, ownership, lifecycle, object lock, and that a full one cannot be deleted.
"""

from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import s3

Properties = Mapping[str, Any]
Row = tuple[str, Callable[[Any], bytes], Callable[[str, bytes], Any], Callable[[str], Any]]
Delete = Callable[[str, Properties], None]  # physical id, properties
TYPE = "AWS::S3::Bucket"


def configurations(known: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows of (property, its XML, what stores it, what deletes it)."""
    return (
        *known,
        ("BucketEncryption", _encryption, s3._put_bucket_encryption, _forget(s3._bucket_encryption)),
        ("LoggingConfiguration", _logging, s3._put_bucket_logging, _forget(s3._bucket_logging_config)),
        ("OwnershipControls", _ownership, s3._put_bucket_ownership_controls, s3._delete_bucket_ownership_controls),
        ("LifecycleConfiguration", _lifecycle, s3._put_bucket_lifecycle, _forget(s3._bucket_lifecycle)),
        ("ObjectLockConfiguration", _lock, s3._put_object_lock_configuration, _forget(s3._bucket_object_lock)),
    )


def delete_empty(known: Delete) -> Delete:
    """A bucket that holds objects stays."""

    def delete(physical: str, properties: Properties) -> None:
        if s3._buckets.get(physical, {}).get("objects"):
            raise ValueError("The bucket you tried to delete is not empty")
        known(physical, properties)

    return delete


def _forget(store: Any) -> Callable[[str], Any]:
    return lambda name: store.pop(name, None)


def _encryption(value: Properties) -> bytes:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return _xml("ServerSideEncryptionConfiguration", {"Rule": rules})


def _logging(value: Properties) -> bytes:
    target = {"TargetBucket": value["DestinationBucketName"], "TargetPrefix": value.get("LogFilePrefix", "")}
    return _xml("BucketLoggingStatus", {"LoggingEnabled": target})


def _ownership(value: Properties) -> bytes:
    return _xml("OwnershipControls", {"Rule": value["Rules"]})


def _lifecycle(value: Properties) -> bytes:
    return _xml("LifecycleConfiguration", {"Rule": [_rule(rule) for rule in value["Rules"]]})


def _lock(value: Properties) -> bytes:
    return _xml("ObjectLockConfiguration", value)


def _rule(rule: Properties) -> dict[str, Any]:
    known = {
        "Id",
        "Status",
        "Prefix",
        "ExpirationInDays",
        "NoncurrentVersionExpiration",
        "AbortIncompleteMultipartUpload",
    }
    if set(rule) - known:
        raise ValueError(f"not supported by the embedded AWS: {sorted(set(rule) - known)[0]} of a lifecycle rule")
    found: dict[str, Any] = {
        "ID": rule.get("Id", ""),
        "Filter": {"Prefix": rule.get("Prefix", "")},
        "Status": rule["Status"],
    }
    if "ExpirationInDays" in rule:
        found["Expiration"] = {"Days": rule["ExpirationInDays"]}
    copied = ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload")
    found |= {name: rule[name] for name in copied if name in rule}
    return found


def _xml(tag: str, value: Any) -> bytes:
    return _element(tag, value).encode()


def _element(tag: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(tag, item) for item in value)
    if isinstance(value, Mapping):
        return f"<{tag}>{''.join(_element(name, item) for name, item in value.items())}</{tag}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{tag}>{escape(text)}</{tag}>"
