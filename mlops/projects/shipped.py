"""What ships with the platform and is not the library: the folders beside it, installed or in the repository."""

from pathlib import Path

from mlops.bundled.code_tree import Tree
from mlops.bundled.wheels import LAUNCHER
from mlops.projects.carried import with_imports

_LIBRARY = Path(__file__).resolve().parents[1]
_SKIPPED = {"__pycache__", "tests", ".pytest_cache", ".ruff_cache", ".mypy_cache"}


def shipped(folder: str) -> Path:
    """A folder that ships with the platform (``seed_code``, ``lambdas``), installed or in the repository."""
    packaged = _LIBRARY / "_packaged" / folder
    return packaged if packaged.is_dir() else _LIBRARY.parent / folder


def read_tree(root: Path, prefix: str = "") -> Tree:
    """The files below ``root`` that belong to its code, without caches and tests."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    relative = ((path, path.relative_to(root)) for path in files)
    return {
        prefix + name.as_posix(): path.read_bytes()
        for path, name in relative
        if not _SKIPPED & set(name.parts) and path.suffix != ".pyc"
    }


def analyzer_tree() -> Tree:
    """The monitoring analyzer as the stand-alone package that a Processing job runs."""
    own = read_tree(_LIBRARY / "monitoring", "mlops/monitoring/")
    return with_imports(own, ("mlops.monitoring", "mlops.errors", "mlops.bundled", "mlops.pages"))


def job_tree() -> Tree:
    """What starts the seed code's steps, put beside them: it gives them the libraries that the image lacks."""
    return with_imports({LAUNCHER: (_LIBRARY.parent / LAUNCHER).read_bytes()})
