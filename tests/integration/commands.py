"""Commands in this process: what they write and their exit codes, without the seconds that a new interpreter takes."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from mlops.cli.main import main
from tests.integration.desk import Desk


class Finished(NamedTuple):
    """Exit code and both outputs."""

    code: int
    output: str
    error: str


Command = Callable[..., Finished]


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """``command("run", "list")`` in the desk's folder."""
    monkeypatch.chdir(desk.folder)
    for name in [it for it in os.environ if it.startswith(("AWS_", "MLOPS_"))]:
        monkeypatch.delenv(name)

    def run(*arguments: str) -> Finished:
        monkeypatch.setattr(sys, "argv", ["mlops", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        written = capsys.readouterr()
        return Finished(int(ended.value.code or 0), written.out, written.err)

    handler, mask = signal.getsignal(signal.SIGTERM), os.umask(0o077)
    yield run
    signal.signal(signal.SIGTERM, handler)
    os.umask(mask)
