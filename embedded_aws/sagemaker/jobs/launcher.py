"""Starts job processes through one fork server per image environment and waits for them."""

import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded_aws.box.view import SOURCES, Box, problem
from embedded_aws.errors import EmbeddedAwsError, Refused
from embedded_aws.sagemaker.jobs.images import Environment
from embedded_aws.sagemaker.jobs.workspace import OPT_ML, Workspace
from embedded_aws.settings import Settings

BACKENDS = ("namespace", "rewriting")
_NOTE = Path("state", "not-boxed")
_SCRIPT = Path(__file__).with_name("zygote.py")
_CONTAINERS = Path(__file__).with_name("containers")  # programs of ours that run in jobs
# one thread per library: jobs share the machine, and results must not depend on its cores
_THREADS = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")


@dataclass(frozen=True)
class JobCommand:
    """A process to start in a workspace."""

    id: str
    argv: Sequence[str]
    env: Mapping[str, str]
    cwd: str
    space: Workspace
    isolated: bool


class ServerLost(Exception):
    """The fork server ended while a job of its ran."""


@dataclass
class JobProcess:
    """A started job; ``exit`` is its exit code (128 + signal where it was killed), or raises ServerLost."""

    id: str
    _zygote: "_Zygote"
    exit: "Future[int]" = field(default_factory=Future)

    def signal(self, number: int) -> None:
        """Send a signal to the job's whole process group."""
        self._zygote.send({"id": self.id, "signal": number})


def chosen_backend(settings: Settings) -> str:
    """``namespace`` or ``rewriting``: what the settings say, else what this machine can do.

    Raises:
        EmbeddedAwsError: another name, or namespaces are asked for and this machine has none.
    """
    wanted, named = settings.job_backend, f"{settings.job_backend_from}={settings.job_backend}"
    if wanted not in {"", *BACKENDS}:
        raise Refused(f"{named}: must be {' or '.join(BACKENDS)}")
    works = wanted != "rewriting" and namespace_works()
    if wanted == "namespace" and not works:
        raise EmbeddedAwsError(f"{named}: {problem()}")
    return "namespace" if works else "rewriting"


def note_boxes(state: Path, settings: Settings) -> None:
    """Keep in the state folder what ``not_boxed`` says of the server that runs there."""
    said = ""
    if problem():
        said = f"jobs, builds and functions are not boxed here: {problem()}"
    elif chosen_backend(settings) == "rewriting":
        said = f"jobs are not boxed here: {settings.job_backend_from}={settings.job_backend}"
    (state / _NOTE).write_text(said)


def not_boxed(state: Path) -> str:
    """One line on what runs without a box in the server on a state folder, and why; empty where there is nothing to say."""
    note = state / _NOTE
    return note.read_text() if note.is_file() else ""


class Launcher:
    """Fork servers by environment, started when first needed and restarted when one has died."""

    def __init__(self, backend: str, box: Box) -> None:
        self.backend, self._box = backend, box
        self._zygotes: dict[Environment, _Zygote] = {}
        self._lock = threading.Lock()
        # a parent-death signal is tied to the thread that forks: one thread starts every fork server and lives as long as we do
        self._requests: queue.Queue[tuple[Environment, Future[_Zygote]] | None] = queue.Queue()
        self._starter = threading.Thread(target=self._start_zygotes, daemon=True, name="zygote-starter")
        self._starter.start()

    def prepare(self, environment: Environment) -> None:
        """Start the environment's fork server now, so that its imports are done when the first job comes."""
        self._zygote(environment)

    def launch(self, environment: Environment, command: JobCommand) -> JobProcess:
        """Start a process."""
        view = None
        if self.backend == "namespace":
            write = {command.space.root: OPT_ML, command.space.scratch: "/tmp"}  # noqa: S108 (the job's own)
            folders = [str(_CONTAINERS), *environment.folders]
            view = self._box.view(command.space.stage, write, read=folders, isolated=command.isolated, grouped=True)
        return self._zygote(environment).launch(command, view)

    def close(self) -> None:
        """End all fork servers and with them all jobs."""
        self._requests.put(None)
        self._starter.join(timeout=5)
        for zygote in self._zygotes.values():
            zygote.close()

    def _zygote(self, environment: Environment) -> "_Zygote":
        with self._lock:
            known = self._zygotes.get(environment)
            if known is not None and known.alive:
                return known
            started: Future[_Zygote] = Future()
            self._requests.put((environment, started))
            self._zygotes[environment] = zygote = started.result()
            return zygote

    def _start_zygotes(self) -> None:
        while True:
            request = self._requests.get()
            if request is None:
                return
            environment, started = request
            try:
                started.set_result(_Zygote(environment))
            except OSError as error:
                started.set_exception(error)


class _Zygote:
    def __init__(self, environment: Environment) -> None:
        ours, theirs = socket.socketpair()
        code = f"import os,sys;os.dup2({theirs.fileno()},3);os.set_inheritable(3,True);os.execv(sys.executable,sys.argv[1:])"
        python = environment.interpreter
        command = [python, str(_SCRIPT), SOURCES, *environment.preload]
        self._process = subprocess.Popen(
            [python, "-S", "-c", code, *command],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            env=_own_environment() | _THREADS | {"PYTHONHASHSEED": "0"},
        )
        theirs.close()
        self._socket, self._jobs, self._lock = ours, dict[str, JobProcess](), threading.Lock()
        self._groups: dict[str, int] = {}  # process group by job
        self.alive = True
        threading.Thread(target=self._listen, daemon=True).start()

    def launch(self, command: JobCommand, view: Mapping[str, Any] | None) -> JobProcess:
        job = JobProcess(command.id, self)
        with self._lock:
            self._jobs[command.id] = job
        request = {
            "argv": list(command.argv),
            "env": dict(command.env),
            "cwd": command.cwd,
            "log": str(command.space.log),
            "view": view,
        }
        # the fork server never has it in its memory, of which every later job gets a copy
        file = command.space.folder / "request.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(request))
        try:
            self.send({"id": command.id, "request": str(file)})
        except OSError:
            self._lost()
        return job

    def send(self, message: Mapping[str, Any]) -> None:
        with self._lock:
            self._socket.sendall(json.dumps(message).encode() + b"\n")

    def close(self) -> None:
        """End of file tells the fork server to kill its jobs and end."""
        self.alive = False
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        try:
            self._process.wait(timeout=2)  # it may still be busy with its imports
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)

    def _listen(self) -> None:
        with self._socket.makefile("rb") as lines:
            try:
                for line in lines:
                    self._hear(json.loads(line))
            except (OSError, ValueError):
                self.alive = False
        self._lost()

    def _hear(self, answer: Mapping[str, Any]) -> None:
        if "started" in answer:
            with self._lock:
                self._groups[answer["id"]] = answer["started"]
        elif "exit" in answer:
            with self._lock:
                job = self._jobs.pop(answer["id"])
                self._groups.pop(answer["id"], None)
            job.exit.set_result(answer["exit"])

    def _lost(self) -> None:
        """The fork server has gone and its jobs with it; what those have started goes too."""
        self.alive = False
        with self._lock:
            jobs, self._jobs = list(self._jobs.values()), {}
            groups, self._groups = list(self._groups.values()), {}
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        for job in jobs:
            job.exit.set_exception(ServerLost("the fork server of the job's environment ended"))


def namespace_works() -> bool:
    """Whether this machine lets us put jobs into boxes (tried once)."""
    return not problem()


def _own_environment() -> dict[str, str]:
    """Nothing of whoever has started the server: a job finds it in /proc/self/environ, whatever it is given itself."""
    kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if key in os.environ}
    return {**kept, "HOME": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108 (the box's own)
