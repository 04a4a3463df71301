"""Objects as files: bytes and sidecar change together whenever it is cut off, and damaged bytes are not given out."""

import hashlib
import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_aws import objects
from embedded_aws.objects import Bodies, finish, matches

OLD, NEW = b"old bytes", b"the new bytes"


def etag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'  # noqa: S324 (S3's ETag)


def sidecar(body: bytes) -> str:
    return json.dumps({"size": len(body), "etag": etag(body)})


class Killed(BaseException):
    """Kill -9, as far as files are concerned."""


@pytest.mark.parametrize("step", range(4))
@pytest.mark.parametrize("size", [0, 5])
def test_a_write_that_was_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, size: int) -> None:
    """Before and within every write and rename: the object is the old one or the new one, whole."""
    path = str(tmp_path / "key")
    Bodies().replace(path, OLD, sidecar(OLD))
    counter = itertools.count()
    write, rename = objects._write, Path.replace

    def writing(name: str, content: bytes) -> None:
        if next(counter) == step:
            write(name, content[:size])
            raise Killed
        write(name, content)

    def renaming(self: Path, target: str) -> Path:
        if next(counter) == step:
            raise Killed
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(objects, "_write", writing)
        patch.setattr(Path, "replace", renaming)
        with pytest.raises(Killed):
            Bodies().replace(path, NEW, sidecar(NEW))
    finish(tmp_path)
    known = json.loads(Path(f"{path}.meta.json").read_text())
    body = Bodies().read(path, known["size"], known["etag"])
    assert body == (NEW if step == 3 else OLD)
    assert sorted(it.name for it in tmp_path.iterdir()) == ["key", "key.meta.json"]


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has changed, and nothing is left."""
    path = str(tmp_path / "key")
    Bodies().replace(path, OLD, sidecar(OLD))
    write = objects._write

    def full(name: str, content: bytes) -> None:
        write(name, content[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(objects, "_write", full)
    with pytest.raises(OSError, match="No space"):
        Bodies().replace(path, NEW, sidecar(NEW))
    assert Bodies().read(path, len(OLD), etag(OLD)) == OLD
    assert sorted(os.listdir(tmp_path)) == ["key", "key.meta.json"]  # noqa: PTH208


def damaged(body: bytes) -> Iterator[bytes]:
    yield body[:-1]
    yield body + b"x"
    yield bytes([body[0] ^ 1]) + body[1:]
    yield b""


def test_damage_is_seen(tmp_path: Path) -> None:
    """By the same reader that wrote it, and by a new one; a file that has gone too."""
    path, bodies = tmp_path / "key", Bodies()
    bodies.replace(str(path), NEW, sidecar(NEW))
    assert bodies.read(str(path), len(NEW), etag(NEW)) == NEW
    for wrong in damaged(NEW):
        path.write_bytes(wrong)
        for reader in (bodies, Bodies()):
            with pytest.raises(ValueError, match=r"bytes are there|digest is another"):
                reader.read(str(path), len(NEW), etag(NEW))
    path.unlink()
    with pytest.raises(ValueError, match="cannot be read"):
        bodies.read(str(path), len(NEW), etag(NEW))


def test_uploads_in_parts() -> None:
    """An ETag of parts is MD5 over the MD5s of the parts (S3 User Guide, "Checking object integrity")."""
    parts = [{"PartNumber": 2, "Size": 3}, {"PartNumber": 1, "Size": 5}]
    digests = hashlib.md5(b"01234").digest() + hashlib.md5(b"567").digest()  # noqa: S324
    found = f'"{hashlib.md5(digests).hexdigest()}-2"'  # noqa: S324
    assert matches(b"01234567", found, parts)
    assert not matches(b"01234568", found, parts)
    assert matches(b"anything", found)  # of parts that nobody knows, nothing can be said


def test_a_whole_folder(tmp_path: Path) -> None:
    """Every object has an answer; the damaged file, the sidecar that cannot be read and a damaged earlier version are named."""
    bucket = tmp_path / "000000000000" / "b"
    bucket.mkdir(parents=True)
    for name in ("good", "bad", "unknown", "earlier"):
        Bodies().replace(str(bucket / name), NEW, sidecar(NEW))
    versions = [{"version_id": "v1", "size": len(OLD), "etag": etag(OLD)}]
    (bucket / "earlier.meta.json").write_text(json.dumps({**json.loads(sidecar(NEW)), "versions": versions}))
    kept = tmp_path / ".versions" / "000000000000" / "b" / "v1" / "earlier"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(OLD[1:])
    (bucket / "bad").write_bytes(OLD)
    (bucket / "unknown.meta.json").write_text("{")
    found = list(objects.faults(tmp_path))
    assert len(found) == 4
    assert sorted(it.split(": ")[0] for it in found if it) == sorted(
        map(str, (bucket / "bad", kept, bucket / "unknown.meta.json"))
    )
