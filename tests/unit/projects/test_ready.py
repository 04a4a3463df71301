"""``requirements/ready.py``: does this Python have what the locks name?"""

import importlib.util
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "requirements" / "ready.py"


@pytest.fixture(scope="module")
def ready() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("ready", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_this_environment_has_what_the_locks_name(ready: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """It was made from them."""
    assert ready.main(["runtime", "dev"]) == 0
    words = capsys.readouterr().out.split()
    assert words[0] == words[2]


def test_versions_and_markers_are_read(ready: ModuleType) -> None:
    """Hashes and comments are no entries; what is meant for another system is not asked for."""
    text = """# a comment
boto3==1.2.3 \\
    --hash=sha256:00
colorama==0.4.6 ; sys_platform == 'nowhere' \\
    --hash=sha256:11
ibis-framework==12.0.0 ; sys_platform != 'nowhere' \\
    --hash=sha256:22
"""
    assert list(ready.locked(text)) == [("boto3", "1.2.3"), ("ibis-framework", "12.0.0")]


def test_what_differs_is_named(ready: ModuleType) -> None:
    """Another version, and a library that is not there."""
    here = metadata.version("pytest")
    found = list(ready.differing(iter([("pytest", here), ("pytest", "0.1"), ("no-such-library", "1")])))
    assert found == [f"pytest is {here}, not 0.1", "no-such-library 1 is not installed"]


def test_another_environment_is_not_ready(
    ready: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bare Python cannot even read markers: it says so and is not ready."""
    monkeypatch.setitem(sys.modules, "packaging.markers", None)
    assert ready.main(["runtime"]) == 1
    assert "cannot read the locks" in capsys.readouterr().out
