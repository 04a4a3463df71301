"""Fixtures that several kinds of tests share, and the order of the test files."""

from functools import cache

import botocore.loaders
import pytest

from tests.integration.commands import command
from tests.integration.desk import desk, patients

__all__ = ["command", "desk", "patients"]
# sessions of all tests share what is read of botocore's models: reading them took most of many a test's time
botocore.loaders.create_loader = cache(botocore.loaders.create_loader)  # type: ignore[assignment]
_LONG = ("tests/integration/", "tests/faults/", "tests/security/", "tests/infrastructure/", "seed_code/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders of long files first, with xdist's ``--no-loadscope-reorder``: no worker waits long for the other's last file."""
    items.sort(key=lambda item: next((at for at, name in enumerate(_LONG) if item.nodeid.startswith(name)), len(_LONG)))
