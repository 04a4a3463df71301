"""The manifest of a data set's version, as far as it says which tables the version consists of."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.bundled import written
from mlops.bundled.written import Odd

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SHORT = 12  # characters of a version's id
_LONGEST_NAME = 255  # bytes of a file's name
_ARN = re.compile(r"arn:[\w-]+:(?:sts|iam)::\d{12}:[\w+=,.@/-]+", re.ASCII)


@dataclass(frozen=True)
class Table:
    """One table's file; ``version_id`` is of the object that was published."""

    path: str
    sha256: str
    bytes: int
    version_id: str


@dataclass(frozen=True)
class Tables:
    """What a manifest pins; ``manifest_sha256`` is of its bytes, which its importer has signed."""

    name: str
    id: str
    created_by: str
    tables: tuple[Table, ...]
    manifest_sha256: str


def read(s3: "S3Client", bucket: str, root: str, dataset_id: str) -> Tables:
    """The manifest of the version below ``root``.

    Raises:
        Odd: it is none, or another version's. ClientError: there is none.
    """
    found = parsed(written.fetched(s3, bucket, f"{root}manifest.json").body)
    if f"{found.name}@{found.id}" != dataset_id:
        raise Odd("it describes another version")
    return found


def parsed(body: bytes) -> Tables:
    """What the bytes of a manifest pin.

    Raises:
        Odd: it is none, or its id is not that of what it lists.
    """
    value = written.document(body)
    files, schema = value.get("files"), written.sha256(value, "schema_sha256")
    if not isinstance(files, list) or not files:
        raise Odd("it lists no tables")
    tables = tuple(_table(item) for item in files)
    found = {it.path: {"sha256": it.sha256, "bytes": it.bytes} for it in tables}
    id_ = written.text(value, "id")
    if len(found) != len(tables) or id_ != content_id(found, schema):
        raise Odd("its id is not that of the content that it describes")
    name, by = written.text(value, "name"), written.matching(value, "created_by", _ARN)
    return Tables(name, id_, by, tables, hashlib.sha256(body).hexdigest())


def content_id(files: Mapping[str, Mapping[str, Any]], schema_sha256: str) -> str:
    """The version's id: a hash over tables (path -> sha256, bytes) and schema only, so that the same content is the same version."""
    content = {"files": {path: dict(item) for path, item in files.items()}, "schema": schema_sha256}
    return hashlib.sha256(canonical(content)).hexdigest()[:SHORT]


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_file_name(text: str) -> bool:
    """Whether a table may be called so: a name that leads nowhere else, in whatever folder it is put."""
    plain = text.isprintable() and not set(text) & set("/\\") and text not in {".", ".."}
    return bool(text) and plain and len(text.encode()) <= _LONGEST_NAME


def _table(item: object) -> Table:
    if not isinstance(item, Mapping):
        raise Odd("one of its tables is no object")
    path = written.text(item, "path")
    if not is_file_name(path):
        raise Odd("one of its tables has no file's name")
    version = written.text({"version_id": item.get("version_id", "")}, "version_id")
    return Table(path, written.sha256(item, "sha256"), written.number(item, "bytes"), version)


def files_of(tables: Iterable[Table]) -> dict[str, str]:
    """Path -> VersionId."""
    return {it.path: it.version_id for it in tables}
