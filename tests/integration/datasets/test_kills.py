"""Whatever instant an import is killed at: nothing half-written is visible, and importing again gives the same version."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mlops.adherence.synthetic import simulate
from mlops.aws import Aws
from mlops.datasets.registry.registry import Registry
from tests.integration.datasets.test_registry import load, tables
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


@pytest.mark.parametrize("share", [0.8, *(pytest.param(it, marks=pytest.mark.long) for it in (0.5, 0.65, 0.9, 0.97))])
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


class Killed(BaseException):
    """No handler of the program's stops it."""


@dataclass(frozen=True)
class Dying(Aws):
    """An identity whose program is gone before one of its writes to S3: that request and all later ones are never sent."""

    after: int = 0  # writes that still reach S3
    written: list[str] = field(default_factory=list)

    def client(self, service: str) -> Any:
        made = super().client(service)
        made.meta.events.register("before-send.s3", self._sends)
        return made

    def _sends(self, request: Any, **_: Any) -> None:
        if request.method in {"PUT", "POST"}:
            self.written.append(request.url)
        if len(self.written) > self.after:
            raise Killed(request.url)


def visible(aws: Aws, name: str, source: Path, folder: Path) -> list[str]:
    """Aliases of the data set that anybody sees; each is whole, byte for byte."""
    registry = Registry(aws)
    versions = registry.versions(name)
    assert (name in registry.names()) == bool(versions)
    for version in versions:
        found = registry.download(version, folder / version.alias)
        assert {it.name: it.read_bytes() for it in found.iterdir()} == {
            it.name: it.read_bytes() for it in source.iterdir()
        }
        assert registry.schema(version).tables
        assert registry.reviews(version).status() == "Pending"
    return [version.alias for version in versions]


def test_an_import_that_ends_before_any_of_its_writes_shows_all_or_nothing(
    aws: Aws, scientist: Aws, tmp_path: Path
) -> None:
    """Killed before the first, the second, ... the last object: nobody sees a part, and importing again makes the whole of it."""
    source = tables(tmp_path / "in")
    for after in range(100):
        name, folder = f"cut-{after}", tmp_path / str(after)
        dying = Dying(scientist.region, scientist.endpoint, scientist.credentials, after=after)
        try:
            load(dying, source, name, folder / "work")
        except Killed:
            assert len(visible(aws, name, source, folder / "seen")) <= 1
            load(scientist, source, name, folder / "again")
            assert visible(aws, name, source, folder / "whole") == ["v1"]
            continue
        break
    assert after == len(dying.written) > len(list(source.iterdir()))
