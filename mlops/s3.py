"""Small helpers over S3 URIs."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from mlops.errors import RefusedInput


def split(uri: str) -> tuple[str, str]:
    """(bucket, key) of ``s3://bucket/key``.

    Raises:
        RefusedInput: it is no S3 URI.
    """
    parts = urlparse(uri)
    if parts.scheme != "s3" or not parts.netloc:
        raise RefusedInput(f"{uri}: not an S3 URI (s3://bucket/key)")
    return parts.netloc, parts.path.lstrip("/")


def read_json(s3: Any, uri: str) -> dict[str, Any]:
    """A JSON object on S3."""
    bucket, key = split(uri)
    return dict(json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))


def list_keys(s3: Any, uri: str) -> list[str]:
    """Keys below a prefix."""
    bucket, prefix = split(uri)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def download(s3: Any, uri: str, folder: Path) -> list[Path]:
    """Download everything below a prefix into ``folder``; returns the files."""
    bucket, prefix = split(uri)
    files = []
    for key in list_keys(s3, uri):
        target = folder / (key.removeprefix(prefix).lstrip("/") or Path(key).name)
        target.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(target))
        files.append(target)
    return files


def put_once(s3: Any, bucket: str, key: str, body: bytes) -> bool:
    """Write an object unless there is one already (If-None-Match); False where there was."""
    from botocore.exceptions import ClientError

    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, IfNoneMatch="*")
    except ClientError as error:
        # 409: another conditional write of the same key is under way; it is the one that counts
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in {409, 412}:
            return False
        raise
    return True
