"""``python3 requirements/ready.py GROUP...``: has this Python exactly the libraries that the locks name?

Exit code 0 where it has: a build image that brings them needs neither network nor time. Else 1, and the first of what is missing.
"""

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *; *([^\\]+))?")
_SHOWN = 3


def locked(text: str) -> Iterator[tuple[str, str]]:
    """(name, version) of every entry of a lock that is meant for this Python and this system."""
    from packaging.markers import Marker

    for name, version, marker in (match.groups() for line in text.splitlines() if (match := _LOCKED.match(line))):
        if not marker or Marker(marker.strip()).evaluate():
            yield name, version


def differing(wanted: Iterator[tuple[str, str]]) -> Iterator[str]:
    """What is missing here or has another version."""
    for name, version in wanted:
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"{name} {version} is not installed"
            continue
        if found != version:
            yield f"{name} is {found}, not {version}"


def main(groups: list[str]) -> int:
    """Exit code."""
    try:
        wanted = [
            item for group in groups for item in locked(Path(__file__).with_name(f"{group}.lock").read_text("utf-8"))
        ]
    except ModuleNotFoundError as error:
        sys.stdout.write(f"this Python cannot read the locks: {error}\n")
        return 1
    missing = list(differing(iter(wanted)))
    for line in missing[:_SHOWN]:
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{len(wanted) - len(missing)} of {len(wanted)} locked libraries are here ({', '.join(groups)})\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
