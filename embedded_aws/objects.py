"""Objects as files: bytes and their sidecar change together, whatever is killed when; damaged bytes are not given out.

A write makes ``X.meta.json.tmp``, then ``X.tmp``, and renames the sidecar, then the bytes. So what a killed server has left says what to
do (``finish``): with a new sidecar beside it the write had not happened; bytes without one belong to the sidecar in place.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

SIDECAR, NEW = ".meta.json", ".tmp"
_VERSIONS = ".versions"
_PLAIN, _IN_PARTS = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{32}-[0-9]+")
Parts = Sequence[Mapping[str, Any]]  # PartNumber, Size
Stamp = tuple[int, int, int]


class DamagedObject(Exception):
    """An object's bytes are not those that were stored; the message names object, version, file and remedy."""

    def __init__(self, bucket: str, key: str, version: str, path: str, what: str) -> None:
        which = f" (version {version})" if version and version != "null" else ""
        super().__init__(
            f"s3://{bucket}/{key}{which} is damaged: {what}; file {path}: store the object again, or bring the file back from a backup"
        )


class Bodies:
    """Files whose bytes are known to be right, by what the file system says of them."""

    def __init__(self) -> None:
        self._right: dict[str, Stamp] = {}

    def replace(self, path: str, body: bytes | None, sidecar: str) -> list[str]:
        """Put bytes and sidecar in place (None: the bytes stay); the files that were written.

        Raises:
            OSError: nothing has changed.
        """
        made = [path + SIDECAR, *([path] if body is not None else [])]
        try:
            _write(path + SIDECAR + NEW, sidecar.encode())
            if body is not None:
                _write(path + NEW, body)
        except OSError:
            for name in (path + NEW, path + SIDECAR + NEW):
                with contextlib.suppress(OSError):
                    Path(name).unlink()
            raise
        for name in made:
            Path(name + NEW).replace(name)
        if body is not None:
            self._right[path] = _stamp(path)
        return made

    def read(self, path: str, size: int, etag: str, parts: Parts = ()) -> bytes:
        """The file's bytes.

        Raises:
            ValueError: they are not those of this size and ETag; it says how that is seen.
        """
        try:
            body = Path(path).read_bytes()
        except OSError as error:
            raise ValueError(f"its file cannot be read ({error.strerror})") from error
        if len(body) != size:
            raise ValueError(f"{len(body)} bytes are there, {size} were stored")
        stamp = _stamp(path)
        if self._right.get(path) != stamp:
            if not matches(body, etag, parts):
                raise ValueError("its digest is another one than when it was stored")
            self._right[path] = stamp
        return body


def matches(body: bytes, etag: str, parts: Parts = ()) -> bool:
    """Whether an ETag belongs to bytes; true for one that cannot be made anew (an upload in parts of unknown sizes)."""
    found = etag.strip('"')
    if _PLAIN.fullmatch(found):
        return bool(_md5(body).hexdigest() == found)
    if _IN_PARTS.fullmatch(found) and parts:
        digests, begin = b"", 0
        for part in sorted(parts, key=lambda it: it["PartNumber"]):
            digests += _md5(body[begin : begin + part["Size"]]).digest()
            begin += part["Size"]
        return f"{_md5(digests).hexdigest()}-{len(parts)}" == found
    return True


def faults(folder: Path) -> Iterator[str]:
    """For every object below a folder what is wrong with it, or nothing; its sidecar is read, and all of its bytes."""
    for place, folders, names in os.walk(folder):
        if Path(place) == folder and _VERSIONS in folders:
            folders.remove(_VERSIONS)  # earlier versions: their digests are in the sidecars of the current ones
        for name in sorted(it for it in names if it.endswith(SIDECAR)):
            yield _fault(folder, Path(place, name))


def _fault(folder: Path, sidecar: Path) -> str:
    path = sidecar.with_name(sidecar.name.removesuffix(SIDECAR))
    try:
        found = list(_kept(folder, path, json.loads(sidecar.read_bytes())))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return f"{sidecar}: damaged: what is known of the object beside it cannot be read"
    for file, size, etag, parts in found:
        try:
            Bodies().read(str(file), size, etag, parts)
        except ValueError as error:
            return f"{file}: damaged: {error}"
    return ""


def _kept(folder: Path, path: Path, meta: Mapping[str, Any]) -> Iterator[tuple[Path, int, str, Parts]]:
    """(file, size, ETag, parts) of an object and of its earlier versions."""
    account, bucket, *key = path.relative_to(folder).parts
    versions = {it["version_id"]: it for it in meta.get("versions", [])}
    if not meta.get("is_delete_marker"):
        parts = versions.get(meta.get("version_id"), meta).get("parts") or ()
        yield path, int(meta["size"]), str(meta["etag"]), parts
    for version, about in versions.items():
        file = folder.joinpath(_VERSIONS, account, bucket, version, *key)
        if file.exists() and not about.get("is_delete_marker"):
            yield file, int(about["size"]), str(about["etag"]), about.get("parts") or ()


def finish(folder: Path) -> None:
    """End or undo the writes that a killed server has begun; before the objects are read."""
    for place, _, names in os.walk(folder):
        for name in [it for it in names if it.endswith(NEW) and not it.endswith(SIDECAR + NEW)]:
            begun = Path(place, name)
            target = begun.with_name(name.removesuffix(NEW))
            sidecar = target.with_name(target.name + SIDECAR)
            if sidecar.exists() and not sidecar.with_name(sidecar.name + NEW).exists():
                begun.replace(target)
            else:
                begun.unlink()
        for name in [it for it in names if it.endswith(SIDECAR + NEW)]:
            Path(place, name).unlink()


def _md5(content: bytes) -> Any:
    return hashlib.md5(content, usedforsecurity=False)


def _write(path: str, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _stamp(path: str) -> Stamp:
    found = Path(path).stat()
    return found.st_mtime_ns, found.st_size, found.st_ino
