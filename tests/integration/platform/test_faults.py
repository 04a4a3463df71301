"""A server that is killed while a project is being made."""

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

from botocore.exceptions import BotoCoreError

from mlops.aws import local
from mlops.platform import server
from mlops.platform.assembly import load
from mlops.platform.deployer import Deployer
from mlops.projects.catalog import Projects
from tests.integration.platform.earlier import EARLIER, with_earlier


def test_killed_creation_can_be_removed(tmp_path: Path) -> None:
    """After the restart the project says what happened, and deleting it leaves none; the finished project is untouched."""
    running = server.start(tmp_path, owner=True)
    with running:
        root = local(running)
        Deployer(root).deploy(with_earlier(load()))
        projects = Projects(root)
        projects.create("done", "ml-project")
        making = threading.Thread(target=_create, args=(projects, "killed"), daemon=True)
        making.start()
        while projects.find("killed") is None:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGKILL)
    with server.start(tmp_path, owner=True) as again:
        projects = Projects(local(again))
        found = projects.get("killed")
        assert (found.status, found.message) == ("ERROR", "the embedded AWS was stopped during this change")
        projects.delete("killed")
        assert [item.name for item in projects.all()] == ["done"]
        assert projects.upgrade("done", EARLIER).version == EARLIER


def _create(projects: Projects, name: str) -> None:
    with contextlib.suppress(BotoCoreError):  # the connection breaks when the server is killed
        projects.create(name, "ml-project")
