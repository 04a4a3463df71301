"""The cache that a team shares: downloads below ``sources/`` of the data sets' bucket, verified whenever they are taken.

``sources/content/<sha256>`` is written once, by whoever was first. What a URL leads to is a note below its writer's own id,
``sources/urls/<aws:userid>/<hash of the URL>.json``: only the hash of a content says what it is, so nobody takes somebody else's word
for what a source sends. The bucket's lifecycle rule takes all of it away after a month. URLs are kept by their hash and without
query, which may hold keys.
"""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path

from mlops.aws import Aws
from mlops.datasets.registry.manifest import file_hash
from mlops.datasets.registry.names import SOURCES, datasets_bucket
from mlops.datasets.sources.cache import Entry
from mlops.s3 import upload_once

_MISSING = {"NoSuchKey", "404"}


class Shared:
    """Contents that anybody has downloaded, and the URLs that the calling identity has."""

    def __init__(self, aws: Aws) -> None:
        self._aws, self._s3, self._bucket = aws, aws.client("s3"), datasets_bucket(aws.account)

    def entry(self, url: str) -> Entry | None:
        """What this identity has downloaded from the URL, on whatever machine; whether it is still that, only the source knows."""
        from botocore.exceptions import ClientError

        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=self._about(url))["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
        return replace(Entry(**json.loads(body)), url=url)

    def take(self, sha256: str, target: Path) -> bool:
        """Bring the content here, whoever has put it there; False where it is gone or is not what its name says."""
        from botocore.exceptions import ClientError

        try:
            self._s3.download_file(self._bucket, _content(sha256), str(target))
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return False
            raise
        if file_hash(target) == sha256:
            return True
        target.unlink()
        return False

    def put(self, entry: Entry, path: Path) -> None:
        """Let the others have a download; first the content, then the own note that points to it."""
        from mlops.datasets.sources.http import shown

        upload_once(self._s3, self._bucket, path, _content(entry.sha256), "application/octet-stream")
        body = json.dumps(asdict(replace(entry, url=shown(entry.url))))
        self._s3.put_object(Bucket=self._bucket, Key=self._about(entry.url), Body=body.encode())

    def _about(self, url: str) -> str:
        return f"{SOURCES}urls/{self._aws.user_id}/{hashlib.sha256(url.encode()).hexdigest()}.json"


def _content(sha256: str) -> str:
    return f"{SOURCES}content/{sha256}"
