"""All tests of data sets with boto3's transfer threshold at 1,000 bytes: whatever is larger is fetched in ranges of a kilobyte."""

import os
import subprocess
import sys
import time
from pathlib import Path

_THRESHOLD = "1000"
_ROOT = Path(__file__).parents[1]
_TESTS = "tests/integration/datasets"
# has 70 MiB, in ranges of its own; and is run in smaller pieces already
_OTHERS = ("test_large.py", "test_small_transfers.py")


def main() -> int:
    """1 where a test fails."""
    began = time.monotonic()
    left = [f"--ignore={_TESTS}/{name}" for name in _OTHERS]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", _TESTS, *left]
    done = subprocess.run(command, cwd=_ROOT, env={**os.environ, "DATASET_TRANSFER_BYTES": _THRESHOLD}, check=False)
    print(f"data-set tests in ranges of {_THRESHOLD} bytes: {time.monotonic() - began:.0f} s")
    return int(done.returncode != 0)
