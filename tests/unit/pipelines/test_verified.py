"""What a job does first: compare the code that it was given with the digest it was published under; run as the container runs it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops.bundled.code_tree import digest

_DEFINITIONS = Path(__file__).parents[3] / "pipelines" / "definitions"
_CODE = "/opt/ml/processing/input/code"
TREE = {
    "mlops/bundled/wheels.py": b"import sys, own\nprint('ran', own.NAME, sys.argv[1:])\n",
    "own.py": b"NAME = 'own'\n",
    "data/\xc3\xbcber.txt".encode("latin-1").decode("utf-8"): b"\x00\xff",
}


def entrypoint() -> list[str]:
    """Of the first Processing job that the training definition has."""
    content = json.loads((_DEFINITIONS / "training.json").read_text())
    job = next(step for step in content["Steps"] if step["Type"] == "Processing")
    return list(job["Arguments"]["AppSpecification"]["ContainerEntrypoint"])


def run(folder: Path, sha256: str) -> "subprocess.CompletedProcess[str]":
    """The job's command with this folder in place of the container's, and this digest as the constant."""
    given = [part if isinstance(part, str) else sha256 for part in entrypoint()]
    command = [sys.executable, *(part.replace(_CODE, str(folder)) for part in given[1:])]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder.parent)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The code as it was published."""
    for name, content in TREE.items():
        path = tmp_path / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "code"


def test_published_code_runs_with_its_arguments(folder: Path) -> None:
    """Its own modules are found; wheels beside it, which its launcher verifies, are no part of the digest."""
    (folder / "wheels").mkdir()
    (folder / "wheels" / "x.whl").write_bytes(b"x")
    done = run(folder, digest(TREE))
    assert done.stdout == "ran own ['run.py', 'validate']\n", done.stderr


def _changed(folder: Path) -> None:
    (folder / "own.py").write_text("NAME = 'evil'\n")


def _added(folder: Path) -> None:
    (folder / "hashlib.py").write_text("print('evil')\nraise SystemExit(0)\n")


def _at_start(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text("print('evil')\n")


def _removed(folder: Path) -> None:
    (folder / "own.py").unlink()


def _renamed(folder: Path) -> None:
    (folder / "own.py").rename(folder / "owm.py")


@pytest.mark.parametrize("tamper", [_changed, _added, _at_start, _removed, _renamed], ids=lambda it: it.__name__)
def test_other_code_does_not_run(folder: Path, tamper: Callable[[Path], None]) -> None:
    """Nothing of it: not even what Python would import at its own start from the path."""
    tamper(folder)
    done = run(folder, digest(TREE))
    assert done.returncode == 1
    assert "the code is not what was published: sha256 " in done.stderr
    assert done.stdout == ""


def test_every_job_of_ours_verifies_its_code() -> None:
    """Processing jobs of both pipelines, in both variants; none has a path in its environment from which Python would import."""
    seen = 0
    for file in _DEFINITIONS.glob("*.json"):
        for step in _steps(json.loads(file.read_text())["Steps"]):
            inputs = {it["InputName"] for it in step["Arguments"].get("ProcessingInputs", [])}
            if step["Type"] == "Processing" and "code" in inputs:
                seen += 1
                command = step["Arguments"]["AppSpecification"]["ContainerEntrypoint"]
                assert command[:6] == entrypoint()[:6]
                assert command[7] in ({"Get": "Parameters.CodeSha256"}, {"Get": "Parameters.MonitorCodeSha256"})
                assert "PYTHONPATH" not in step["Arguments"].get("Environment", {})
    assert seen >= 14


def _steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for step in steps:
        arguments = step["Arguments"] if isinstance(step.get("Arguments"), dict) else {}
        found.append({"Arguments": {}, **step})
        for branch in ("IfSteps", "ElseSteps"):
            found += _steps(arguments.get(branch) or [])
    return found
