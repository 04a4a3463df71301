"""``python -m stacks.leaks [PATH...]``: no secret in what is kept or delivered; exit code 2 where there is one.

Without a path everything in the repository that git tracks or would add; a folder or an archive is looked through to the last member.
What was reviewed is listed in leaks.allowed, by the value's fingerprint: ``FINGERPRINT  PATH  REASON``; an entry that nothing needs is
refused too.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from stacks.rules.secrets import found_in, named_in

ALLOWED = Path(__file__).with_name("leaks.allowed")
_KEPT_OUT = {".git", ".venv", ".venv-image", ".venv-spark", ".tools", ".mlops", "__pycache__", "node_modules"}
_DEEPEST = 4  # archives in archives


@dataclass(frozen=True)
class Leak:
    """A secret and where it stands; the value itself is not kept."""

    path: str
    line: int
    kind: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.kind} (fingerprint {self.fingerprint})"


def leaks_of(path: str, content: bytes, depth: int = 0) -> Iterator[Leak]:
    """Everything in a file that looks like a secret, and in the members of an archive."""
    members = _members(content) if depth < _DEEPEST else None
    if members is not None:
        for name, member in members:
            yield from leaks_of(f"{path}!{name}", member, depth + 1)
        return
    for number, line in enumerate(content.decode("utf-8", errors="replace").split("\n"), 1):
        name = PurePosixPath(path.rpartition("!")[2]).name
        kinds: dict[str, str] = {}
        for kind, value in (*found_in(line), *named_in(_kind_of(name), line)):
            kinds.setdefault(value, kind)  # the first that knows it
        yield from (Leak(path, number, kind, fingerprint(value)) for value, kind in kinds.items())


def _kind_of(name: str) -> str:
    """The name by which a file of its kind is known: a Dockerfile and a list of variables assign as settings do."""
    return f"{name}.ini" if "." not in name.lstrip(".") or name.startswith((".env", "Dockerfile")) else name


def fingerprint(value: str) -> str:
    """Tells values apart without telling them."""
    return hashlib.sha256(value.encode()).hexdigest()[:16]


def _members(content: bytes) -> Iterator[tuple[str, bytes]] | None:
    """Of a zip (wheels too) or tar archive, compressed or not; None for any other file."""
    stream = io.BytesIO(content)
    if content[:4] == b"PK\x03\x04" and zipfile.is_zipfile(stream):
        return _zipped(zipfile.ZipFile(stream))
    if content[:2] == b"\x1f\x8b" or content[257:262] == b"ustar":
        stream.seek(0)
        return _tarred(stream)
    return None


def _zipped(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    return ((item.filename, archive.read(item)) for item in archive.infolist() if not item.is_dir())


def _tarred(stream: io.BytesIO) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=stream) as archive:
        for item in archive:
            found = archive.extractfile(item) if item.isfile() else None
            if found is not None:
                yield item.name, found.read()


def files(paths: list[Path]) -> Iterator[Path]:
    """The files meant."""
    for path in paths:
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (it for it in found if it.is_file() and not _KEPT_OUT & set(it.relative_to(path).parts))


def repository() -> list[Path]:
    """What git has or would add; a copy without git, as builds get it, as it is."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, capture_output=True, text=True, check=False)
    if done.returncode:
        return list(files([Path()]))
    return [Path(name) for name in done.stdout.split("\0") if name and Path(name).is_file()]


def reviewed() -> dict[tuple[str, str], str]:
    """(fingerprint, path) -> reason, as leaks.allowed has them."""
    lines = [line.split(None, 2) for line in ALLOWED.read_text("utf-8").splitlines() if line and line[0] != "#"]
    return {(mark, path): reason for mark, path, reason in lines}


def check(paths: list[Path], allowed: dict[tuple[str, str], str], *, whole: bool) -> list[str]:
    """What is wrong, a line each; of the ``whole`` repository also entries that nothing needs."""
    problems, needed = [], set()
    for path in paths:
        for leak in leaks_of(path.as_posix(), path.read_bytes()):
            entry = next((it for it in allowed if it[0] == leak.fingerprint and fnmatch(_tail(leak.path), it[1])), None)
            needed.add(entry)
            if entry is None:
                problems.append(str(leak))
    unused = sorted(set(allowed) - needed) if whole else []
    return problems + [f"{ALLOWED.name}: {mark} {path} is needed by nothing: remove the entry" for mark, path in unused]


def _tail(path: str) -> str:
    """An archive's member goes by its own name."""
    return path.rpartition("!")[2]


def main(arguments: list[str]) -> int:
    """Exit code."""
    paths = list(files(list(map(Path, arguments)))) if arguments else repository()
    problems = check(paths, reviewed(), whole=not arguments)
    for line in problems:
        sys.stderr.write(f"{line}\n")
    if problems:
        sys.stderr.write(
            "error: secrets (rule no secret): take them out and revoke them; what is none, list with its reason in stacks/leaks.allowed\n"
        )
        return 2
    sys.stdout.write(f"no secret in {len(paths)} files\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
