"""Tests that `make test` leaves out, since others show the same: more kills, larger files, every mistake of a platform's commit."""

import subprocess
import sys
import time
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def main() -> int:
    """1 where a test fails."""
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-m", "long", "tests"]
    done = subprocess.run(command, cwd=_ROOT, check=False)
    print(f"long tests: {time.monotonic() - began:.0f} s")
    return int(done.returncode != 0)
