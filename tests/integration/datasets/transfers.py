"""Downloads in small pieces: boto3's own threshold lowered, here and in every program that is started meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from boto3.s3.transfer import TransferConfig

VARIABLE = "DATASET_TRANSFER_BYTES"  # makes the tests of this folder fetch what is larger in pieces of so many bytes
_PROGRAM = """
import os
from boto3.s3.transfer import TransferConfig
size, (_, threads, _, *rest) = int(os.environ["{variable}"]), TransferConfig.__init__.__defaults__
TransferConfig.__init__.__defaults__ = (size, threads, size, *rest)
"""


@contextmanager
def in_pieces(size: int, folder: Path) -> Iterator[None]:
    """While it lasts; ``folder`` is for what other programs load."""
    before = TransferConfig.__init__.__defaults__
    assert before is not None
    _, threads, _, *rest = before
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_PROGRAM.format(variable=VARIABLE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(size))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]))
        patch.setattr(TransferConfig.__init__, "__defaults__", (size, threads, size, *rest))
        assert TransferConfig().multipart_threshold == size
        yield
