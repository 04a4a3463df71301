"""JSON documents on S3, by their URIs."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_TAKEN = {409, 412}  # a conditional write that came late
DAMAGED = (
    "DamagedObject"  # the embedded AWS's answer where bytes are not those that were stored; S3 itself repairs them
)


def split(uri: str) -> tuple[str, str]:
    """(bucket, key) of ``s3://bucket/key``."""
    where = urlparse(uri)
    return where.netloc, where.path.lstrip("/")


def read(s3: "S3Client", uri: str) -> dict[str, Any]:
    """The document."""
    bucket, key = split(uri)
    content: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return content


def got(s3: "S3Client", bucket: str, key: str) -> Any:
    """GetObject's answer.

    Raises:
        ValueError: the bytes are damaged where they are kept; names object, version, file and remedy.
    """
    from botocore.exceptions import ClientError

    try:
        return s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] != DAMAGED:
            raise
        raise ValueError(error.response["Error"]["Message"]) from None


def write(s3: "S3Client", uri: str, content: object, indent: int | None = None) -> None:
    """Put the document there, whatever was there before."""
    bucket, key = split(uri)
    body = json.dumps(content, indent=indent, sort_keys=True).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")


def put_new(s3: "S3Client", bucket: str, key: str, body: bytes, content_type: str = "application/json") -> bool:
    """Write an object where nothing is (If-None-Match); False where somebody writes, or has written, there."""
    from botocore.exceptions import ClientError

    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*", ContentType=content_type)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in _TAKEN:
            return False
        raise
    return True
