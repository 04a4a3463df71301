"""Small helpers over S3 URIs."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from mlops.errors import RefusedInput

_PART = 64 * 1024**2  # bytes of a part of a large upload


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
    """Download everything below a prefix into ``folder``; returns the files.

    Raises:
        RefusedInput: a key leads out of the folder.
    """
    bucket, prefix = split(uri)
    files = []
    for key in list_keys(s3, uri):
        target = folder / (key.removeprefix(prefix).lstrip("/") or Path(key).name)
        if folder.resolve() not in target.resolve().parents:
            raise RefusedInput(f"{uri}: the key {key!r} is no file's path below it")
        target.parent.mkdir(parents=True, exist_ok=True)
        s3.download_file(bucket, key, str(target))
        files.append(target)
    return files


def put_once(s3: Any, bucket: str, key: str, body: bytes, content_type: str = "application/json") -> bool:
    """Write an object unless there is one already (If-None-Match); False where there was."""
    from botocore.exceptions import ClientError

    try:
        s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*")
    except ClientError as error:
        return _came_late(error)
    return True


def upload_once(s3: Any, bucket: str, path: Path, key: str, content_type: str, *, part: int = _PART) -> str | None:
    """Upload a file unless there is an object already: its version id; None where there was one.

    boto3's own upload sends no If-None-Match; a file of more than one ``part`` goes as a multipart upload, whose completion has it.
    """
    from botocore.exceptions import ClientError

    place = {"Bucket": bucket, "Key": key}
    try:
        if path.stat().st_size > part:
            answer = _upload_parts(s3, place, path, content_type, part)
        else:
            with path.open("rb") as stream:
                answer = s3.put_object(**place, Body=stream, ContentType=content_type, IfNoneMatch="*")
    except ClientError as error:
        _came_late(error)
        return None
    return str(answer.get("VersionId", ""))


def _upload_parts(s3: Any, place: dict[str, str], path: Path, content_type: str, size: int) -> dict[str, Any]:
    upload = {**place, "UploadId": s3.create_multipart_upload(**place, ContentType=content_type)["UploadId"]}
    parts = []
    try:
        with path.open("rb") as stream:
            for number, block in enumerate(iter(lambda: stream.read(size), b""), 1):
                tag = s3.upload_part(**upload, PartNumber=number, Body=block)["ETag"]
                parts.append({"PartNumber": number, "ETag": tag})
        return dict(s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"))
    except BaseException:
        s3.abort_multipart_upload(**upload)
        raise


def _came_late(error: Any) -> bool:
    """False for the answer to a conditional write that came too late; raises any other error."""
    # 409: another conditional write of the same key is under way; it is the one that counts
    if error.response["ResponseMetadata"]["HTTPStatusCode"] not in {409, 412}:
        raise error
    return False
