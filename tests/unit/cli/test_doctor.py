"""``mlops doctor``: whether an installation is sound, in a line each."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from embedded_aws.journal import Journal
from mlops import aws
from mlops.cli.main import app
from mlops.errors import MlopsError
from mlops.platform import server
from mlops.platform.checkup import local as checkup_local


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of an embedded AWS that runs."""
    monkeypatch.setattr(aws, "STATE_DIR", tmp_path)
    monkeypatch.setattr(server, "status", lambda _folder: SimpleNamespace(endpoint="http://127.0.0.1:1", pid=1))
    monkeypatch.setattr(checkup_local, "deployed_checks", lambda _folder: [])
    tmp_path.chmod(0o700)
    return tmp_path


def test_a_sound_installation(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It runs, and nobody else can look into its state."""
    app(["doctor", "--json"], standalone_mode=False)
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [(it["check"], it["sound"]) for it in checks] == [
        ("embedded AWS", True),
        ("state folder", True),
        ("disk", True),
        ("state files", True),
        ("objects", True),
        ("git", True),
    ]


def test_a_folder_that_others_can_look_into(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Named, with its mode; the exit code is 1."""
    folder.chmod(0o755)
    with pytest.raises(MlopsError, match="not as it should be: state folder") as error:
        app(["doctor"], standalone_mode=False)
    assert error.value.exit_code == 1
    assert "0755: others can look into it" in capsys.readouterr().out


def test_nothing_runs(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What to do is said."""
    monkeypatch.setattr(server, "status", lambda _folder: None)
    with pytest.raises(MlopsError, match="embedded AWS"):
        app(["doctor"], standalone_mode=False)
    assert "'mlops up' starts it" in capsys.readouterr().out


def test_damage_and_what_was_left_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged snapshot, a damaged object, a record of a process that is gone and folders of jobs: each with its remedy."""
    monkeypatch.setattr(server, "status", lambda _folder: None)
    Journal(folder / "state" / "control").close()
    (folder / "state" / "control" / "1.snapshot").write_bytes(b"junk\n")
    bucket = folder / "s3" / "000000000000" / "b"
    bucket.mkdir(parents=True)
    (bucket / "k").write_bytes(b"x")
    (bucket / "k.meta.json").write_text('{"size": 2, "etag": "0"}')
    (folder / "server.json").write_text('{"pid": 4711}')
    (folder / "jobs" / "one").mkdir(parents=True)
    found = {it.name: it for it in checkup_local.local_checks(folder) if it.state == "WRONG"}
    assert {name: it.remedy for name, it in found.items() if name != "disk"} == {
        "embedded AWS": "'mlops up' starts it",
        "state files": "'mlops down', then 'mlops doctor --repair'",
        "objects": "store it again, or bring the file back from a backup",
        "stale record": "'mlops up' replaces it",
        "orphaned jobs": "'mlops up' removes them",
    }
    assert "1.snapshot: damaged: line 1 of 1" in found["state files"].found
    assert "1 bytes are there, 2 were stored" in found["objects"].found
    assert "process 4711" in found["stale record"].found
