"""Fork server: imports the heavy libraries once and forks a process for every job.

Runs as a script of its own (never as part of the package): a job may bring a package of the same name. Speaks JSON lines over the
socket on file descriptor 3: {"id", "argv", "env", "cwd", "log", "root", "namespace", "isolated"} starts a job, {"id", "signal"}
signals it; answers are {"id", "exit"}. End of file on the socket kills every job and ends the server.
"""

import ctypes
import fcntl
import gc
import json
import os
import runpy
import selectors
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

_CONTROL = 3
_NEWNS, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
_BIND, _REC, _PRIVATE = 0x1000, 0x4000, 0x40000
_OPT = Path("/opt")


def main() -> None:
    """Import what the arguments name, then serve."""
    _die_with_parent(signal.SIGTERM)  # and end of file on the socket: both end the jobs first
    sys.path.pop(0)
    for module in sys.argv[1:]:
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
    _Server(control, wake, signalled).serve()


class _Server:
    def __init__(self, control: socket.socket, wake: int, signalled: int) -> None:
        self._control, self._wake, self._signalled = control, wake, signalled
        self._jobs: dict[int, str] = {}
        self._buffer = b""

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
        pid = os.fork()
        if pid == 0:
            self._control.close()
            os.close(self._wake)
            signal.set_wakeup_fd(-1)
            os.close(self._signalled)
            _become_job(request)
        self._jobs[pid] = request["id"]
        _send(self._control, {"id": request["id"], "started": pid})

    def _reap(self) -> None:
        while self._jobs:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _signal_group(pid, signal.SIGKILL)  # what the job left running in the background
            _send(self._control, {"id": self._jobs.pop(pid), "exit": _exit_status(status)})

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


def _die_with_parent(number: int = signal.SIGKILL) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, number)  # PR_SET_PDEATHSIG


def _become_job(request: dict[str, Any]) -> NoReturn:
    _end_with(lambda: _apart(request))


def _apart(request: dict[str, Any]) -> int:
    """Run the job in a process group of its own, with its log as output; its exit code."""
    parent = os.getppid()
    os.setsid()
    _die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
        signal.signal(name, signal.SIG_DFL)
    if not request["namespace"]:
        return _run(request)
    _enter_namespace(request["root"], request["isolated"])
    return _as_init(request)


def _end_with(work: Callable[[], int]) -> NoReturn:
    """End this process with the exit code of ``work``, or with 1 and the traceback of what it raised."""
    code = 1
    try:
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        _flush()
        os._exit(code)


def _as_init(request: dict[str, Any]) -> int:
    """Be the first process of the job's PID namespace: whatever the job leaves running ends with it."""
    init = os.fork()
    if init:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return _exit_status(os.waitpid(init, 0)[1])
    _die_with_parent()
    job = os.fork()
    if job == 0:
        _end_with(lambda: _run(request))
    while True:
        pid, status = os.wait()
        if pid == job:
            os._exit(_exit_status(status))


def _exit_status(status: int) -> int:
    """A container's exit code: 128 + signal for what was killed."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def _enter_namespace(root: str, isolated: bool) -> None:
    """Own mount, PID (and network) namespaces in which ``root`` is /opt/ml; works without privileges."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    _checked(libc.unshare(_NEWUSER | _NEWNS | _NEWPID | (_NEWNET if isolated else 0)), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _mount(libc, "none", Path("/"), _REC | _PRIVATE)
    stage = Path(root).parent / "opt"
    stage.mkdir(exist_ok=True)
    for child in _OPT.iterdir():
        if child.name != "ml" and child.is_dir():
            (stage / child.name).mkdir(exist_ok=True)
            _mount(libc, str(child), stage / child.name, _BIND | _REC)
    (stage / "ml").mkdir(exist_ok=True)
    _mount(libc, root, stage / "ml", _BIND | _REC)
    _mount(libc, str(stage), _OPT, _BIND | _REC)
    if isolated:
        _loopback_up()


def _mount(libc: Any, source: str, target: Path, flags: int) -> None:
    _checked(libc.mount(source.encode(), str(target).encode(), None, ctypes.c_ulong(flags), None), f"mount {target}")


def _checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP


def _run(request: dict[str, Any]) -> int:
    argv, env = request["argv"], request["env"]
    os.environ.clear()
    os.environ.update(env)
    os.chdir(request["cwd"])
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


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os._exit(1)


if __name__ == "__main__":
    main()
