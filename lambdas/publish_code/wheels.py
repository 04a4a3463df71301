"""Libraries that the jobs' image lacks, put beside the code that needs them: jobs have no network.

The project's delivery keeps wheels under ``wheels/<sha256>/``; a code tree's wheels.lock says by their hashes which ones it needs. Builds,
which run pushed code, write there: what a key says of its content is looked at, and what is not so is passed over.
"""

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mlops.bundled.code_tree import Tree, put_once

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOCK = "wheels.lock"
_KEY = re.compile(r"wheels/([0-9a-f]{64})/.*\.whl")
_INFO = re.compile(r"([A-Za-z0-9._+!]+-[A-Za-z0-9._+!]+)\.dist-info/METADATA")


def add_wheels(s3: "S3Client", bucket: str, uri: str, tree: Tree) -> list[str]:
    """Copy what ``tree`` names and the bucket has to ``wheels/`` below ``uri``; the copied files' names.

    A file is named by the library that is in it and by its hash: who has put it into the bucket has no say in that.
    """
    text = b"".join(content for name, content in tree.items() if name.rpartition("/")[2] == _LOCK).decode()
    prefix = uri.removeprefix(f"s3://{bucket}/")
    copied: dict[str, str] = {}
    for digest, key in _keys(s3, bucket) if text else ():
        if digest in copied or f"--hash=sha256:{digest}" not in text:
            continue
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        if hashlib.sha256(body).hexdigest() != digest:
            print(f"{key}: its content has another digest: it is passed over")
            continue
        name = f"{_library(body)}-{digest}.whl"
        put_once(s3, bucket, f"{prefix}wheels/{name}", body)
        copied[digest] = name
    return list(copied.values())


def _library(body: bytes) -> str:
    """``name-version`` of a wheel (binary distribution format, "The .dist-info directory"): jobs ask by the name what they have.

    Raises:
        ValueError: it is none.
    """
    with zipfile.ZipFile(io.BytesIO(body)) as wheel:
        found = [match[1] for name in wheel.namelist() if (match := _INFO.fullmatch(name))]
    if len(found) != 1:
        raise ValueError(f"{_LOCK} names a file by its hash that is no wheel: it has {len(found)} .dist-info folders")
    return found[0]


def _keys(s3: "S3Client", bucket: str) -> Iterator[tuple[str, str]]:
    """(digest, key) of what is there."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="wheels/")
    for key in (item["Key"] for page in pages for item in page.get("Contents", [])):
        if match := _KEY.fullmatch(key):
            yield match[1], key
