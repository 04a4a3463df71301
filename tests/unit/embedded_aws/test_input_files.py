"""Where a job's input goes: S3 takes keys that no file can have, and what a caller hears of them names none of the host's paths."""

import io
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.endpoint import Endpoint
from embedded_aws.gateway import Gateway
from embedded_aws.service import ServiceError, internal
from mlops.errors import RefusedInput
from mlops.s3 import download

KEYS = (
    "d/../../outside",
    "d/a/../../../outside",
    "d/.",
    "d/..",
    "d/patients.csv/x",
    "d/" + "x" * 300 + ".csv",
    "d/a\x00b",
)


class _S3:
    """As much of S3 as a download uses: these keys, each with one byte."""

    def __init__(self, *keys: str) -> None:
        self._keys = sorted(keys)

    def get_paginator(self, _name: str) -> "_S3":
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:
        """One page."""
        return [{"Contents": [{"Key": key, "ETag": "e"} for key in self._keys if key.startswith(Prefix)]}]

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(b"1")}

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(b"1")


class _Here(Gateway):
    """A gateway to it."""

    def __init__(self, s3: _S3) -> None:
        super().__init__(Endpoint("http://localhost:1", ""), "000000000000", "us-east-1")
        self._s3 = s3

    def client(self, service: str) -> Any:
        """S3's."""
        assert service == "s3"
        return self._s3


@pytest.mark.parametrize("key", KEYS)
def test_a_key_that_is_no_files_path_is_refused(key: str, tmp_path: Path) -> None:
    """In the words of a data download that fails; the key is told, the host's path is not, and nothing lies elsewhere."""
    with pytest.raises(ServiceError) as told:
        _Here(_S3("d/patients.csv", key)).download("s3://b/d/", tmp_path / "in")
    assert told.value.code == "ClientError"
    assert told.value.message == f"Data download failed: the key {key!r} is no file's path in the input folder"
    assert {path.name for path in tmp_path.rglob("*")} <= {"in", "patients.csv", "a"}


def test_a_fault_of_the_host_names_none_of_its_paths(tmp_path: Path) -> None:
    """The path is in the server's log."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(FileExistsError) as raised:
        (tmp_path / "taken").mkdir()
    assert internal(raised.value) == "InternalServerError: FileExistsError: File exists"
    assert internal(RuntimeError("lost")) == "InternalServerError: RuntimeError: lost"


def test_a_download_stays_in_its_folder(tmp_path: Path) -> None:
    """The library's own, to a person's machine."""
    with pytest.raises(RefusedInput, match="is no file's path below it"):
        download(_S3("d/../../outside"), "s3://b/d/", tmp_path / "in")
    assert list(tmp_path.rglob("outside")) == []
