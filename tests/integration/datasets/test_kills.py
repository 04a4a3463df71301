"""Whatever instant an import is killed at: nothing half-written is visible, and importing again gives the same version."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from mlops.adherence.synthetic import simulate
from mlops.aws import Aws
from mlops.datasets.registry.registry import Registry
from tests.integration.desk import points_at

pytestmark = pytest.mark.xdist_group("datasets")


@pytest.fixture(scope="module")
def home(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a data set whose import takes about a second."""
    folder = tmp_path_factory.mktemp("kills")
    points_at(folder / ".mlops", aws)
    simulate(300, 4).extract(date(2023, 6, 1), folder / "data")
    return folder


def start(home: Path, name: str) -> "subprocess.Popen[bytes]":
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    command = [sys.executable, "-m", "mlops", "dataset", "import", "data", "--name", name, "--json"]
    return subprocess.Popen(command, cwd=home, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def whole(home: Path) -> tuple[str, float]:
    """The id that an undisturbed import gives, and the seconds that it takes."""
    began = time.monotonic()
    output, error = start(home, "undisturbed").communicate(timeout=120)
    assert output, error
    return str(json.loads(output)["id"]), time.monotonic() - began


@pytest.mark.parametrize("share", [0.5, 0.65, 0.8, 0.9, 0.97])
def test_kill_9(aws: Aws, home: Path, whole: tuple[str, float], share: float) -> None:
    """kill -9 after a share of the usual time: either the whole version is there or none; a second import completes it."""
    identifier, seconds = whole
    name = f"killed-{round(share * 100)}"
    child = start(home, name)
    time.sleep(seconds * share)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    registry = Registry(aws)
    for version in registry.versions(name):
        assert version.manifest.id == identifier
        registry.download(version, home / f"check-{name}")
    output, error = start(home, name).communicate(timeout=120)
    assert output, error
    assert [(it.alias, it.manifest.id) for it in registry.versions(name)] == [("v1", identifier)]
    registry.download(registry.find(name), home / f"again-{name}")
    assert {path.read_bytes() for path in (home / f"again-{name}").iterdir()} == {
        path.read_bytes() for path in (home / "data").iterdir()
    }
