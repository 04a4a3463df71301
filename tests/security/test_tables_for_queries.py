"""Tables for Athena: one that somebody has made before, with its links elsewhere, is told and not passed off as the version's."""

import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.datasets.lineage.glue import publish
from mlops.datasets.registry.names import GLUE_DATABASE
from mlops.datasets.registry.registry import Registry
from mlops.errors import MlopsError

BUCKET, ID = "mlops-datasets-1", "0123456789ab"
VERSION: Any = SimpleNamespace(
    manifest=SimpleNamespace(name="story", id=ID, files=[SimpleNamespace(path="fills.csv")]),
    id=f"story@{ID}",
    alias="v1",
)
LINK = f"datasets/story/{ID}/glue/fills/symlink.txt"


class Shelf(Registry):
    """A registry with one version, which has one table."""

    def __init__(self) -> None:
        self.bucket = BUCKET
        self._s3 = boto3.client("s3", region_name="us-east-1")

    def client(self, service: str) -> Any:
        """On moto."""
        return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]

    def schema(self, version: Any) -> Any:
        """One table without fields."""
        del version
        return SimpleNamespace(tables=[SimpleNamespace(path="fills.csv", name="fills", by_name={})])

    def header(self, version: Any, path: str) -> list[str]:
        """Of the table."""
        del version, path
        return ["patient_id"]


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    """S3 and Glue."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        made = Shelf()
        made.client("s3").create_bucket(Bucket=BUCKET)
        made.client("glue").create_database(DatabaseInput={"Name": GLUE_DATABASE})
        yield made


def test_the_same_tables_again_are_the_versions(shelf: Shelf) -> None:
    """Every import publishes; who publishes again finds what is there."""
    assert publish(shelf, VERSION) == publish(shelf, VERSION) == ["story_v1_fills"]


def test_a_table_that_leads_elsewhere_is_told(shelf: Shelf) -> None:
    """With the version's own id in it, as whoever has made it could write."""
    (name,) = publish(shelf, VERSION)
    glue = shelf.client("glue")
    made = glue.get_table(DatabaseName=GLUE_DATABASE, Name=name)["Table"]
    storage = made["StorageDescriptor"] | {"Location": f"s3://{BUCKET}/datasets/mine/"}
    glue.delete_table(DatabaseName=GLUE_DATABASE, Name=name)
    false = {"Name": name, "Parameters": made["Parameters"], "StorageDescriptor": storage}
    glue.create_table(DatabaseName=GLUE_DATABASE, TableInput=false)
    with pytest.raises(MlopsError, match="is there already and not of"):
        publish(shelf, VERSION)


def test_links_of_somebody_else_are_told(shelf: Shelf) -> None:
    """Put there before the table was made."""
    false = io.BytesIO(f"s3://{BUCKET}/datasets/mine/x.csv\n".encode())
    shelf.client("s3").put_object(Bucket=BUCKET, Key=LINK, Body=false)
    with pytest.raises(MlopsError, match=r"another glue/fills/symlink\.txt lies there"):
        publish(shelf, VERSION)
