"""Puts a process into a box: a root of its own with what its view names, in its own namespaces and without any privilege.

Standard library only: fork servers of other interpreters load it. A view is a JSON object: {"read": folders and files that are seen as
they are, read-only, "write": [[folder here, path there], ...], "hide": folders of which nothing is seen, "isolated": no network,
"stage": an empty folder to build the root on, "grouped": signals go to the whole process group, and a command ends with the thread
that has started it}.
"""

import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from embedded_aws.box.kernel import LIBC, checked, restrict_scope
from embedded_aws.box.root import PROCESSES, Root, write

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000
_NEWNET = 0x40000000


def main() -> None:
    """Run the command that the arguments name after a view; its exit code."""
    view, command = json.loads(sys.argv[1]), sys.argv[2:]
    if view["grouped"]:
        die_with_parent()

    def execute() -> int:
        for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
            signal.signal(number, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606 (what the box was made for)

    sys.exit(boxed(view, os.getcwd(), execute))


def boxed(view: dict[str, Any], cwd: str, work: Callable[[], int]) -> int:
    """Run ``work`` in a box; its exit code. The calling process has one thread, and is good for nothing else afterwards.

    Raises:
        OSError: this machine allows no namespaces; what else it does not allow ends the box with exit code 1.
    """
    user, group = os.getuid(), os.getgid()
    spaces = _NEWUSER | _NEWNS | _NEWPID | _NEWIPC | _NEWUTS | (_NEWNET if view["isolated"] else 0)
    checked(LIBC.unshare(ctypes.c_int(spaces)), "unshare")
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", f"{user} {user} 1")
    write("/proc/self/gid_map", f"{group} {group} 1")
    init = os.fork()
    if init == 0:
        die_with_parent()
        end_with(lambda: _first(view, cwd, work))
    if view["grouped"]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return exit_code(os.waitpid(init, 0)[1])


def _first(view: dict[str, Any], cwd: str, work: Callable[[], int]) -> int:
    """Be the first process of the box: whatever the work leaves running ends with it."""
    Root(view["stage"]).build(view)
    if view["isolated"]:
        _loopback_up()
    _lower_limits()
    _drop_privileges()
    restrict_scope()
    os.chdir(cwd if os.path.isdir(cwd) else "/")
    worker = os.fork()
    if worker == 0:
        end_with(work)
    while True:
        pid, status = os.wait()
        if pid == worker:
            return exit_code(status)


def exit_code(status: int) -> int:
    """A container's exit code: 128 + signal for what was killed."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def end_with(work: Callable[[], int]) -> NoReturn:
    """End this process with the exit code of ``work``, or with 1 and the traceback of what it raised."""
    code = 1
    try:
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                os._exit(1)
        os._exit(code)


def interpreter_folders() -> list[str]:
    """Where this interpreter, its libraries and its programs lie; folders of source code on its path are no libraries."""
    prefixes = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]
    own = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    libraries = [entry for entry in sys.path if os.path.basename(entry) in {"site-packages", "dist-packages"}]
    found = [*prefixes, *own, *libraries, os.path.dirname(sys.executable), os.path.realpath(sys.executable)]
    return list(dict.fromkeys(found))


def _lower_limits() -> None:
    """No core dumps; from Linux 5.14 on, processes are counted by box (user 0 has no such limit)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    most = PROCESSES if hard == resource.RLIM_INFINITY else min(PROCESSES, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _drop_privileges() -> None:
    """For good: no capability is left, and none can come back by a program's file or by being user 0."""
    for capability in _known_capabilities():
        checked(LIBC.prctl(24, capability, 0, 0, 0), "PR_CAPBSET_DROP")
    checked(LIBC.prctl(28, 0xEF, 0, 0, 0), "PR_SET_SECUREBITS")  # user 0 is nobody, no fix-up, none ambient; all locked
    checked(LIBC.capset(struct.pack("Ii", 0x20080522, 0), bytes(24)), "capset")
    checked(LIBC.prctl(38, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")


def _known_capabilities() -> Iterator[int]:
    for capability in range(64):
        if LIBC.prctl(23, capability, 0, 0, 0) < 0:  # PR_CAPBSET_READ: this kernel does not know it
            return
        yield capability


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Linux: a signal at the end of the thread that has made this process."""
    if sys.platform == "linux":
        LIBC.prctl(1, number, 0, 0, 0)  # PR_SET_PDEATHSIG


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, 0x8914, struct.pack("16sh14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
