"""Data-set folders on S3 under the hash of their content."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from mlops.errors import RefusedInput


class DatasetLocation(NamedTuple):
    """Where an uploaded data set lies."""

    uri: str
    id: str


def upload_folder(s3: Any, bucket: str, folder: Path) -> DatasetLocation:
    """Upload the CSV files of ``folder`` to ``datasets/<sha256[:12]>/``.

    Raises:
        RefusedInput: the folder is missing or holds no CSV file.
    """
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    if not files:
        raise RefusedInput(f"data set {folder}: no folder with CSV files there")
    dataset_id = folder_hash(files)[:12]
    require_bucket(s3, bucket)
    for file in files:
        s3.upload_file(str(file), bucket, f"datasets/{dataset_id}/{file.name}")
    return DatasetLocation(f"s3://{bucket}/datasets/{dataset_id}/", dataset_id)


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
        with file.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        total.update(f"{file.name}:{content}\n".encode())
    return total.hexdigest()
