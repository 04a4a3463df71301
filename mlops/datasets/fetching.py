"""Bring a source's files into a folder: a local file or folder, an S3 URI, a URL, or a catalogue's id."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from mlops.aws import Aws
from mlops.datasets.manifest import Attribution
from mlops.errors import RefusedInput
from mlops.s3 import list_keys, split

_ENDINGS = {".csv", ".tsv", ".txt", ".json", ".ndjson"}


class Fetcher:
    """Sources as one identity reaches them."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def fetch(self, source: str, folder: Path, *, accept_costs: bool = False) -> Attribution:  # noqa: ARG002
        """Put the source's files into ``folder``; says where they came from.

        Raises:
            RefusedInput: there is no such source, or it holds no tables.
        """
        folder.mkdir(parents=True)
        if source.startswith("s3://"):
            return self._s3(source, folder)
        return self._local(Path(source), folder)

    def _local(self, path: Path, folder: Path) -> Attribution:
        if path.is_dir():
            files = sorted(item for item in path.iterdir() if item.suffix.lower() in _ENDINGS)
        elif path.is_file():
            files = [path]
        else:
            raise RefusedInput(f"source {path}: no such file or folder")
        if not files:
            raise RefusedInput(f"source {path}: no tables there ({', '.join(sorted(_ENDINGS))})")
        for file in files:
            shutil.copyfile(file, folder / file.name)
        return Attribution(source=str(path), retrieved_at=_now())

    def _s3(self, uri: str, folder: Path) -> Attribution:
        s3, (bucket, prefix) = self._aws.client("s3"), split(uri)
        keys = [key for key in list_keys(s3, uri) if Path(key).suffix.lower() in _ENDINGS]
        kept = [key for key in keys if key == prefix or prefix.endswith("/") or key.startswith(prefix + "/")]
        if not kept:
            raise RefusedInput(f"source {uri}: no tables there ({', '.join(sorted(_ENDINGS))})")
        for key in kept:
            s3.download_file(bucket, key, str(folder / Path(key).name))
        return Attribution(source=uri, retrieved_at=_now())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
