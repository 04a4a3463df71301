"""An old Python is refused before anything is installed, and what one has left does not stay."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLD = '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.1"\nexit 1\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The Makefile, and empty files of the names that it depends on."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements").mkdir()
    for name in ("requirements/runtime.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    return tmp_path


def made(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def program(path: Path, text: str = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("old", [True, False])
def test_a_python_that_does_not_do_is_named(folder: Path, old: bool) -> None:
    """One that is too old, or is not there; nothing is made."""
    python = program(folder / "old") if old else folder / "nowhere"
    done = made(folder, ".venv/.runtime", f"PYTHON={python}")
    told = "error: Python 3.9.1 is too old, 3.11 or newer is needed" if old else f"error: {python}: no such program"
    assert done.returncode == 2
    assert done.stderr.startswith(told)
    assert not any((folder / name).exists() for name in (".venv", ".tools"))


@pytest.mark.parametrize("python", [OLD, None])
def test_an_environment_of_an_old_python_goes(folder: Path, python: str | None) -> None:
    """Or of one that has gone: else it would be taken for the present one for ever."""
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / ".runtime").touch()
    if python:
        program(folder / ".venv" / "bin" / "python", python)
    assert made(folder, "help").returncode == 0
    assert not (folder / ".venv").exists()


def test_an_environment_that_does_is_kept(folder: Path) -> None:
    """Whatever is in it."""
    program(folder / ".venv" / "bin" / "python", "#!/bin/sh\nexit 0\n")
    assert made(folder, "help").returncode == 0
    assert (folder / ".venv" / "bin" / "python").exists()
