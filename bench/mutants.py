"""Apply the mutants of the guards one by one and report those that no test sees; ``make bench NAME=mutants``."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.security.mutants import Mutant, every

_ROOT = Path(__file__).parents[1]
_LEFT_OUT = (".git", ".venv*", ".tools", ".mlops", ".*_cache", "__pycache__", "cdk.out")
_SECONDS = 600


def main() -> int:
    """1 where a mutant survives, or its tests fail without it."""
    mutants, survivors = list(every()), 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "checkout"
        shutil.copytree(_ROOT, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        sound = _sound(copy, mutants)
        for mutant in mutants:
            seen = sound and _seen(copy, mutant)
            survivors += not seen
            sys.stdout.write(f"  {'seen' if seen else 'SURVIVES'}: promise {mutant.promise}, {mutant.breaks}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{len(mutants)} mutants of {len({it.promise for it in mutants})} promises, {survivors} survive\n")
    return int(bool(survivors))


def _sound(copy: Path, mutants: list[Mutant]) -> bool:
    """Without a mutant every test passes: else a failure would say nothing."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    done = _pytest(copy, tests)
    if done.returncode:
        sys.stdout.write(done.stdout[-3000:] + "\nthe tests fail without any mutant\n")
    return done.returncode == 0


def _seen(copy: Path, mutant: Mutant) -> bool:
    with _applied(copy / mutant.file, mutant):
        return _pytest(copy, [*mutant.tests, "-x"]).returncode == 1  # 1: tests failed; others: they could not run


@contextmanager
def _applied(path: Path, mutant: Mutant) -> Iterator[None]:
    """The file with the mutant in it, and as it was afterwards."""
    before = path.read_text(encoding="utf-8")
    if before.count(mutant.old) != 1:
        raise ValueError(f"{mutant.file}: {mutant.old!r} stands there {before.count(mutant.old)} times, not once")
    path.write_text(before.replace(mutant.old, mutant.new), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def _pytest(copy: Path, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    found = {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=copy, env={**os.environ, **found}, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
