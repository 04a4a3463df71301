"""Zip archives: the same files give the same bytes, and nothing leads outside the folder."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from embedded_aws.service import ServiceError

_TIME = (1980, 1, 1, 0, 0, 0)  # the same files give the same bytes


def unpack(archive: bytes, folder: Path) -> None:
    """Unpack into ``folder``; an entry that leads outside is refused.

    Raises:
        ServiceError: no zip archive, or a name that leads outside.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            for entry in files.infolist():
                target = (folder / entry.filename).resolve()
                if folder.resolve() not in (target, *target.parents):
                    raise ServiceError("ClientError", f"entry {entry.filename} leads outside the folder")
            files.extractall(folder)
    except zipfile.BadZipFile as error:
        raise ServiceError("ClientError", f"the artifact is no zip archive: {error}") from error


def pack(files: Iterator[tuple[str, Path]]) -> bytes:
    """A zip archive of (name in it, file)."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = (path.stat().st_mode & 0o777) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return raw.getvalue()


def read_entry(archive: bytes, name: str) -> bytes:
    """One file of an archive.

    Raises:
        ServiceError: it has none of that name.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as files:
            return files.read(name)
    except KeyError:
        raise ServiceError("ClientError", f"the artifact has no file {name}") from None
    except zipfile.BadZipFile as error:
        raise ServiceError("ClientError", f"the artifact is no zip archive: {error}") from error


def pack_texts(files: Mapping[str, str]) -> bytes:
    """A zip archive of texts by name."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _TIME), text)
    return raw.getvalue()
