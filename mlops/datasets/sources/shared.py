"""The cache that a team shares: downloads below ``sources/`` of the data sets' bucket, verified whenever they are taken.

``sources/content/<sha256>`` and ``sources/urls/<hash of the URL>.json``; the bucket's lifecycle rule takes them away after a month.
URLs are kept by their hash and without query, which may hold keys.
"""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mlops.datasets.registry.manifest import file_hash
from mlops.datasets.registry.names import SOURCES
from mlops.datasets.sources.cache import Entry

_MISSING = {"NoSuchKey", "404"}


class Shared:
    """Downloads of everybody who uses the bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3, self._bucket = s3, bucket

    def entry(self, url: str) -> Entry | None:
        """What somebody has downloaded from the URL; whether it is still that, only the source knows."""
        from botocore.exceptions import ClientError

        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=_about(url))["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
        return replace(Entry(**json.loads(body)), url=url)

    def take(self, entry: Entry, target: Path) -> bool:
        """Bring the content here; False where it is gone or is not what its name says."""
        from botocore.exceptions import ClientError

        try:
            self._s3.download_file(self._bucket, _content(entry.sha256), str(target))
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return False
            raise
        if file_hash(target) == entry.sha256:
            return True
        target.unlink()
        return False

    def put(self, entry: Entry, path: Path) -> None:
        """Let the others have a download; first the content, then what points to it."""
        from mlops.datasets.sources.http import shown

        self._s3.upload_file(str(path), self._bucket, _content(entry.sha256))
        body = json.dumps(asdict(replace(entry, url=shown(entry.url))))
        self._s3.put_object(Bucket=self._bucket, Key=_about(entry.url), Body=body.encode())


def _content(sha256: str) -> str:
    return f"{SOURCES}content/{sha256}"


def _about(url: str) -> str:
    return f"{SOURCES}urls/{hashlib.sha256(url.encode()).hexdigest()}.json"
