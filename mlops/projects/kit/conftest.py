"""What every test run of this repository keeps to: it tests this repository's code, says so, and no test takes for ever.

A test may take ``seconds_per_test`` (pytest.ini), or what its own ``@pytest.mark.timeout(SECONDS)`` says.
"""

import hashlib
import importlib.util
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
_NOT_OURS = {"conftest", "delivery"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The limit's setting."""
    parser.addini("seconds_per_test", "how long a test may take", default="120")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to test anything else than this repository."""
    for name, place in _imported():
        if place is None or not place.is_relative_to(ROOT):
            raise pytest.UsageError(
                f"{name} would be imported from {place or 'nowhere'}, not from this repository ({ROOT}): "
                "nothing was tested; take the other one off PYTHONPATH and out of this environment"
            )
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Told(), "tested")


def _imported() -> Iterator[tuple[str, Path | None]]:
    """Where Python finds each package and module that lies at the root of this repository."""
    for path in sorted(ROOT.iterdir()):
        name = path.stem if path.suffix == ".py" else path.name if (path / "__init__.py").is_file() else ""
        if not name or name in _NOT_OURS:
            continue
        loaded = sys.modules.get(name)
        spec = loaded.__spec__ if loaded else importlib.util.find_spec(name)
        yield name, Path(spec.origin).resolve() if spec and spec.origin else None


class _Told:
    """Says at the end of the log what was tested."""

    @staticmethod
    def pytest_terminal_summary(terminalreporter: Any) -> None:
        """Folder, commit and digest of the packages and modules."""
        names = ", ".join(name for name, _ in _imported())
        commit = os.environ.get("COMMIT") or os.environ.get("CODEBUILD_RESOLVED_SOURCE_VERSION") or "of no delivery"
        terminalreporter.write_line(f"tested: {names} in {ROOT}, commit {commit}, code {_digest()[:12]}")


def _digest() -> str:
    """Of this repository's Python files."""
    total = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        total.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """What its fixtures do counts too."""
    with _limited(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """The test itself."""
    with _limited(item):
        return (yield)


@contextmanager
def _limited(item: pytest.Item) -> Iterator[None]:
    """End what takes too long, saying what it was and what to do."""
    marker = item.get_closest_marker("timeout")
    seconds = float(marker.args[0] if marker and marker.args else item.config.getini("seconds_per_test"))

    def late(_number: int, _frame: FrameType | None) -> None:
        what = f"takes longer than {seconds:g} s: make it faster, or mark it slow, which deliveries leave out"
        pytest.fail(f"{item.nodeid} {what} (seconds_per_test in pytest.ini)", pytrace=False)

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
