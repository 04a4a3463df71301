"""Zip archives of folders and of files that a build names."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from embedded_aws.codebuild.buildspec import Files
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


def chosen(root: Path, wanted: Files) -> Iterator[tuple[str, Path]]:
    """(name in the artifact, file) of what the globs match; no file outside the source folder."""
    base = (root / wanted.base).resolve()
    if root.resolve() not in (base, *base.parents):
        raise ServiceError("ClientError", f"base-directory {wanted.base} leads outside the source folder")
    seen: set[str] = set()
    for pattern in wanted.patterns:
        for path in _matching(base, pattern):
            name = path.relative_to(base).as_posix()
            if name in seen or any(fnmatch(name, item) for item in wanted.excluded):
                continue
            seen.add(name)
            yield (path.name if wanted.flat else name), path


def _matching(base: Path, pattern: str) -> Iterator[Path]:
    if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
        raise ServiceError("ClientError", f"artifact {pattern} leads outside the source folder")
    for path in sorted(base.glob(f"{pattern}/*" if pattern.endswith("**") else pattern)):
        if path.is_file() and not path.is_symlink():
            yield path


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
