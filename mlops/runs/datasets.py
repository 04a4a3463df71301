"""Data-set folders on S3 under the hash of their content."""

import hashlib
import time
from pathlib import Path
from typing import Any, NamedTuple

from mlops.bundled import rehearsal
from mlops.bundled.dataset_tables import digest
from mlops.errors import MlopsError, RefusedInput
from mlops.s3 import upload_once

_TRIES, _PAUSE, _BLOCK = 50, 0.1, 1024**2


class DatasetLocation(NamedTuple):
    """Where a data set lies; ``tables`` is the digest of the tables that were uploaded, empty of a version of the registry."""

    uri: str
    id: str
    tables: str = ""

    @property
    def rehearsal(self) -> bool:
        """Whether it is one of a rehearsal."""
        return self.id.startswith(rehearsal.NAMED)


def upload_folder(s3: Any, bucket: str, folder: Path, rehearsed: str = "") -> DatasetLocation:
    """Upload the CSV files of ``folder`` to ``datasets/<sha256[:12]>/``, where nobody overwrites them.

    ``rehearsed`` is the id of a rehearsal: its tables lie below ``rehearsals/``, and go with it.

    Raises:
        RefusedInput: the folder is missing or holds no CSV file. MlopsError: another file is where one of them goes.
    """
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    if not files:
        raise RefusedInput(f"data set {folder}: no folder with CSV files there")
    dataset_id = f"{rehearsal.NAMED}{rehearsed}" if rehearsed else folder_hash(files)[:12]
    prefix = f"{rehearsal.PREFIX}{rehearsed}/" if rehearsed else f"datasets/{dataset_id}/"
    require_bucket(s3, bucket)
    versions = {file.name: _upload(s3, bucket, file, f"{prefix}{file.name}") for file in files}
    return DatasetLocation(f"s3://{bucket}/{prefix}", dataset_id, digest(versions))


def _upload(s3: Any, bucket: str, file: Path, key: str) -> str:
    """The object's VersionId; what an earlier upload of the same tables has left is kept, if it is the same."""
    made = upload_once(s3, bucket, file, key, "text/csv")
    if made is not None:
        return made
    sha256, version_id = _there(s3, bucket, key)
    if sha256 != _sha256(file):
        raise MlopsError(f"s3://{bucket}/{key}: there is another file than {file}; nothing was started on it")
    return version_id


def _there(s3: Any, bucket: str, key: str) -> tuple[str, str]:
    """SHA-256 and VersionId of an object, which another upload may be writing now."""
    from botocore.exceptions import ClientError

    for _ in range(_TRIES):
        try:
            total = hashlib.sha256()
            answer = s3.get_object(Bucket=bucket, Key=key)
            for block in answer["Body"].iter_chunks(_BLOCK):
                total.update(block)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
                raise
            time.sleep(_PAUSE)
            continue
        return total.hexdigest(), str(answer.get("VersionId", ""))
    raise MlopsError(f"s3://{bucket}/{key}: another upload of it does not end; try again")


def require_bucket(s3: Any, bucket: str) -> None:
    """Raises RefusedInput where the project's bucket is not there: the project has not been created."""
    from botocore.exceptions import ClientError

    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        raise RefusedInput(
            f"no such project (its bucket {bucket} is missing): 'mlops project create' makes one"
        ) from None


def folder_hash(files: list[Path]) -> str:
    """SHA-256 over file names and contents."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.name}:{_sha256(file)}\n".encode())
    return total.hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
