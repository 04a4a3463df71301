"""Libraries that the jobs' image lacks, put beside the code that needs them: jobs have no network.

The project's delivery keeps wheels under ``wheels/<sha256>/``; a code tree's wheels.lock says by their hashes which ones it needs.
"""

from typing import TYPE_CHECKING

from mlops.bundled.code_tree import Tree, put_once

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOCK = "wheels.lock"


def add_wheels(s3: "S3Client", bucket: str, uri: str, tree: Tree) -> list[str]:
    """Copy what ``tree`` names and the bucket has to ``wheels/`` below ``uri``; the copied files' names."""
    text = b"".join(content for name, content in tree.items() if name.rpartition("/")[2] == _LOCK).decode()
    prefix = uri.removeprefix(f"s3://{bucket}/")
    copied = []
    for key in _keys(s3, bucket) if text else ():
        _, digest, name = key.split("/", 2)
        if f"--hash=sha256:{digest}" in text:
            put_once(s3, bucket, f"{prefix}wheels/{name}", s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            copied.append(name)
    return copied


def _keys(s3: "S3Client", bucket: str) -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="wheels/")
    return [item["Key"] for page in pages for item in page.get("Contents", []) if item["Key"].endswith(".whl")]
