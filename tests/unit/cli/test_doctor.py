"""``mlops doctor``: whether an installation is sound, in a line each."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from mlops import aws
from mlops.cli.main import app
from mlops.errors import MlopsError
from mlops.platform import server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of an embedded AWS that runs."""
    monkeypatch.setattr(aws, "STATE_DIR", tmp_path)
    monkeypatch.setattr(server, "status", lambda _folder: SimpleNamespace(endpoint="http://127.0.0.1:1"))
    tmp_path.chmod(0o700)
    return tmp_path


def test_a_sound_installation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It runs, and nobody else can look into its state."""
    app(["doctor", "--json"], standalone_mode=False)
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [(it["check"], it["sound"]) for it in checks] == [
        ("embedded AWS", True),
        ("state folder", True),
        ("git", True),
    ]


def test_a_folder_that_others_can_look_into(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Named, with its mode; the exit code is 1."""
    folder.chmod(0o755)
    with pytest.raises(MlopsError, match="not as it should be: state folder") as error:
        app(["doctor"], standalone_mode=False)
    assert error.value.exit_code == 1
    assert "0755, others can look into it" in capsys.readouterr().out


def test_nothing_runs(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What to do is said."""
    monkeypatch.setattr(server, "status", lambda _folder: None)
    with pytest.raises(MlopsError, match="embedded AWS"):
        app(["doctor"], standalone_mode=False)
    assert "'mlops up' starts it" in capsys.readouterr().out
