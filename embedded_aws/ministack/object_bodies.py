"""Objects of MiniStack's S3 on disk: written whole or not at all, verified when they are read; what could not be written is told.

MiniStack writes bytes and sidecar one after the other, passes over what a full disk refuses, and gives an empty body where it finds none.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.core import responses
from ministack.services import s3

from embedded_aws.ministack import object_reads
from embedded_aws.objects import Bodies, DamagedObject
from embedded_aws.service import Document


class ObjectFiles:
    """What was written since the last call of ``taken``, and the first error."""

    def __init__(self) -> None:
        self._bodies = Bodies()
        self._written: list[str] = []
        self._error: OSError | None = None

    def taken(self) -> list[str]:
        """Paths of the files written since the last call.

        Raises:
            OSError: one could not be.
        """
        written, error, self._written, self._error = self._written, self._error, [], None
        if error is not None:
            raise error
        return written

    def persisting(self, _known: Any) -> Callable[[str, str, Document], None]:
        """In place of MiniStack's ``_persist_object``."""

        def persist(bucket: str, key: str, obj: Document) -> None:
            path = s3._object_disk_path(bucket, key)
            meta = {**s3._object_meta_from_record(obj), **s3._key_history_meta(bucket, key), "key": key}
            try:
                Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._written += self._bodies.replace(path, obj.get("body"), json.dumps(meta))
                base = str(Path(s3.DATA_DIR, responses.get_account_id(), bucket))
                s3._remove_key_files(s3._other_key_disk_path(base, key, path))
            except OSError as error:
                self._error = self._error or error
                return
            obj["body"] = None  # it is on disk

        return persist

    def writing(self, known: Callable[..., None]) -> Callable[..., None]:
        """MiniStack's ``_atomic_write``, whose errors its callers pass over."""

        def write(path: str, data: Any, *, text: bool = False) -> None:
            try:
                known(path, data, text=text)
            except OSError as error:
                self._error = self._error or error
                raise
            self._written.append(path)

        return write

    def reading(self, _known: Any) -> Callable[[str, str, Document], bytes]:
        """In place of MiniStack's ``_read_body``: of the current object."""

        def read(bucket: str, key: str, obj: Document) -> bytes:
            if obj.get("body") is not None:
                return bytes(obj["body"])
            if not s3.S3_PERSIST:
                return b""
            return self._read(bucket, key, obj.get("version_id") or "", s3._object_disk_path(bucket, key), obj)

        return read

    def reading_version(self, known: Callable[..., bytes | None]) -> Callable[..., bytes | None]:
        """MiniStack's ``_version_body``: of any version."""

        def read(bucket: Document, name: str, key: str, entry: Document) -> bytes | None:
            version = entry["version_id"]
            if entry.get("data") is None and s3.S3_PERSIST and s3._version_file_exists(name, key, version):
                return self._read(name, key, version, s3._version_disk_path(name, key, version), entry)
            return known(bucket, name, key, entry)

        return read

    def _read(self, bucket: str, key: str, version: str, path: str, entry: Document) -> bytes:
        try:
            return self._bodies.read(path, entry["size"], entry["etag"], object_reads.parts(bucket, key, version))
        except ValueError as error:
            raise DamagedObject(bucket, key, version, path, str(error)) from error
