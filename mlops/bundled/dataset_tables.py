"""The tables of a data set as they lie on S3 now: the very objects that were published, and nothing beside them."""

import hashlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from mlops.bundled.dataset_manifest import Table, Tables, canonical, files_of
from mlops.bundled.written import Odd

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_BLOCK = 1024**2


def present(s3: "S3Client", bucket: str, prefix: str) -> dict[str, str]:
    """Path below the prefix -> VersionId of every object there; asks for no object's content."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
    versions = [item for page in pages for item in page.get("Versions", [])]
    return {item["Key"].removeprefix(prefix): item["VersionId"] for item in versions if item["IsLatest"]}


def digest(tables: Mapping[str, str]) -> str:
    """SHA-256 over paths and VersionIds: the same tables, and no others."""
    return hashlib.sha256(canonical(dict(tables))).hexdigest()


def ensure_published(s3: "S3Client", bucket: str, root: str, manifest: Tables) -> None:
    """Below ``<root>data/`` lie the objects that the manifest pins, each as its current version, and no other.

    The bucket lets nobody write an object twice, but everybody add one: a table that came after its manifest is not what was reviewed.

    Raises:
        Odd: a table lies beside them, is missing, or is another object.
    """
    wanted, found = files_of(manifest.tables), present(s3, bucket, f"{root}data/")
    _ensure_listed(manifest, found.keys())
    other = [path for path, version in wanted.items() if not version or version != found[path]]
    if other:
        raise Odd(f"{len(other)} tables of {manifest.name}@{manifest.id} are not the objects that its manifest names")


def ensure_content(s3: "S3Client", bucket: str, root: str, manifest: Tables) -> None:
    """Every table is there, is the object that the manifest names and has its digest, and no other is there; reads all of them.

    Raises:
        Odd: one is not.
    """
    prefix = f"{root}data/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    _ensure_listed(manifest, {item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", [])})
    for table in manifest.tables:
        answer = s3.get_object(Bucket=bucket, Key=f"{root}data/{table.path}")
        total = hashlib.sha256()
        for block in answer["Body"].iter_chunks(_BLOCK):
            total.update(block)
        if not _is(table, total.hexdigest(), str(answer.get("VersionId", ""))):
            raise Odd(f"{table.path} is not the table that its manifest describes")


def _ensure_listed(manifest: Tables, found: AbstractSet[str]) -> None:
    wanted = {it.path for it in manifest.tables}
    if found - wanted:
        raise Odd(
            f"{len(found - wanted)} tables lie beside those of {manifest.name}@{manifest.id}, which nobody has reviewed"
        )
    if wanted - found:
        raise Odd(f"{len(wanted - found)} tables of {manifest.name}@{manifest.id} are missing")


def _is(table: Table, sha256: str, version_id: str) -> bool:
    return bool(table.version_id) and (sha256, version_id) == (table.sha256, table.version_id)
