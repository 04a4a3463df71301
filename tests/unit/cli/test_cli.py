"""The command line as a user meets it: help, start-up, one-line errors and exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def mlops(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    command = [sys.executable, "-m", "mlops", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=clean | environment, input="", capture_output=True, text=True, timeout=60, check=False
    )


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    """``mlops --help`` loads no boto3, pandas, numpy, xgboost or ministack."""
    probe = (
        "import sys, mlops.cli.main; "
        "print([m for m in ('boto3','botocore','pandas','numpy','xgboost','ministack','pyarrow','rich.live') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", [["run", "list"], ["model", "list", "adherence"], ["train", "x", "--data", "."]])
def test_without_a_server_one_line_says_what_to_do(tmp_path: Path, command: list[str]) -> None:
    """A command that needs the embedded AWS ends with exit code 1 and names 'mlops up'."""
    done = mlops(*command, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines() == ["error: no embedded AWS is running in .mlops/: start it with 'mlops up'"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["run", "definition", "missing.json"], "missing.json: no such file"),
        (["project", "create", "x", "--param", "OnDrift"], "--param OnDrift"),
        (["--target", "moon", "run", "list"], "--target moon"),
        (["predict", "x", "--data", ".", "--as-of", "tomorrow"], "tomorrow"),
        (["run", "list", "--as", "root"], "--as root"),
        (["fly"], "fly"),
        (["model", "approve", "x", "1", "--reason", " "], "--reason says nothing"),
        (["model", "rollback", "x", "--reason", ""], "--reason says nothing"),
        (["dataset", "reject", "x", "--reason", ""], "--reason says nothing"),
        (["run", "release", "x", "--reason", ""], "--reason says nothing"),
    ],
)
def test_wrong_usage_is_refused(tmp_path: Path, command: list[str], words: str) -> None:
    """What the user got wrong is named in one line, with exit code 2."""
    done = mlops(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr


def test_status_without_a_server(tmp_path: Path) -> None:
    """``mlops status`` answers without a server and leaves nothing behind."""
    done = mlops("status", cwd=tmp_path)
    assert done.returncode == 0
    assert "not running" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_versions_state_folder_is_tightened(tmp_path: Path) -> None:
    """Any command closes a state folder that others could enter; what commands write is their user's alone."""
    (tmp_path / ".mlops").mkdir(mode=0o755)
    assert mlops("status", cwd=tmp_path).returncode == 0
    assert (tmp_path / ".mlops").stat().st_mode & 0o777 == 0o700
    probe = "import os, mlops.cli.main as it; it.app = lambda **_: os.close(os.open('made', os.O_CREAT)); it.main()"
    subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, check=True)
    assert (tmp_path / "made").stat().st_mode & 0o077 == 0


def test_no_answer_is_no_consent(tmp_path: Path) -> None:
    """The input ends where a command asks: nothing is done, one line, exit code 2."""
    (tmp_path / ".mlops").mkdir()
    (tmp_path / ".mlops" / "kept").touch()
    done = mlops("down", "--wipe", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "error: no answer, so nothing was done (--yes does not ask)"
    assert (tmp_path / ".mlops" / "kept").exists()


@pytest.mark.parametrize(
    ("command", "state", "words"),
    [
        (["status"], "a-file", "a-file/server.json: Not a directory (the state folder is "),
        (["up"], "nowhere/state", "nowhere/state"),
        (["browse", "ward", "--port", "80000"], "state", "'--port'"),
        (["up", "--port", "80000"], "state", "'--port'"),
    ],
)
def test_a_bad_state_folder_or_port_is_refused_in_one_line(
    tmp_path: Path, command: list[str], state: str, words: str
) -> None:
    """With what to change."""
    (tmp_path / "a-file").touch()
    (tmp_path / "nowhere").touch()
    done = mlops(*command, cwd=tmp_path, MLOPS_STATE_DIR=str(tmp_path / state))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert words in done.stderr


def test_a_damaged_note_of_the_server_says_what_to_do(tmp_path: Path) -> None:
    """It is written anew by the next start."""
    (tmp_path / ".mlops").mkdir()
    (tmp_path / ".mlops" / "server.json").write_text("{")
    done = mlops("run", "list", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "error: .mlops/server.json is damaged: 'mlops up' writes it anew\n"


def test_the_state_of_a_parent_folder_is_found(tmp_path: Path) -> None:
    """The nearest one with an embedded AWS; a folder of that name without one is passed over."""
    probe = "from mlops.aws import STATE_DIR; print(STATE_DIR)"
    deep = tmp_path / "one" / "two"
    for folder in (tmp_path / ".mlops", deep / ".mlops"):
        folder.mkdir(parents=True)
    (tmp_path / ".mlops" / "root-secret").touch()

    def found(cwd: Path) -> str:
        clean = {key: value for key, value in os.environ.items() if not key.startswith("MLOPS_")}
        done = subprocess.run(
            [sys.executable, "-c", probe], cwd=cwd, env=clean, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert (found(deep), found(tmp_path)) == ("../../.mlops", ".mlops")
    (deep / ".mlops" / "root-secret").touch()
    assert found(deep) == ".mlops"


@pytest.mark.parametrize(
    "after", ["raise RuntimeError('Query interrupted') from None", "raise typer.Abort from None", "raise"]
)
def test_ctrl_c_is_one_word_whatever_becomes_of_it(tmp_path: Path, after: str) -> None:
    """Libraries in C make another error of it, prompts the one of an ended input."""
    program = f"""
import os, signal, sys, time, typer
from mlops.cli import main
@main.app.command()
def wait():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(30)
    except KeyboardInterrupt:
        {after}
sys.argv = ["mlops", "wait"]
main.main()
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
