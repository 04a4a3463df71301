"""The tables of a data set's version: what its manifest lists, and nothing beside them."""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def beside(s3: "S3Client", bucket: str, root: str) -> list[str]:
    """Keys below ``<root>data/`` that the version's manifest does not list, and those that it lists and are missing.

    The bucket lets nobody write an object twice, so that what is listed is what was reviewed; it lets people add some.
    """
    prefix = f"{root}data/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    found = {item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", [])}
    try:
        manifest = json.loads(s3.get_object(Bucket=bucket, Key=f"{root}manifest.json")["Body"].read())
    except s3.exceptions.NoSuchKey:
        return sorted(found) or [prefix]
    return sorted(found ^ {str(file["path"]) for file in manifest["files"]})
