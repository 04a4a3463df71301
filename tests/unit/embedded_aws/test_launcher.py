"""Fork servers: jobs start in a process that waits for them, end with their exit code, and leave nothing behind."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_aws.box.view import Box, problem
from embedded_aws.sagemaker.jobs.images import THIS_INTERPRETER, Environment
from embedded_aws.sagemaker.jobs.launcher import BACKENDS, JobCommand, JobProcess, Launcher
from embedded_aws.sagemaker.jobs.workspace import Workspace

_PYTHON = Environment(THIS_INTERPRETER, ())
_WORKS = {"PATH": f"{Path(THIS_INTERPRETER).parent}:/usr/bin:/bin"}


@pytest.fixture(params=BACKENDS)
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    """One on each backend."""
    if request.param == "namespace" and problem():
        pytest.skip(f"NOT TESTED HERE: {problem()}")
    made = Launcher(request.param, Box())
    yield made
    made.close()


def _start(launcher: Launcher, folder: Path, text: str) -> tuple[JobProcess, Workspace]:
    space = Workspace(folder / f"job-{time.monotonic_ns()}", rewriting=False)
    script = space.root / "main.py"
    script.write_text(text)
    seen = "/opt/ml/main.py" if launcher.backend == "namespace" else str(script)
    command = JobCommand(space.folder.name, ["python3", seen], _WORKS, "/", space, isolated=True)
    return launcher.launch(_PYTHON, command), space


def _is_fork_server(pid: int) -> bool:
    """Other tests of this process have left children, too: the kernel of CDK's constructs has one of its own."""
    return b"zygote.py" in Path(f"/proc/{pid}/cmdline").read_bytes()


def _children() -> dict[int, list[int]]:
    """Processes by parent."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(") ", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
            found.setdefault(parent, []).append(int(entry.name))
    return found


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 0),
        ("raise SystemExit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137),
        ("raise ValueError", 1),
    ],
)
def test_exit_codes(launcher: Launcher, tmp_path: Path, text: str, code: int) -> None:
    """The script's, or 128 + signal."""
    assert _start(launcher, tmp_path, text)[0].exit.result(timeout=20) == code


def test_the_request_is_not_kept(launcher: Launcher, tmp_path: Path) -> None:
    """What a job is given lies on disk only until it begins."""
    job, space = _start(launcher, tmp_path, "")
    job.exit.result(timeout=20)
    assert not (space.folder / "request.json").exists()


def test_signals_reach_the_job(launcher: Launcher, tmp_path: Path) -> None:
    """SIGTERM can be heard, and ends whoever does not listen."""
    for heard, code in (("", 143), ("signal.signal(signal.SIGTERM, lambda *_: sys.exit(5))", 5)):
        text = f"import signal, sys, time\n{heard}\nprint('up', flush=True)\ntime.sleep(60)"
        job, space = _start(launcher, tmp_path, text)
        until = time.monotonic() + 20
        while not (space.log.exists() and "up" in space.log.read_text()):
            assert time.monotonic() < until
            time.sleep(0.01)
        job.signal(signal.SIGTERM)
        assert job.exit.result(timeout=20) == code


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="NOT TESTED HERE: no /proc to look at")
def test_nothing_waits_in_vain(launcher: Launcher, tmp_path: Path) -> None:
    """A waiting process that is killed is replaced; the end of the fork server is the end of it."""
    assert _start(launcher, tmp_path, "")[0].exit.result(timeout=20) == 0
    tree = _children()
    server = next(pid for pid in tree[os.getpid()] if tree.get(pid) and _is_fork_server(pid))
    (waiting,) = tree[server]
    os.kill(waiting, signal.SIGKILL)
    until = time.monotonic() + 20
    while not (now := [pid for pid in _children().get(server, []) if pid != waiting]):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert _start(launcher, tmp_path, "")[0].exit.result(timeout=20) == 0
    launcher.close()
    while any(Path(f"/proc/{pid}").exists() for pid in (server, *now)):
        assert time.monotonic() < until
        time.sleep(0.01)
