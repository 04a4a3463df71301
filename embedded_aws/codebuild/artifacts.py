"""The files that a build's artifacts are made of."""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from embedded_aws.codebuild.buildspec import Files
from embedded_aws.service import ServiceError


def chosen(root: Path, wanted: Files) -> Iterator[tuple[str, Path]]:
    """(name in the artifact, file) of what the globs match.

    Raises:
        ServiceError: a match leads outside the source folder, by its name or by a link.
    """
    base = (root / wanted.base).resolve()
    if root.resolve() not in (base, *base.parents):
        raise ServiceError("ClientError", f"base-directory {wanted.base} leads outside the source folder")
    seen: set[str] = set()
    for pattern in wanted.patterns:
        for path in _matching(base, pattern):
            name = path.relative_to(base).as_posix()
            if not path.resolve().is_relative_to(root.resolve()):
                raise ServiceError("ClientError", f"artifact {name} is a link that leads outside the source folder")
            if name in seen or any(fnmatch(name, item) for item in wanted.excluded):
                continue
            seen.add(name)
            yield (path.name if wanted.flat else name), path


def _matching(base: Path, pattern: str) -> Iterator[Path]:
    if PurePosixPath(pattern).is_absolute() or ".." in PurePosixPath(pattern).parts:
        raise ServiceError("ClientError", f"artifact {pattern} leads outside the source folder")
    for path in sorted(base.glob(f"{pattern}/*" if pattern.endswith("**") else pattern)):
        if path.is_symlink() and path.resolve().is_relative_to(base):
            continue  # CodeBuild's default: enable-symlinks is no
        if path.is_symlink() or path.is_file():
            yield path
