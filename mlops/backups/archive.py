"""Where a backup lies: a folder or a prefix on S3; its files, and the manifest with the digest of each, which is written last."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from mlops.aws import Aws
from mlops.errors import MlopsError, RefusedInput
from mlops.s3 import list_keys, split

MANIFEST, FORMAT = "manifest.json", 1
_SHOWN = 5


class Place(Protocol):
    """Files by relative name."""

    name: str

    def names(self) -> list[str]:
        """All that are there."""

    def read(self, name: str) -> bytes:
        """KeyError where there is none."""

    def write(self, name: str, content: bytes) -> None:
        """Whole, or not at all."""


class Folder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = f"{path}/", path

    def names(self) -> list[str]:
        """All that are there."""
        return [it.relative_to(self._path).as_posix() for it in self._path.rglob("*") if it.is_file()]

    def read(self, name: str) -> bytes:
        """KeyError where there is none."""
        try:
            return (self._path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise KeyError(name) from None

    def write(self, name: str, content: bytes) -> None:
        """By way of a temporary file."""
        target = self._path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f"{target.name}.new")
        temporary.write_bytes(content)
        temporary.replace(target)


class Prefix:
    """A prefix of a bucket."""

    def __init__(self, uri: str, s3: Any) -> None:
        self.name = f"{uri.rstrip('/')}/"
        self._s3, (self._bucket, self._prefix) = s3, split(self.name)

    def names(self) -> list[str]:
        """All that are there."""
        return [key.removeprefix(self._prefix) for key in list_keys(self._s3, self.name)]

    def read(self, name: str) -> bytes:
        """KeyError where there is none."""
        try:
            return bytes(self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read())
        except self._s3.exceptions.NoSuchKey:
            raise KeyError(name) from None

    def write(self, name: str, content: bytes) -> None:
        """One object."""
        self._s3.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)


class Archive:
    """A backup at a place."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._digests: dict[str, dict[str, Any]] = {}

    def ensure_empty(self) -> None:
        """Raises RefusedInput: something is there already."""
        if self.place.names():
            raise RefusedInput(f"{self.place.name} is not empty: a backup begins in a place of its own")

    def add(self, name: str, content: bytes) -> None:
        """Write a file and remember its digest."""
        self.place.write(name, content)
        self._digests[name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}

    def add_json(self, name: str, value: object) -> None:
        """The same for JSON; times as ISO strings."""
        self.add(name, json.dumps(value, indent=1, sort_keys=True, default=_plain).encode())

    def finish(self, about: Mapping[str, Any]) -> dict[str, Any]:
        """Write the manifest: from now on this is a backup."""
        manifest = {"format": FORMAT, **about, "files": self._digests}
        content = json.dumps(manifest, indent=1, sort_keys=True).encode()
        signed = {"sha256": hashlib.sha256(content).hexdigest(), "manifest": manifest}
        self.place.write(MANIFEST, json.dumps(signed, indent=1, sort_keys=True).encode())
        return manifest

    def manifest(self) -> dict[str, Any]:
        """Raises RefusedInput: this is no backup, or its manifest is damaged, or it is of a newer version."""
        where = f"{self.place.name}{MANIFEST}"
        try:
            signed = json.loads(self.place.read(MANIFEST))
            manifest = dict(signed["manifest"])
            content = json.dumps(manifest, indent=1, sort_keys=True).encode()
        except KeyError:
            raise RefusedInput(f"{where}: there is none: this is no backup, or one that was not finished") from None
        except (ValueError, TypeError) as error:
            raise RefusedInput(f"{where} is damaged ({error}): take another copy of the backup") from error
        if hashlib.sha256(content).hexdigest() != signed.get("sha256"):
            raise RefusedInput(f"{where} is damaged: its digest is another one: take another copy of the backup")
        if manifest["format"] > FORMAT:
            raise RefusedInput(f"{where}: format {manifest['format']} is of a newer version of mlops: install that one")
        return manifest

    def verify(self, told: Callable[[int], None] = lambda _: None) -> dict[str, Any]:
        """The manifest, when every file is as it was written.

        Raises:
            MlopsError: some are not; it names them.
        """
        manifest = self.manifest()
        wrong = []
        for number, (name, expected) in enumerate(manifest["files"].items(), 1):
            fault = self._fault(name, expected)
            if fault:
                wrong.append(f"{name}: {fault}")
            told(number)
        if wrong:
            more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
            remedy = "take another copy of the backup, or make a new one"
            raise MlopsError(
                f"backup {self.place.name}: {len(wrong)} damaged: {'; '.join(wrong[:_SHOWN])}{more}: {remedy}"
            )
        return manifest

    def read(self, name: str) -> bytes:
        """A file's content."""
        return self.place.read(name)

    def read_json(self, name: str) -> Any:
        """The same as JSON."""
        return json.loads(self.read(name))

    def below(self, manifest: Mapping[str, Any], prefix: str) -> Iterator[str]:
        """Names of files below a prefix."""
        return (name for name in manifest["files"] if name.startswith(prefix))

    def _fault(self, name: str, expected: Mapping[str, Any]) -> str:
        try:
            content = self.place.read(name)
        except KeyError:
            return "it is missing"
        return "" if hashlib.sha256(content).hexdigest() == expected["sha256"] else "its digest is another one"


def archive_at(where: str, aws: Aws) -> Archive:
    """The backup at a folder or at ``s3://BUCKET/PREFIX``."""
    if where.startswith("s3://"):
        if not PurePosixPath(where.removeprefix("s3://")).name or "/" not in where.removeprefix("s3://"):
            raise RefusedInput(f"{where}: name a prefix too, as s3://BUCKET/PREFIX")
        return Archive(Prefix(where, aws.client("s3")))
    return Archive(Folder(Path(where)))


def _plain(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
