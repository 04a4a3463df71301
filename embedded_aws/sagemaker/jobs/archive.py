"""Byte-deterministic .tar.gz archives of folders, and their safe extraction."""

import gzip
import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from embedded_aws.service import ServiceError


def pack(folder: Path) -> bytes:
    """Archive of a folder: sorted names, no times, no owners; of the mode only what makes a script executable.

    What is neither a file nor a folder is left out, and no link is followed to the outside.
    """
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            if path.is_symlink() and not path.resolve().is_relative_to(folder.resolve()):
                continue
            if path.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            elif path.is_file():
                content = path.read_bytes()
                entry.size, entry.mode = len(content), 0o755 if path.stat().st_mode & 0o100 else 0o644
                archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), compresslevel=6, mtime=0)


def unpack(archive: Path, folder: Path) -> None:
    """Extract into a folder.

    Raises:
        ServiceError: no such archive, or a member would lead outside the folder or is a device.
    """
    folder.mkdir(parents=True, exist_ok=True)
    more: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    try:
        with tarfile.open(archive) as opened:
            members = list(opened)
            opened.extractall(folder, members=list(_judged(members)), **more)  # noqa: S202 (judged)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise _refused(archive.name, str(error)) from error
    except _Outside as error:
        raise _refused(archive.name, f"member {error}; members are files, folders and links between them") from error


class _Outside(Exception):
    """A member and what is wrong with it."""


def _judged(members: Sequence[tarfile.TarInfo]) -> Iterator[tarfile.TarInfo]:
    """Judged together: a link that a later member makes must not lead an earlier one astray."""
    links = {_parts(member.name) for member in members if member.issym()}
    for member in members:
        name = _parts(member.name)
        if member.name.startswith("/") or ".." in name:
            raise _Outside(f"{member.name!r} leads outside the folder")
        if _through(name[:-1], links):
            raise _Outside(f"{member.name!r} lies behind a link")
        if member.issym() or member.islnk():
            _judge_link(member, name, links)
        elif not (member.isfile() or member.isdir()):
            raise _Outside(f"{member.name!r} is a device or a pipe")
        member.mode = 0o755 if member.isdir() else member.mode & 0o755 | 0o600
        member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
        yield member


def _judge_link(member: tarfile.TarInfo, name: tuple[str, ...], links: set[tuple[str, ...]]) -> None:
    """It goes up within the folder first, then down: so it can only end inside, whatever the links on the way are."""
    target = _parts(member.linkname)
    up = next((number for number, part in enumerate(target) if part != ".."), len(target))
    room = len(name) - 1 if member.issym() else 0
    if member.linkname.startswith("/") or up > room or ".." in target[up:]:
        raise _Outside(f"{member.name!r} is a link that leads outside the folder")
    if member.islnk() and (target in links or _through(target, links)):
        raise _Outside(f"{member.name!r} is a hard link to what lies behind a link")


def _through(path: tuple[str, ...], links: set[tuple[str, ...]]) -> bool:
    return any(path[: length + 1] in links for length in range(len(path)))


def _parts(name: str) -> tuple[str, ...]:
    return PurePosixPath(name.lstrip("/")).parts


def _refused(name: str, why: str) -> ServiceError:
    return ServiceError("ClientError", f"archive {name} cannot be unpacked: {why}")
