"""Fixtures that several kinds of tests share, the order of the test files, and which of them stay together."""

from functools import cache
from typing import Any

import botocore.loaders
import pytest

from tests.integration.commands import command
from tests.integration.desk import desk, patients

__all__ = ["command", "desk", "patients"]
# sessions of all tests share what is read of botocore's models: reading them took most of many a test's time
botocore.loaders.create_loader = cache(botocore.loaders.create_loader)  # type: ignore[assignment]
_TOGETHER = (
    "tests/acceptance/",
    "tests/integration/datasets/",
    "tests/integration/executor/",
    "tests/integration/services/",
)
_LONG = ("tests/integration/", "tests/faults/", "tests/security/", "tests/infrastructure/", "seed_code/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folders of long files first, with xdist's ``--no-loadscope-reorder``: no worker waits long for the other's last file."""
    items.sort(key=lambda item: next((at for at, name in enumerate(_LONG) if item.nodeid.startswith(name)), len(_LONG)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """``--dist loadfile``, but the files of folders that share one embedded AWS run in one worker, so that there is one."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return next((folder for folder in _TOGETHER if file.startswith(folder)), file)

    return Scheduling(config, log) if config.getoption("dist") == "loadfile" else None
