"""Fork server: imports the heavy libraries once and forks a process for every job.

Runs as a script of its own (never as part of the package): a job may bring a package of the same name. Its arguments are the folder
with this package's sources and the modules to import. Speaks JSON lines over the socket on file descriptor 3: {"id", "request"} starts
the job that the file ``request`` describes ({"argv", "env", "cwd", "log", "view"}; without a view it gets no box), {"id", "signal"}
signals it; answers are {"id", "exit"}. End of file on the socket kills every job and ends the server.
"""

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

_CONTROL = 3
_PACKAGE = "embedded_aws"


def main() -> None:
    """Import what the arguments name, then serve."""
    sys.path[0] = sys.argv[1]
    inside = importlib.import_module(f"{_PACKAGE}.box.inside")
    for name in [name for name in sys.modules if name.split(".")[0] == _PACKAGE]:
        del sys.modules[name]
    sys.path.pop(0)
    inside.die_with_parent(signal.SIGTERM)  # and end of file on the socket: both end the jobs first
    for module in sys.argv[2:]:
        __import__(module)
    gc.freeze()
    control = socket.socket(fileno=_CONTROL)
    wake, signalled = os.pipe()
    os.set_blocking(signalled, False)
    signal.set_wakeup_fd(signalled)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: None)  # heard through the wake-up pipe
    _send(control, {"ready": True})
    _Server(control, wake, signalled, inside).serve()


class _Server:
    def __init__(self, control: socket.socket, wake: int, signalled: int, inside: ModuleType) -> None:
        self._control, self._wake, self._signalled, self._inside = control, wake, signalled, inside
        self._folders = inside.interpreter_folders()
        self._jobs: dict[int, str] = {}
        self._buffer = b""
        self._spare = self._forked()

    def serve(self) -> None:
        selector = selectors.DefaultSelector()
        selector.register(self._control, selectors.EVENT_READ)
        selector.register(self._wake, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fd == self._wake:
                    if signal.SIGTERM in os.read(self._wake, 4096):
                        self._kill_all()
                        return
                    self._reap()
                elif not self._receive():
                    self._kill_all()
                    return

    def _receive(self) -> bool:
        chunk = self._control.recv(65536)
        *lines, self._buffer = (self._buffer + chunk).split(b"\n")
        for line in lines:
            self._obey(json.loads(line))
        return bool(chunk)

    def _obey(self, request: dict[str, Any]) -> None:
        if "signal" in request:
            for pid, name in self._jobs.items():
                if name == request["id"]:
                    _signal_group(pid, request["signal"])
            return
        pid, tell = self._spare
        _send(self._control, {"id": request["id"], "started": pid})
        os.write(tell, request["request"].encode())
        self._jobs[pid] = request["id"]
        os.close(tell)
        self._spare = self._forked()

    def _forked(self) -> tuple[int, int]:
        """A process that waits for the next job, and the pipe on which it is told: no job waits for a fork of so large a process."""
        told, tell = os.pipe()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            os.dup2(told, _CONTROL)
            os.closerange(_CONTROL + 1, os.sysconf("SC_OPEN_MAX"))
            self._inside.end_with(lambda: _apart(self._inside, self._folders))
        os.close(told)
        return pid, tell

    def _reap(self) -> None:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid == self._spare[0]:  # killed from outside
                os.close(self._spare[1])
                self._spare = self._forked()
                continue
            _signal_group(pid, signal.SIGKILL)  # what the job left running in the background
            _send(self._control, {"id": self._jobs.pop(pid), "exit": self._inside.exit_code(status)})

    def _kill_all(self) -> None:
        for pid in self._jobs:
            _signal_group(pid, signal.SIGKILL)


def _send(control: socket.socket, message: dict[str, Any]) -> None:
    control.sendall(json.dumps(message).encode() + b"\n")


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return  # it has ended, or has not yet become a group of its own and dies with us


def _apart(inside: ModuleType, folders: list[str]) -> int:
    """Wait for a job, and run it in a process group of its own, with its log as output; its exit code."""
    parent = os.getppid()
    os.setsid()
    inside.die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(name, signal.SIG_DFL)
    file = Path(os.read(_CONTROL, 4096).decode())
    if file == Path():
        os._exit(0)  # the fork server has ended
    request = json.loads(file.read_text())
    file.unlink()
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.closerange(_CONTROL, max(null, log) + 1)
    view = request["view"]
    if view is None:
        return _run(request)
    view["read"] += folders
    return int(inside.boxed(view, request["cwd"], lambda: _run(request)))


def _run(request: dict[str, Any]) -> int:
    argv, env = request["argv"], request["env"]
    os.environ.clear()
    os.environ.update(env)
    os.chdir(request["cwd"])
    importlib.invalidate_caches()
    if (
        Path(argv[0]).name not in {"python", "python3"}
        or len(argv) < 2
        or (argv[1].startswith("-") and argv[1] not in {"-m", "-c"})
    ):
        os.execvpe(argv[0], argv, env)  # noqa: S606 (the job's own command)
    sys.path[:0] = [entry for entry in env.get("PYTHONPATH", "").split(os.pathsep) if entry]
    try:
        if argv[1] == "-m":
            sys.path.insert(0, request["cwd"])
            sys.argv = argv[2:]
            runpy.run_module(argv[2], run_name="__main__", alter_sys=True)
        elif argv[1] == "-c":
            sys.path.insert(0, "")
            sys.argv = ["-c", *argv[3:]]
            program = compile(argv[2], "<string>", "exec")
            exec(program, {"__name__": "__main__", "__builtins__": __builtins__})  # noqa: S102 (the job's own command)
        else:
            sys.path.insert(0, str(Path(argv[1]).parent))
            sys.argv = argv[1:]
            runpy.run_path(argv[1], run_name="__main__")
    except SystemExit as end:
        return _exit_code(end)
    return 0


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1


if __name__ == "__main__":
    main()
