"""Any bytes can be an object: the server looks into requests of the services that it judges by content only."""

from pathlib import Path

import pytest

from mlops.aws import local
from mlops.platform import server


@pytest.mark.parametrize("first", [0xA1, 0xA7, 0xBF])
def test_objects_may_begin_like_cbor(tmp_path: Path, first: int) -> None:
    """A compiled Python file (0xA7) or another binary is stored and comes back as it was."""
    body = bytes([first, 0x41, 0x78, 0x41, 0x79, 0x0D, 0x0A])
    with server.start(tmp_path / "aws", persist=False, owner=True) as running:
        s3 = local(running).client("s3")
        s3.create_bucket(Bucket="binary")
        s3.put_object(Bucket="binary", Key="k", Body=body)
        assert s3.get_object(Bucket="binary", Key="k")["Body"].read() == body
