"""The command line in processes of their own that start from one that has imported it: a new interpreter's half second is saved.

``run`` is ``subprocess.run`` of ``python -m mlops``; the process that forks ends when this one closes its standard input, or ends.
"""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_SERVICES = ("cloudformation", "codecommit", "codepipeline", "s3", "sagemaker", "servicecatalog", "ssm", "sts")
_ROOT = Path(__file__).parents[2]
_LARGEST = 1 << 20


def run(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    """The finished command; it is killed where it takes longer."""
    with tempfile.TemporaryDirectory() as written, socket.socket(socket.AF_UNIX) as wire:
        outputs = [Path(written, name) for name in ("output", "error")]
        asked = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
        wire.settimeout(timeout)
        wire.connect(str(_origin()))
        wire.sendall(json.dumps({**asked, "outputs": [str(it) for it in outputs]}).encode() + b"\n")
        try:
            code = int(wire.recv(16))
        except TimeoutError:
            raise subprocess.TimeoutExpired(list(arguments), timeout) from None
        output, error = (it.read_text() for it in outputs)
        return subprocess.CompletedProcess(["mlops", *arguments], code, output, error)


@cache
def _origin() -> Path:
    """Where the process that forks listens."""
    folder = tempfile.TemporaryDirectory(prefix="mlops-cli-")
    address = Path(folder.name) / "socket"
    process = subprocess.Popen(
        [sys.executable, __file__, str(address)],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))},
    )
    _alive.append((folder, process))
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return address


_alive: list[object] = []  # folder and process, until this interpreter ends


def _asked(address: str) -> list[str]:
    """Fork for whoever connects; returns, in the process of a command, the command's arguments."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(32)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those who wait for the commands are nobody's to wait for
    os.write(1, b"ready\n")
    while True:
        ready, _, _ = select.select([listening, 0], [], [])
        if 0 in ready:
            os._exit(0)
        wire, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            return _command(wire)
        wire.close()


def _command(wire: socket.socket) -> list[str]:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    asked = json.loads(wire.makefile("rb").readline(_LARGEST))
    if child := os.fork():
        _wait(wire, child)
    wire.close()
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    for number, name in enumerate([os.devnull, *asked["outputs"]]):
        file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(file, number)
        os.close(file)
    return list(asked["arguments"])


def _wait(wire: socket.socket, child: int) -> None:
    """Tell the exit code; kill the command where nobody waits for it any more."""
    ended = os.pidfd_open(child)
    ready, _, _ = select.select([wire, ended], [], [])
    if ended not in ready:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if ended in ready:
        wire.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _import() -> None:
    """What most commands import, and the models of the services that they ask."""
    import boto3  # noqa: F401
    import botocore.signers  # noqa: F401

    import mlops.models.registry
    import mlops.projects.catalog
    import mlops.runs.inference
    import mlops.runs.training  # noqa: F401
    from mlops.aws import _models

    for service in _SERVICES:
        _models(None).load_service_model(service, "service-2")


if __name__ == "__main__":
    sys.path[0] = str(_ROOT)
    from mlops.cli.main import main

    _import()
    sys.argv = ["mlops", *_asked(sys.argv[1])]
    main()
