"""A server with something to steal, and programs that try to: each prints as JSON what it has got."""

import ctypes
import io
import json
import os
import socket
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mlops.platform import server
from tests.integration.executor.lab import IMAGES, Lab, Outcome, embedded

CANARY = "canary-of-the-owner"
_END = "\nimport json\nprint('FOUND', json.dumps(found))\n"
# what every attack may use: each attempt gives the name of the error that stopped it, or what it got
_START = """
import os, sys

def tried(attempt):
    try:
        return attempt()
    except OSError as error:
        return type(error).__name__
"""


@dataclass
class Heart:
    """Hears processes that beat over the loopback network: they can write no file that others see."""

    _socket: socket.socket = field(default_factory=lambda: socket.socket(type=socket.SOCK_DGRAM))

    def __post_init__(self) -> None:
        self._socket.bind(("127.0.0.1", 0))

    @property
    def daemon(self) -> str:
        """A program that leaves a daemon behind, in a session of its own, and waits for its first beat."""
        return f"""
import os, socket, time
heart = socket.socket(type=socket.SOCK_DGRAM)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (0, 1, 2):
            os.close(number)
        while True:
            heart.sendto(b'.', ('127.0.0.1', {self._socket.getsockname()[1]}))
            time.sleep(.02)
    os._exit(0)
time.sleep(.3)
found = []
"""

    def beats(self, seconds: float) -> int:
        """How often one has beaten since the last look, or does within so many seconds."""
        heard, patience = 0, seconds
        try:
            while True:
                self._socket.settimeout(patience)
                self._socket.recv(1)
                heard, patience = heard + 1, 0.0
        except (TimeoutError, BlockingIOError):
            return heard

    def close(self) -> None:
        """No more."""
        self._socket.close()


@dataclass
class Site:
    """The server, its state folder, and the home of whoever has started it."""

    lab: Lab
    state: Path
    home: Path
    pid: int

    def job(self, code: str, *, isolated: bool = False, outputs: Mapping[str, str] | None = None) -> Outcome:
        """A processing job that runs a program."""
        arguments: dict[str, Any] = {"NetworkConfig": {"EnableNetworkIsolation": isolated}}
        arguments["Environment"] = {"JOBS_OWN": "yes"}
        step = self.lab.script("Attack", _START + code + _END, arguments=arguments, outputs=outputs or {})
        return self.lab.run([step])

    def found(self, code: str, *, isolated: bool = False) -> Any:
        """What such a job prints."""
        outcome = self.job(code, isolated=isolated)
        lines = self.lines(outcome)
        assert outcome.status == "Succeeded", lines
        return _found(lines)

    def lines(self, outcome: Outcome) -> list[str]:
        """The job's log."""
        name = self.lab.job(outcome, "Attack")["ProcessingJobName"]
        return self.lab.log("/aws/sagemaker/ProcessingJobs", name)

    def build(self, commands: list[str], **spec: Any) -> tuple[dict[str, Any], list[str]]:
        """A build that runs commands: its description and its log."""
        builds, name = self.lab.client("codebuild"), f"b{time.time_ns()}"
        text = json.dumps({"version": 0.2, "phases": {"build": {"commands": commands}}, **spec})
        builds.create_project(
            name=name,
            source={"type": "NO_SOURCE", "buildspec": text},
            artifacts={"type": "NO_ARTIFACTS"},
            environment={"type": "LINUX_CONTAINER", "image": "any:1", "computeType": "BUILD_GENERAL1_SMALL"},
            serviceRole=self.role("build", "codebuild"),
        )
        id_ = builds.start_build(projectName=name)["build"]["id"]
        end = time.monotonic() + 60
        while not (build := builds.batch_get_builds(ids=[id_])["builds"][0])["buildComplete"]:
            assert time.monotonic() < end
            time.sleep(0.05)
        return build, self.lab.log(f"/aws/codebuild/{name}", id_.partition(":")[2])

    def found_by_build(self, code: str) -> Any:
        """What a program prints that a build runs."""
        build, lines = self.build([f"cat > attack.py <<'END'\n{_START}{code}{_END}END", "python3 attack.py"])
        assert build["buildStatus"] == "SUCCEEDED", lines
        return _found(lines)

    def found_by_function(self, code: str) -> Any:
        """What a program finds that a Lambda function runs."""
        raw, functions, name = io.BytesIO(), self.lab.client("lambda"), f"f{time.time_ns()}"
        body = "".join(f"    {line}\n" for line in code.splitlines())
        with zipfile.ZipFile(raw, "w") as archive:
            archive.writestr("handler.py", f"{_START}\ndef handler(event, context):\n{body}\n    return found\n")
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="handler.handler",
            Role=self.role("function", "lambda"),
            Code={"ZipFile": raw.getvalue()},
            Timeout=30,
        )
        answer = functions.invoke(FunctionName=name)
        payload = json.loads(answer["Payload"].read())
        functions.delete_function(FunctionName=name)
        assert "FunctionError" not in answer, payload
        return payload

    def role(self, name: str, service: str) -> str:
        """ARN of a role without rights."""
        iam = self.lab.client("iam")
        trust = {"Principal": {"Service": f"{service}.amazonaws.com"}, "Effect": "Allow", "Action": "sts:AssumeRole"}
        try:
            return str(iam.get_role(RoleName=name)["Role"]["Arn"])
        except iam.exceptions.NoSuchEntityException:
            made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
            return str(made["Role"]["Arn"])

    def answers(self) -> bool:
        """Whether the server still serves."""
        return bool(self.lab.s3.list_buckets()["Buckets"])


def _found(lines: list[str]) -> Any:
    return json.loads(next(line for line in lines if line.startswith("FOUND ")).removeprefix("FOUND "))


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """Skips, by name, where this machine has no boxes."""
    home, state = folder / "home", folder / "state"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519").write_text(CANARY)
    state.mkdir()
    (state / "images.toml").write_text(IMAGES)
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        agent = stack.enter_context(socket.socket(socket.AF_UNIX))
        agent.bind(str(home / "agent"))
        agent.listen()
        for name, value in {"HOME": str(home), "SSH_AUTH_SOCK": str(home / "agent"), "OWNERS": CANARY}.items():
            patch.setenv(name, value)
        running: server.Running = stack.enter_context(embedded(state, "namespace"))
        yield Site(Lab(running, "namespace"), state, home, running.pid)


def landlock_version() -> int:
    """Of the kernel's Landlock; 0 where it has none."""
    version = ctypes.CDLL(None).syscall(444, None, ctypes.c_long(0), ctypes.c_long(1))
    return max(0, int(version))


@contextmanager
def abstract_socket() -> Iterator[str]:
    """Name of a Unix socket without a path on which somebody listens."""
    name = f"box-{os.getpid()}-{time.time_ns()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"\0{name}")
        listener.listen()
        yield name
