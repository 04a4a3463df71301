"""What MiniStack's CloudFormation leaves out of types that it has.

Buckets: encryption, access logs, ownership, lifecycle, object lock, and that a full one cannot be deleted. Roles: the boundary. Topics:
the key. And of Parameter Store, who has written a value.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

Properties = Mapping[str, Any]


def provide() -> None:
    """Extend MiniStack's handlers."""
    _buckets()
    _roles()
    _topics()
    _writers()


def _writers() -> None:
    """Parameter Store's history says who has written (``LastModifiedUser``); MiniStack puts everything down to root."""
    from ministack import app
    from ministack.core.iam_evaluator import resolve_caller_identity
    from ministack.core.router import extract_access_key_id
    from ministack.services import ssm

    known = app.SERVICE_HANDLERS["ssm"]

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        answer = await known(method, path, headers, body, query)
        if headers.get("x-amz-target", "").endswith(".PutParameter") and answer[0] == 200:
            who = resolve_caller_identity(extract_access_key_id(dict(headers), query))
            written = json.loads(answer[2])["Version"]
            for entry in ssm._parameter_history.get(json.loads(body)["Name"], []):
                if who and entry["Version"] == written:
                    entry["LastModifiedUser"] = who["userArn"]
        return answer

    app.SERVICE_HANDLERS["ssm"] = handle


def _roles() -> None:
    from ministack.services import iam

    def bound(role: str, properties: Properties) -> None:
        iam._roles[role]["PermissionsBoundary"] = properties.get("PermissionsBoundary")

    _afterwards("AWS::IAM::Role", bound)


def _topics() -> None:
    from ministack.services import sns

    def encrypt(topic: str, properties: Properties) -> None:
        sns._topics[topic]["attributes"]["KmsMasterKeyId"] = properties.get("KmsMasterKeyId", "")

    _afterwards("AWS::SNS::Topic", encrypt)


def _afterwards(kind: str, step: Callable[[str, Properties], None]) -> None:
    """Do ``step`` with (physical id, properties) after each creation and update of a type."""
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS[kind]
    create, update = handler["create"], handler["update"]

    def then_create(logical_id: str, properties: Properties, stack_name: str) -> Any:
        made = create(logical_id, properties, stack_name)
        step(made[0], properties)
        return made

    def then_update(physical: str, old: Properties, new: Properties, *rest: Any) -> Any:
        made = update(physical, old, new, *rest)
        step(made[0], new)
        return made

    handler["create"], handler["update"] = then_create, then_update


def _buckets() -> None:
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    provisioners._S3_BUCKET_CONFIGURATIONS = (
        *provisioners._S3_BUCKET_CONFIGURATIONS,
        (
            "BucketEncryption",
            _encryption,
            s3._put_bucket_encryption,
            lambda name: s3._bucket_encryption.pop(name, None),
        ),
        (
            "LoggingConfiguration",
            _logging,
            s3._put_bucket_logging,
            lambda name: s3._bucket_logging_config.pop(name, None),
        ),
        ("OwnershipControls", _ownership, s3._put_bucket_ownership_controls, s3._delete_bucket_ownership_controls),
        (
            "LifecycleConfiguration",
            _lifecycle,
            s3._put_bucket_lifecycle,
            lambda name: s3._bucket_lifecycle.pop(name, None),
        ),
        (
            "ObjectLockConfiguration",
            _lock,
            s3._put_object_lock_configuration,
            lambda name: s3._bucket_object_lock.pop(name, None),
        ),
    )
    handler = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    delete = handler["delete"]

    def delete_empty(physical: str, properties: Properties) -> None:
        if s3._buckets.get(physical, {}).get("objects"):
            raise ValueError("The bucket you tried to delete is not empty")
        delete(physical, properties)

    handler["delete"] = delete_empty


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
