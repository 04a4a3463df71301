"""Stored predictions are fetched whole and as they were written, or not at all."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.errors import MlopsError, RefusedInput
from mlops.projects.names import Project
from mlops.runs.stored import StoredPredictions

PROJECT = Project("ward", "1" * 12)
FILES = {"predictions.csv": b"patient_id,p_stop\nP1,0.5\n", "predictions.parquet": b"PAR1"}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, with the project's bucket."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=PROJECT.data_bucket)
        yield client


@pytest.fixture
def stored(s3: Any) -> StoredPredictions:
    """What the project has stored."""
    aws: Any = type("Clients", (), {"client": lambda _self, _name: s3})()
    return StoredPredictions(aws, PROJECT)


def put(s3: Any, as_of: str, run: str, **metadata: Any) -> str:
    """A batch as a run stores it."""
    prefix = f"predictions/{as_of}/{run}"
    described = {name: {"sha256": hashlib.sha256(content).hexdigest()} for name, content in FILES.items()}
    for name, content in FILES.items():
        s3.put_object(Bucket=PROJECT.data_bucket, Key=f"{prefix}/{name}", Body=content)
    body = json.dumps({"rows": 1, "files": described, **metadata}).encode()
    s3.put_object(Bucket=PROJECT.data_bucket, Key=f"{prefix}/metadata.json", Body=body)
    return prefix


def test_a_batch_comes_with_all_its_files(s3: Any, stored: StoredPredictions, tmp_path: Path) -> None:
    """And with nothing else that lies there."""
    prefix = put(s3, "2024-06-20", "abc")
    s3.put_object(Bucket=PROJECT.data_bucket, Key=f"{prefix}/other.txt", Body=b"x")
    output = tmp_path / "new" / "folder"
    stored.fetch(stored.newest(), output)
    assert {it.name: it.read_bytes() for it in output.iterdir() if it.name != "metadata.json"} == FILES
    assert (output / "metadata.json").is_file()
    assert [it.name for it in output.parent.iterdir()] == ["folder"]


def test_the_newest_batch_of_a_day_is_taken(s3: Any, stored: StoredPredictions) -> None:
    """A batch without metadata is not complete, and others' folders below it are none."""
    put(s3, "2024-06-20", "one")
    put(s3, "2024-05-20", "two")
    s3.put_object(Bucket=PROJECT.data_bucket, Key="predictions/2024-07-20/half/predictions.csv", Body=b"")
    s3.put_object(Bucket=PROJECT.data_bucket, Key="predictions/2024-07-20/a/b/metadata.json", Body=b"{}")
    assert sorted((it.as_of, it.run) for it in stored.batches()) == [("2024-05-20", "two"), ("2024-06-20", "one")]
    assert stored.newest(date(2024, 6, 20)).run == "one"
    with pytest.raises(RefusedInput, match="no predictions as of 2024-07-20; there are some of 2024-05-20, 2024-06-20"):
        stored.newest(date(2024, 7, 20))


def test_a_project_without_predictions_says_how_to_make_some(s3: Any, stored: StoredPredictions) -> None:
    """In one line."""
    with pytest.raises(RefusedInput, match="ward has no stored predictions; 'mlops predict' makes some"):
        stored.newest()


@pytest.mark.parametrize("changed", [b"patient_id,p_stop\nP1,0.6\n", None])
def test_a_damaged_batch_leaves_nothing(
    s3: Any, stored: StoredPredictions, tmp_path: Path, changed: bytes | None
) -> None:
    """Another content, or a file that has gone: named, and the folder is not made."""
    place = {"Bucket": PROJECT.data_bucket, "Key": put(s3, "2024-06-20", "abc") + "/predictions.csv"}
    s3.delete_object(**place) if changed is None else s3.put_object(Body=changed, **place)
    told = "is missing" if changed is None else "is not what was written: SHA-256"
    with pytest.raises(MlopsError, match=f"abc/predictions.csv {told}"):
        stored.fetch(stored.newest(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_leads_elsewhere_is_refused(s3: Any, stored: StoredPredictions, tmp_path: Path) -> None:
    """Metadata name files beside them."""
    put(s3, "2024-06-20", "abc", files={"../out.csv": {"sha256": "0"}})
    with pytest.raises(MlopsError, match="which is no file beside it"):
        stored.fetch(stored.newest(), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(s3: Any, stored: StoredPredictions, tmp_path: Path) -> None:
    """An empty one is used."""
    put(s3, "2024-06-20", "abc")
    (tmp_path / "mine").write_text("mine")
    for output in (tmp_path, tmp_path / "mine"):
        with pytest.raises(RefusedInput, match="exists already: choose a new folder"):
            stored.fetch(stored.newest(), output)
    empty = tmp_path / "empty"
    empty.mkdir()
    stored.fetch(stored.newest(), empty)
    assert (empty / "predictions.csv").is_file()
