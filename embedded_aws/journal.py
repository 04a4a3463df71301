"""Texts by key on disk: what a call has written is there after kill -9 or a power cut, and what is damaged is refused by name.

A generation is two files: ``N.snapshot``, written whole, and ``N.changes``, to which every group of changes is appended and synced.
Opening begins the next generation; the one before stays, whole, until the next opening. So a damaged snapshot can be made anew from
the generation before it, without loss (``roll_back``).

Every line is ``<SHA-256 of the rest> <JSON>``. An unfinished last line is a write that was cut off and that nobody was told of.
"""

import contextlib
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from embedded_aws.errors import DamagedState

Key = tuple[str, str]  # service, part of its state
Changes = Mapping[Key, str | None]  # None: it is gone
_SNAPSHOT, _CHANGES, _LARGEST = ".snapshot", ".changes", 64 << 20  # bytes of changes, then a new generation begins


class Journal:
    """The newest generation of a folder, and all its texts in memory."""

    def __init__(self, folder: Path) -> None:
        """Read the newest generation and begin the next.

        Raises:
            DamagedState: a file is not as it was written.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._lock, self._file, self._size = folder, threading.Lock(), -1, 0
        for left in folder.glob("*.new"):
            left.unlink()
        self._number = max(generations(folder), default=0)
        self.texts: dict[Key, str] = read(folder, self._number) if self._number else {}
        self._begin()

    @property
    def empty(self) -> bool:
        """Whether nothing was ever written here."""
        return not self.texts

    def write(self, changes: Changes) -> None:
        """Append; back when it is on disk.

        Raises:
            OSError: it could not be written (a full disk); nothing of it was.
        """
        line = _line([[*key, text] for key, text in changes.items()])
        with self._lock:
            try:
                _write(self._file, line)
                os.fdatasync(self._file)
            except OSError:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._file, self._size)
                raise
            self._size += len(line)
            _apply(self.texts, changes)
            if self._size > _LARGEST:
                self._begin()

    def close(self) -> None:
        """Close the file; everything is on disk already."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1

    def _begin(self) -> None:
        """The next generation, from what is in memory; of those before, one stays."""
        number = self._number + 1
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC
        opened = os.open(self._folder / f"{number}{_CHANGES}", flags, 0o600)  # first: a snapshot is never without it
        try:
            _write_snapshot(self._folder / f"{number}{_SNAPSHOT}", self.texts)
            _sync_folder(self._folder)
        except OSError:
            os.close(opened)
            raise
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size, before, self._number = opened, 0, self._number, number
        for old in generations(self._folder) - {before, number}:
            _remove(self._folder, old)


def generations(folder: Path) -> set[int]:
    """Numbers of the generations that a folder holds, with those whose snapshot has gone; one that was only begun is none."""
    found = [path for path in folder.iterdir() if path.stem.isdigit()]
    begun = {int(path.stem) for path in found if path.suffix == _SNAPSHOT}
    return begun | {int(path.stem) for path in found if path.suffix == _CHANGES and path.stat().st_size}


def read(folder: Path, number: int) -> dict[Key, str]:
    """A generation's texts: its snapshot with its changes.

    Raises:
        DamagedState: a file is not as it was written.
    """
    texts: dict[Key, str] = {}
    for entries in _lines(folder / f"{number}{_SNAPSHOT}", whole=True):
        _apply(texts, entries)
    for entries in _lines(folder / f"{number}{_CHANGES}", whole=False):
        _apply(texts, entries)
    return texts


def damage(folder: Path) -> DamagedState | None:
    """What is wrong with the newest generation, if anything is; nothing is changed."""
    found = generations(folder) if folder.is_dir() else set()
    try:
        if found:
            read(folder, max(found))
    except DamagedState as error:
        return error
    return None


def roll_back(folder: Path) -> list[str]:
    """Bring the newest generation into order; lines that tell what was done and what is lost.

    The damaged files stay beside it, as ``NAME.damaged``.

    Raises:
        DamagedState: neither this generation nor the one before can be read.
    """
    if damage(folder) is None:
        return []
    found, told = generations(folder), list[str]()
    number = max(found)
    snapshot, changes = folder / f"{number}{_SNAPSHOT}", folder / f"{number}{_CHANGES}"
    texts: dict[Key, str] = {}
    try:
        for entries in _lines(snapshot, whole=True):
            _apply(texts, entries)
    except DamagedState as error:
        if number > 1 and number - 1 not in found:  # before the first one there was nothing
            raise DamagedState(error.path, f"{error.what}, and there is no generation before it") from error
        texts = read(folder, number - 1) if number > 1 else {}
        told.append(f"{snapshot.name} was made anew from the generation before it: nothing of it is lost")
    good, bad = _readable(changes)
    for entries in good:
        _apply(texts, entries)
    if bad:
        told.append(f"{changes.name}: {bad} of its {bad + len(good)} groups of changes are damaged and lost")
    for path in (snapshot, changes):
        if path.exists():
            shutil.copyfile(path, path.with_name(f"{path.name}.damaged"))
    _write_snapshot(snapshot, texts)
    changes.write_bytes(b"")  # a cut before this changes nothing: the snapshot has what was readable of it
    _sync_folder(folder)
    return told


def _apply(texts: dict[Key, str], changes: Changes) -> None:
    for key, text in changes.items():
        if text is None:
            texts.pop(key, None)
        else:
            texts[key] = text


def _line(value: object) -> bytes:
    body = json.dumps(value, separators=(",", ":")).encode()
    return hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n"


def _parsed(line: bytes) -> dict[Key, str | None] | None:
    """The entries of a line; None where it is not as it was written."""
    digest, _, body = line.rstrip(b"\n").partition(b" ")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    return {(service, part): text for service, part, text in json.loads(body)}


def _lines(path: Path, *, whole: bool) -> Iterator[dict[Key, str | None]]:
    """Entries of every line; a ``whole`` file has no unfinished last one, and ends with the number of its lines."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise DamagedState(path, error.strerror or "it cannot be read") from error
    if lines and not lines[-1].endswith(b"\n") and not whole:
        lines.pop()  # cut off while it was written: nobody was told that it is there
    for number, line in enumerate(lines, 1):
        entries = _parsed(line)
        if entries is None:
            raise DamagedState(path, f"line {number} of {len(lines)} is not as it was written")
        if not (whole and number == len(lines)):
            yield entries
    if whole and (not lines or lines[-1] != _end(len(lines) - 1)):
        raise DamagedState(path, "its end is missing")


def _end(count: int) -> bytes:
    return _line([["", "lines", str(count)]])


def _readable(path: Path) -> tuple[list[dict[Key, str | None]], int]:
    """(entries of the lines up to the first damaged one, how many follow): later changes may build on the damaged one."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return [], 0
    found = []
    for line in lines:
        entries = _parsed(line)
        if entries is None:
            break
        found.append(entries)
    return found, len(lines) - len(found)


def _write_snapshot(path: Path, texts: Mapping[Key, str]) -> None:
    lines = [_line([[*key, text]]) for key, text in texts.items()]
    temporary = path.with_name(f"{path.name}.new")
    opened = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write(opened, b"".join([*lines, _end(len(lines))]))
        os.fsync(opened)
    finally:
        os.close(opened)
    temporary.replace(path)


def _write(descriptor: int, content: bytes) -> None:
    """All of it: a system may take less at once."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _remove(folder: Path, number: int) -> None:
    for suffix in (_CHANGES, _SNAPSHOT):  # a generation without a snapshot is none
        (folder / f"{number}{suffix}").unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
