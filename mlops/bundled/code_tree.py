"""Content-addressed code: the key of a folder tree or archive is the hash of its bytes, never a time."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

_SKIPPED = {"__pycache__", "tests", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
_REPOSITORY = Path(__file__).resolve().parents[2]
_PACKAGED = Path(__file__).resolve().parents[1] / "_packaged"

Tree = dict[str, bytes]  # relative posix path -> content


def shipped(folder: str) -> Path:
    """A folder that ships with the platform (``seed_code``, ``lambdas``), installed or in the repository."""
    packaged = _PACKAGED / folder
    return packaged if packaged.is_dir() else _REPOSITORY / folder


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
    library = Path(__file__).resolve().parents[1]
    top = {f"mlops/{name}": (library / name).read_bytes() for name in ("__init__.py", "errors.py")}
    return top | read_tree(library / "monitoring", "mlops/monitoring/") | read_tree(library / "pages", "mlops/pages/")


def digest(tree: Tree) -> str:
    """SHA-256 over names and contents, independent of order."""
    total = hashlib.sha256()
    for name, content in sorted(tree.items()):
        total.update(f"{len(name)}:{name}{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()


def tar_gz(tree: Tree) -> bytes:
    """A byte-deterministic .tar.gz of the tree."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(tree.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def zip_archive(tree: Tree) -> bytes:
    """A byte-deterministic .zip of the tree (for Lambda functions)."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(tree.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return raw.getvalue()


def upload_tree(s3: Any, bucket: str, tree: Tree) -> str:
    """Upload the tree under ``code/<sha256>/`` unless it is there; returns its S3 URI."""
    prefix = f"code/{digest(tree)}"
    upload_files(s3, bucket, ((f"{prefix}/{name}", content) for name, content in sorted(tree.items())))
    return f"s3://{bucket}/{prefix}/"


def upload_files(s3: Any, bucket: str, files: Iterable[tuple[str, bytes]]) -> None:
    """Put objects, a few at a time; the first failure is raised."""
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(s3.put_object, Bucket=bucket, Key=key, Body=body) for key, body in files]:
            done.result()
