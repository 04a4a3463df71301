"""Files that other people's code has left: read and listed without following anything out of its folder."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from embedded_aws.service import ServiceError

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def plain_files(folder: Path, within: Path) -> list[Path]:
    """Every file below ``folder``, which lies in ``within``, in the order of their paths; none where there is no such folder.

    Raises:
        ServiceError: something there is neither a file nor a folder, or a file has a further name outside ``within``.
    """
    found, names = [], dict[tuple[int, int], int]()
    for path, status in _walk(folder, within):
        shown = path.relative_to(within).as_posix()
        if stat.S_IFMT(status.st_mode) in _KINDS:
            raise _refused(shown, f"is {_KINDS[stat.S_IFMT(status.st_mode)]}")
        if stat.S_ISREG(status.st_mode) and path != folder:
            found.append(path)
            if status.st_nlink > 1:
                names = names or _names(within)
                if names[status.st_dev, status.st_ino] < status.st_nlink:
                    raise _refused(shown, "is a hard link to a file elsewhere")
    return sorted(found)


def read_plain(file: Path, within: Path, most: int = -1) -> bytes | None:
    """The first bytes of a file in ``within``; None where it is not there, or is reached by a link or no file."""
    if file.parent.resolve() != within.resolve() / file.parent.relative_to(within):
        return None
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as opened:
        return opened.read(most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _walk(folder: Path, within: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The folders that lead there from ``within``, then everything below."""
    for above in reversed([folder, *folder.parents][: len(folder.relative_to(within).parts)]):
        try:
            yield above, above.lstat()
        except FileNotFoundError:
            return
    if folder.is_dir():
        for place, folders, files in os.walk(folder, onerror=_unreadable):
            yield from ((path, path.lstat()) for path in (Path(place, name) for name in (*folders, *files)))


def _unreadable(error: OSError) -> None:
    raise error


def _names(within: Path) -> dict[tuple[int, int], int]:
    """How many names each file has there."""
    found: dict[tuple[int, int], int] = {}
    for place, _, files in os.walk(within):
        for name in files:
            status = os.lstat(os.path.join(place, name))
            found[status.st_dev, status.st_ino] = found.get((status.st_dev, status.st_ino), 0) + 1
    return found


def _refused(name: str, what: str) -> ServiceError:
    return ServiceError(
        "ClientError", f"output {name} {what}; outputs are files and folders: write a copy in its place"
    )
