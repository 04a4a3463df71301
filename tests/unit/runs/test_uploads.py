"""Uploads of tables are written once: nobody replaces what a run is about to read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.errors import MlopsError, RefusedInput
from mlops.runs.datasets import upload_folder


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, with the project's bucket."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="own")
        client.put_bucket_versioning(Bucket="own", VersioningConfiguration={"Status": "Enabled"})
        yield client


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Two tables."""
    for name in ("fills", "patients"):
        (tmp_path / f"{name}.csv").write_text(f"id\n{name}\n")
    return tmp_path


def test_the_same_tables_are_uploaded_once(s3: Any, tables: Path) -> None:
    """Again they are the same data set, and no second version of any object."""
    first = upload_folder(s3, "own", tables)
    assert upload_folder(s3, "own", tables) == first
    found = s3.list_object_versions(Bucket="own")["Versions"]
    assert sorted(it["Key"].rsplit("/", 1)[-1] for it in found) == ["fills.csv", "patients.csv"]


def test_another_file_in_its_place_is_refused(s3: Any, tables: Path) -> None:
    """Somebody was there first: its name and place, and nothing starts on it."""
    key = f"datasets/{upload_folder(s3, 'own', tables).id}/fills.csv"
    s3.put_object(Bucket="own", Key=key, Body=b"id\nmine\n")
    with pytest.raises(MlopsError, match=f"s3://own/{key}: there is another file than .*fills.csv"):
        upload_folder(s3, "own", tables)


def test_a_folder_without_tables_is_refused(s3: Any, tmp_path: Path) -> None:
    """Before anything is sent."""
    with pytest.raises(RefusedInput, match="no folder with CSV files"):
        upload_folder(s3, "own", tmp_path / "nowhere")
