"""Byte-deterministic .tar.gz archives of folders, and their safe extraction."""

import gzip
import io
import tarfile
from pathlib import Path


def pack(folder: Path) -> bytes:
    """Archive of a folder: sorted names, no times, no owners; of the mode only what makes a script executable."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            entry = tarfile.TarInfo(path.relative_to(folder).as_posix())
            if path.is_dir():
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            elif path.is_file():
                content = path.read_bytes()
                entry.size, entry.mode = len(content), 0o755 if path.stat().st_mode & 0o100 else 0o644
                archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), compresslevel=6, mtime=0)


def unpack(archive: Path, folder: Path) -> None:
    """Extract; members that would leave the folder are refused.

    Raises:
        tarfile.TarError: such a member, a device, or (before Python 3.11.4, which brought tarfile's filters) a link.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as opened:
        if hasattr(tarfile, "data_filter"):
            opened.extractall(folder, filter="data")
        else:
            opened.extractall(folder, members=[_plain(member, folder) for member in opened])  # noqa: S202 (checked)


def _plain(member: tarfile.TarInfo, folder: Path) -> tarfile.TarInfo:
    target = (folder / member.name).resolve()
    if not (member.isfile() or member.isdir()) or not target.is_relative_to(folder.resolve()):
        raise tarfile.ExtractError(f"{member.name!r} is a link or leads outside the folder")
    member.mode = 0o755 if member.isdir() else member.mode & 0o755 | 0o600
    return member
