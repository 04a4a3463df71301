"""Where builds run: a build without a box sees the folders above its own, so these hold no checkout's settings."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from embedded_aws.service import ServiceError

PREFIX = "build-of-embedded-aws-"
# what tools look for in the folders above: version control, and the settings of pytest, ruff, mypy and the like
_MARKS = (
    ".git",
    "conftest.py",
    "mypy.ini",
    ".mypy.ini",
    "pyproject.toml",
    "pytest.ini",
    ".pytest.ini",
    "ruff.toml",
    ".ruff.toml",
    "setup.cfg",
    "tox.ini",
)


def outside(candidates: Iterable[str] = ()) -> Path:
    """A new folder of this build's own, with nothing of a checkout above it.

    Raises:
        ServiceError: the machine's folders for temporary files all lie within one.
    """
    folders = [*candidates] or [tempfile.gettempdir(), "/tmp", "/var/tmp"]  # noqa: S108 (a folder of its own is made there)
    above = ""
    for folder in folders:
        if not Path(folder).is_dir():
            continue
        above = _checkout(Path(folder))
        if not above:
            return Path(tempfile.mkdtemp(prefix=PREFIX, dir=Path(folder).resolve()))
    raise ServiceError(
        "ClientError",
        f"builds run outside any checkout, and the folders for temporary files lie in one ({above}): set TMPDIR to another",
    )


def _checkout(folder: Path) -> str:
    """What of a checkout lies in the folder or above it; empty where nothing does."""
    place = folder.resolve()
    found = (above / mark for above in (place, *place.parents) for mark in _MARKS)
    return next((str(path) for path in found if path.exists()), "")
