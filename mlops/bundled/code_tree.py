"""Content-addressed code: the key of a folder tree or archive is the hash of its bytes, never a time."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from mlops.bundled import s3_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Tree = dict[str, bytes]  # relative posix path -> content


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


def upload_tree(s3: "S3Client", bucket: str, tree: Tree) -> str:
    """Upload the tree under ``code/<sha256>/`` unless it is there; returns its S3 URI."""
    prefix = f"code/{digest(tree)}"
    upload_files(s3, bucket, ((f"{prefix}/{name}", content) for name, content in sorted(tree.items())))
    return f"s3://{bucket}/{prefix}/"


def upload_files(s3: "S3Client", bucket: str, files: Iterable[tuple[str, bytes]]) -> None:
    """Put objects where nothing is, a few at a time; the first failure is raised."""
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(put_once, s3, bucket, key, body) for key, body in files]:
            done.result()


def put_once(s3: "S3Client", bucket: str, key: str, body: bytes, content_type: str = "binary/octet-stream") -> None:
    """Write an object under a key that names its content; what is there already must be the same.

    Raises:
        ValueError: another object is there.
    """
    if s3_json.put_new(s3, bucket, key, body, content_type):
        return
    if s3.get_object(Bucket=bucket, Key=key)["Body"].read() != body:
        raise ValueError(
            f"s3://{bucket}/{key}: another object is there than its key says: somebody has put it there; remove it"
        )
