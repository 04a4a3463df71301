"""The manifest of a version: what it consists of (hashed: its id) and where it came from."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mlops.datasets.registry.names import SHORT
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

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Manifest":
        """From the stored form."""
        files = tuple(File(**item) for item in value["files"])
        return cls(**{**value, "files": files, "source": Attribution(**value["source"])})


def content_id(files: Iterable[File], schema_sha256: str) -> str:
    """The version's id: a hash over tables and schema only, so that the same content is the same version."""
    content = {
        "files": {file.path: {"sha256": file.sha256, "bytes": file.bytes} for file in files},
        "schema": schema_sha256,
    }
    return hashlib.sha256(canonical(content)).hexdigest()[:SHORT]


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


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def pretty(value: Any) -> bytes:
    """JSON for people."""
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"
