"""Stored predictions: which batches there are, and their files, verified against the digests that were written with them."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mlops.aws import Aws
from mlops.errors import MlopsError, RefusedInput
from mlops.projects.names import Project
from mlops.s3 import read_json

_METADATA = "metadata.json"  # predictions/AS-OF/RUN/ gets it last: a batch that has it is complete


@dataclass(frozen=True)
class StoredBatch:
    """A batch's predictions: of which day's data, by which run, and where."""

    as_of: str
    run: str
    uri: str


class StoredPredictions:
    """The stored predictions of one project as one identity sees them."""

    def __init__(self, aws: Aws, project: Project) -> None:
        self._project, self._s3 = project, aws.client("s3")

    def batches(self) -> list[StoredBatch]:
        """All batches, the newest first."""
        found = sorted(self._complete(), key=lambda item: item["LastModified"], reverse=True)
        return [self._batch(item["Key"]) for item in found]

    def newest(self, as_of: date | None = None) -> StoredBatch:
        """The newest batch, or the newest of a day.

        Raises:
            RefusedInput: there is none.
        """
        batches = self.batches()
        if not batches:
            raise RefusedInput(f"project {self._project.name} has no stored predictions; 'mlops predict' makes some")
        found = [it for it in batches if as_of is None or it.as_of == as_of.isoformat()]
        if not found:
            days = ", ".join(sorted({it.as_of for it in batches}))
            raise RefusedInput(
                f"project {self._project.name} has no predictions as of {as_of}; there are some of {days}"
            )
        return found[0]

    def fetch(self, batch: StoredBatch, output: Path) -> dict[str, Any]:
        """Bring a batch's files into a new folder, all or none of them; its metadata.

        Raises:
            RefusedInput: the folder exists and holds something.
            MlopsError: a file is missing, or not the one that was written.
        """
        if output.exists() and (not output.is_dir() or any(output.iterdir())):
            raise RefusedInput(f"{output} exists already: choose a new folder")
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=output.parent) as scratch:
            metadata = read_json(self._s3, f"{batch.uri}/{_METADATA}")
            folder = Path(scratch) / "whole"
            folder.mkdir()
            for name, known in metadata["files"].items():
                self._file(batch, name, str(known["sha256"]), folder)
            self._download(batch, _METADATA, folder)
            if output.exists():
                output.rmdir()
            shutil.move(folder, output)
        return metadata

    def _file(self, batch: StoredBatch, name: str, known: str, folder: Path) -> None:
        if Path(name).name != name:
            raise MlopsError(f"{batch.uri}/{_METADATA} names {name!r}, which is no file beside it: nothing was fetched")
        self._download(batch, name, folder)
        with (folder / name).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != known:
            raise MlopsError(
                f"{batch.uri}/{name} is not what was written: SHA-256 {found}, by {_METADATA} {known}; nothing was kept. "
                "Its earlier versions are in the bucket; 'mlops predict' makes the batch again"
            )

    def _download(self, batch: StoredBatch, name: str, folder: Path) -> None:
        from botocore.exceptions import ClientError

        key = f"predictions/{batch.as_of}/{batch.run}/{name}"
        try:
            self._s3.download_file(self._project.data_bucket, key, str(folder / name))
        except ClientError as error:
            if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
                raise MlopsError(f"{batch.uri}/{name} is missing: nothing was fetched") from None
            raise

    def _complete(self) -> Iterator[dict[str, Any]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._project.data_bucket, Prefix="predictions/"
        )
        for page in pages:
            yield from (it for it in page.get("Contents", []) if it["Key"].split("/")[3:] == [_METADATA])

    def _batch(self, key: str) -> StoredBatch:
        _, as_of, run, _ = key.split("/")
        return StoredBatch(as_of, run, f"s3://{self._project.data_bucket}/{key.rpartition('/')[0]}")
