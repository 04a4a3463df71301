"""Start, find and stop the embedded AWS: one child process on a loopback port, its state in one folder."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from embedded_aws import private
from embedded_aws.endpoint import HEALTH
from embedded_aws.errors import AlreadyRuns, DamagedState, EmbeddedAwsError, Refused
from embedded_aws.settings import Settings

_START_TIMEOUT, _STOP_TIMEOUT = 30.0, 8.0  # seconds
REFUSED = 3  # exit code of the process; the reason is the last line of its log
_OWNED = (
    private.ROOT_SECRET,
    "server.json",
    "server.lock",
    "start.lock",
    "ready",
    "state",
    "s3",
    "jobs",
    "builds",
    "logs",
    "tmp",
    "outbox",
)


@dataclass
class Running:
    """A running embedded AWS; as a context manager it is stopped at the end."""

    endpoint: str
    pid: int
    state_dir: Path
    _child: "subprocess.Popen[bytes] | None" = None
    _owner_end: int | None = None

    @property
    def root_secret(self) -> str:
        """With what the account's root signs; only the owner of the state folder can read it."""
        return private.root_secret(self.state_dir)

    def stop(self) -> None:
        """Stop it and wait until it has gone (SIGTERM, then SIGKILL)."""
        _end(self.pid, self._child)
        if self._owner_end is not None:
            os.close(self._owner_end)
            self._owner_end = None
        (self.state_dir / "server.json").unlink(missing_ok=True)

    def __enter__(self) -> "Running":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(
    state_dir: Path,
    *,
    persist: bool = True,
    port: int | None = None,
    owner: bool = False,
    settings: Settings | None = None,
    hidden: Sequence[str] = (),
) -> Running:
    """Start an embedded AWS on ``state_dir``; with ``owner`` it also ends when the calling process does.

    ``hidden`` are prefixes of the caller's environment variables that the server and its jobs do not get.

    Raises:
        AlreadyRuns: one runs on this folder. Refused: the port is taken. DamagedState: what is kept there cannot be read.
        EmbeddedAwsError: it did not come up; the message names its log.
    """
    private.folder(state_dir)
    with _starting(state_dir):
        if status(state_dir) is not None:
            raise AlreadyRuns(f"an embedded AWS runs on {state_dir}/ already")
        return _start(state_dir, port, settings or Settings(), hidden, persist=persist, owner=owner)


@contextlib.contextmanager
def _starting(state_dir: Path) -> Iterator[None]:
    """One start at a time on a folder: the next one finds the server that the first has started."""
    with open(state_dir / "start.lock", "w", opener=private.opened) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(
    state_dir: Path, port: int | None, settings: Settings, hidden: Sequence[str], *, persist: bool, owner: bool
) -> Running:
    number = _free_port(port)
    private.folder(state_dir / "logs")
    command = [sys.executable, "-P", "-m", "embedded_aws.process", "--state-dir", str(state_dir.resolve())]
    command += ["--port", str(number), *(["--persist"] if persist else [])]
    command += ["--settings", settings.to_json()]
    read_end, write_end = os.pipe() if owner else (None, None)
    if read_end is not None:
        command += ["--owner-pipe", str(read_end)]
    opened = os.open(state_dir / "logs" / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(opened, "ab") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_clean_environment(hidden),
            start_new_session=True,  # Ctrl-C reaches us, and we stop the server
            umask=0o077,
            pass_fds=() if read_end is None else (read_end,),
        )
    if read_end is not None:
        os.close(read_end)
    running = Running(f"http://127.0.0.1:{number}", child.pid, state_dir, child, write_end)
    try:
        _wait_until_up(child, number, state_dir)
    except BaseException:
        running.stop()
        raise
    record = {"pid": child.pid, "port": number, "endpoint": running.endpoint, "started_at": time.time()}
    temporary = state_dir / "server.json.tmp"
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(record, file)
    temporary.replace(state_dir / "server.json")
    return running


def status(state_dir: Path) -> Running | None:
    """The embedded AWS that runs on ``state_dir``, or None; a stale record is removed."""
    try:
        record = json.loads((state_dir / "server.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    if _locked(state_dir) and answers(record["port"]):
        return Running(record["endpoint"], record["pid"], state_dir)
    if not _locked(state_dir):
        (state_dir / "server.json").unlink(missing_ok=True)
    return None


def stop(state_dir: Path) -> bool:
    """Stop what runs on ``state_dir``; False where nothing did."""
    running = status(state_dir)
    if running is not None:
        running.stop()
    return running is not None


def wipe(state_dir: Path) -> None:
    """Delete the state of a stopped embedded AWS (and nothing else in the folder).

    Raises:
        Refused: it is running.
    """
    if status(state_dir) is not None:
        raise Refused(f"the embedded AWS on {state_dir}/ is running; stop it first")
    for name in _OWNED:
        path = state_dir / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def answers(port: int) -> bool:
    """Whether the server on this loopback port answers its health check."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{HEALTH}", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_until_up(child: "subprocess.Popen[bytes]", port: int, state_dir: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not ((state_dir / "ready").exists() and answers(port)):
        if child.poll() == REFUSED:
            reason = (state_dir / "logs" / "server.log").read_text(errors="replace").rstrip().rpartition("\n")[2]
            raise DamagedState.of(reason) or Refused(reason)
        if child.poll() is not None or time.monotonic() > deadline:
            raise EmbeddedAwsError(f"the embedded AWS did not start; see {state_dir / 'logs' / 'server.log'}")
        time.sleep(0.05)


def _end(pid: int, child: "subprocess.Popen[bytes] | None") -> None:
    deadline = time.monotonic() + _STOP_TIMEOUT
    for number, until in ((signal.SIGTERM, deadline), (signal.SIGKILL, deadline + 5)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        while time.monotonic() < until:
            if _gone(pid, child):
                return
            time.sleep(0.02)


def _gone(pid: int, child: "subprocess.Popen[bytes] | None") -> bool:
    if child is not None:
        return child.poll() is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _locked(state_dir: Path) -> bool:
    """Whether a server process holds the folder's lock."""
    try:
        with (state_dir / "server.lock").open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _free_port(wanted: int | None) -> int:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            raise Refused(f"port {wanted}: {error.strerror}") from error
        return int(probe.getsockname()[1])


def _clean_environment(hidden: Sequence[str]) -> dict[str, str]:
    """Nothing of the caller's AWS settings may leak into the server, its functions or its jobs."""
    dropped = ("AWS_", "MINISTACK", "LOCALSTACK", "S3_", "PYTEST", "COV_", *hidden)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(dropped)}
    return kept | {"PYTHONUNBUFFERED": "1"}
