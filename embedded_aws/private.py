"""What is its owner's alone: the state folder (0700) and the secret of the account's root (0600, random, one a folder)."""

import os
import secrets
import stat
from pathlib import Path

from embedded_aws.errors import EmbeddedAwsError

ROOT_SECRET = "root-secret"  # noqa: S105 (the file's name)
_OTHERS = 0o077


def folder(path: Path) -> Path:
    """Make a folder that only its owner may enter; one that others may enter (an earlier version's) is tightened.

    Raises:
        EmbeddedAwsError: it belongs to somebody else.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        try:
            path.chmod(0o700)
        except PermissionError as error:
            raise EmbeddedAwsError(f"{path}/ belongs to somebody else: choose a state folder of your own") from error
    return path


def opened(path: str, flags: int) -> int:
    """For ``open(..., opener=)``: a file that is made is its owner's alone, whatever the umask."""
    return os.open(path, flags, 0o600)


def root_secret(state_dir: Path) -> str:
    """The secret with which the account's root signs; made where there is none, or where others could have read it.

    Raises:
        EmbeddedAwsError: there is something else in the file's place.
    """
    path = state_dir / ROOT_SECRET
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return _new(path)
    except OSError as error:
        raise EmbeddedAwsError(f"{path}: {error.strerror}; it has to be a plain file of your own") from error
    with os.fdopen(descriptor) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid():
            raise EmbeddedAwsError(f"{path}: it has to be a plain file of your own")
        text = file.read()
    return _new(path) if found.st_mode & _OTHERS or not text else text


def _new(path: Path) -> str:
    """Written whole or not at all: a start that is killed here leaves no half of a secret."""
    text = secrets.token_urlsafe(30)
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    return text
