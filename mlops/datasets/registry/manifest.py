"""The manifest of a version: what it consists of (hashed: its id) and where it came from."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from mlops.bundled import dataset_manifest, written
from mlops.bundled.written import Odd
from mlops.datasets.schema import Schema


@dataclass(frozen=True)
class File:
    """One table's file."""

    path: str
    sha256: str
    bytes: int
    rows: int
    version_id: str = ""


@dataclass(frozen=True)
class Attribution:
    """Where the data came from, as the source states it."""

    source: str
    title: str = ""
    license: str = ""  # SPDX identifier, else the source's own words
    citation: str = ""
    url: str = ""
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""  # of what was downloaded
    retrieved_at: str = ""
    format: str = "csv"
    warnings: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """Everything that is fixed when a version is made; reviews and uses are added beside it."""

    name: str
    id: str
    files: tuple[File, ...]
    schema_sha256: str
    created_at: str
    created_by: str
    source: Attribution
    parent: str = ""
    split: Mapping[str, Any] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(file.rows for file in self.files)

    @property
    def bytes(self) -> int:
        """Size of all tables."""
        return sum(file.bytes for file in self.files)

    def to_json(self) -> dict[str, Any]:
        """The manifest as it is stored."""
        return asdict(self)


def parsed(body: bytes) -> Manifest:
    """From the stored form, which whoever may import may have written.

    Raises:
        Odd: it is no manifest.
    """
    pinned, value = dataset_manifest.parsed(body), written.document(body)
    if set(value) - {it.name for it in fields(Manifest)}:
        raise Odd("it has other members than a manifest")
    return Manifest(
        name=pinned.name,
        id=pinned.id,
        files=tuple(_file(item) for item in value["files"]),
        schema_sha256=value["schema_sha256"],
        created_at=written.text(value, "created_at"),
        created_by=pinned.created_by,
        source=_attribution(value.get("source")),
        parent=written.text({"parent": value.get("parent", "")}, "parent"),
        split=_split(value.get("split", {})),
        warnings=_counts(value.get("warnings", {})),
    )


def content_id(files: Iterable[File], schema_sha256: str) -> str:
    """The version's id: a hash over tables and schema only, so that the same content is the same version."""
    content = {file.path: {"sha256": file.sha256, "bytes": file.bytes} for file in files}
    return dataset_manifest.content_id(content, schema_sha256)


def schema_hash(schema: Schema) -> str:
    """SHA-256 of the Table Schemas."""
    return hashlib.sha256(schema.canonical().encode()).hexdigest()


def manifest_hash(manifest: Manifest) -> str:
    """SHA-256 of the manifest as it is stored: what its importer signs."""
    return hashlib.sha256(pretty(manifest.to_json())).hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def pretty(value: Any) -> bytes:
    """JSON for people."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"


def _file(item: Mapping[str, Any]) -> File:
    if set(item) - {it.name for it in fields(File)}:
        raise Odd("one of its tables has other members than a table")
    return File(
        item["path"], item["sha256"], item["bytes"], written.number(item, "rows"), str(item.get("version_id", ""))
    )


def _attribution(source: object) -> Attribution:
    texts = {it.name for it in fields(Attribution)} - {"warnings"}
    if not isinstance(source, Mapping) or set(source) - texts - {"warnings"} or "source" not in source:
        raise Odd("its source has other members than a source")
    told = {name: written.words(source, name) for name in texts & set(source)}
    return Attribution(**told, warnings=_counts(source.get("warnings", {})))


def _counts(found: object) -> dict[str, int]:
    if not isinstance(found, Mapping):
        raise Odd("its warnings are no counts")
    return {written.text({"what": name}, "what"): written.number(found, name) for name in found}


def _split(found: object) -> Mapping[str, Any]:
    """Empty, or rule, salt, unit, shares and the number of units a fold."""
    if not isinstance(found, Mapping):
        raise Odd("its split is none")
    if found:
        for name in ("rule", "salt", "unit"):
            written.text(found, name)
        _counts(found.get("units"))
    return found
