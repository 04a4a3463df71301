"""Runs the commands of a build's phases: one shell environment through all phases, as CodeBuild's, in processes that can be ended."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embedded_aws.box.files import read_plain

# the shell ends with the thread that waits for it, so also when this server is killed (Linux)
_TIED = """import ctypes, os, sys
try: ctypes.CDLL(None).prctl(1, 9)
except (OSError, AttributeError): pass
os.execvp(sys.argv[1], sys.argv[1:])"""
_GRACE = 3.0  # seconds between SIGTERM and SIGKILL
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Failure:
    """The command that failed and its exit code."""

    command: str
    code: int


def tied(command: Sequence[str]) -> list[str]:
    """A command that ends with the thread that waits for it."""
    return [sys.executable, "-S", "-c", _TIED, *command]


@dataclass
class Shell:
    """A build's shell.

    ``scripts`` holds what it is to run: the build cannot write there. ``folder`` holds what it writes, ``source`` is where it starts,
    ``start`` makes the command that starts a program for the build.
    """

    scripts: Path
    folder: Path
    source: Path
    program: str
    environment: Mapping[str, str]
    start: Callable[[Sequence[str]], list[str]] = tied
    group: int | None = None
    ended: str = field(default="")  # why it was ended from outside

    def run(self, name: str, commands: Sequence[str], tell: Tell, set_up: str = "") -> Failure | None:
        """Run commands until one fails; variables, functions' exports and the folder carry over to the next call.

        ``set_up`` is a command of ours: it is not told.
        """
        state, failed = self.folder / "state.sh", self.folder / "failed"
        failed.unlink(missing_ok=True)
        script = self.scripts / f"{name}.sh"
        script.write_text("\n".join([*self._head(state), set_up, *self._body(commands, failed), ""]))
        code = self._execute(script, tell)
        if code == 0:
            return None
        said = (read_plain(failed, self.folder, 9) or b"").strip()
        number = int(said) if said.isdigit() else len(commands)
        return Failure(commands[min(number, len(commands) - 1)] if commands else "", code)

    def value(self, variable: str) -> str | None:
        """What an exported variable is now."""
        state = self.folder / "state.sh"
        if not state.exists():
            return self.environment.get(variable)
        command = f". {shlex.quote(str(state))} >/dev/null 2>&1; printenv {shlex.quote(variable)}"
        started = self.start([self.program, "-c", command])
        done = subprocess.run(
            started,
            cwd=self.source,
            env=dict(self.environment),
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout.decode(errors="replace").removesuffix("\n") if done.returncode == 0 else None

    def end(self, why: str) -> None:
        """End whatever runs, with everything that it has started."""
        self.ended = self.ended or why
        self._signal(signal.SIGTERM)
        until = time.monotonic() + _GRACE
        while self.group is not None and time.monotonic() < until:
            time.sleep(0.05)
        self._signal(signal.SIGKILL)

    def _head(self, state: Path) -> list[str]:
        quoted = shlex.quote(str(state))
        keep = f'trap \'code=$?; {{ export -p; printf "cd %s\\\\n" "$(pwd)"; }} > {quoted}; exit $code\' EXIT'
        return [f"[ -f {quoted} ] && . {quoted}", keep]

    @staticmethod
    def _body(commands: Sequence[str], failed: Path) -> list[str]:
        lines = []
        for number, command in enumerate(commands):
            shown = shlex.quote(f"[Container] Running command {command}")
            lines += [f"printf '%s\\n' {shown}", f"eval {shlex.quote(command)}"]
            lines.append(f"code=$?; [ $code -eq 0 ] || {{ echo {number} > {shlex.quote(str(failed))}; exit $code; }}")
        return lines

    def _execute(self, script: Path, tell: Tell) -> int:
        if self.ended:
            return 128 + signal.SIGTERM
        process = subprocess.Popen(
            self.start([self.program, str(script)]),
            cwd=self.source,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.group = process.pid
        try:
            assert process.stdout is not None  # noqa: S101 (for the type checker: it is a pipe)
            for line in process.stdout:
                tell(line.decode(errors="replace").rstrip("\r\n"))
            return process.wait()
        finally:
            self._signal(signal.SIGKILL)  # what a command has left in the background
            self.group = None

    def _signal(self, number: int) -> None:
        if self.group is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.group, number)
