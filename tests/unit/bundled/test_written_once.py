"""Code lies under its hash and is written once: what is there already has to be the same."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mlops.bundled.code_tree import digest, upload_tree

TREE = {"run.py": b"print(1)", "a/b.py": b""}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client, with a bucket that keeps versions."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="own")
        client.put_bucket_versioning(Bucket="own", VersioningConfiguration={"Status": "Enabled"})
        yield client


def test_a_tree_is_written_once(s3: Any) -> None:
    """The second time nothing is replaced, not even by the same bytes."""
    uri = upload_tree(s3, "own", TREE)
    assert upload_tree(s3, "own", TREE) == uri == f"s3://own/code/{digest(TREE)}/"
    assert len(s3.list_object_versions(Bucket="own")["Versions"]) == len(TREE)


def test_another_object_in_its_place_is_refused(s3: Any) -> None:
    """Its place is named; it is neither used nor replaced."""
    key = f"code/{digest(TREE)}/run.py"
    s3.put_object(Bucket="own", Key=key, Body=b"print('mine')")
    with pytest.raises(ValueError, match=f"s3://own/{key}: another object is there than its key says"):
        upload_tree(s3, "own", TREE)
    assert s3.get_object(Bucket="own", Key=key)["Body"].read() == b"print('mine')"
