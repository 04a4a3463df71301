"""Deliver wrong commits one by one, whole: real pushes, every test of the repository; ``make bench NAME=pushed`` (some minutes).

Each has to be red for its own reason, and the right feature green; ``tests/integration/delivery/test_pushed_code.py`` does so with the
tests alone that see a mistake.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from tests.integration.delivery.bench import running
from tests.integration.delivery.mistakes import RIGHT, WRONG, Change
from tests.integration.delivery.test_pushed_code import Site

_ROOT = Path(__file__).parents[1]


def main() -> int:
    """1 where a wrong commit is green, is red for another reason, or the right one is red."""
    folder = _ROOT / ".mlops" / f"pushed-{os.getpid()}"
    folder.mkdir(parents=True)
    missed = 0
    try:
        for bench in running(folder):
            site = Site(bench, folder)
            for change in (*WRONG, RIGHT):
                missed += not _delivered(site, change)
    finally:
        shutil.rmtree(folder)
    sys.stdout.write(f"{len(WRONG)} wrong commits and a right one, {missed} of them not as they should be\n")
    return int(missed > 0)


def _delivered(site: Site, change: Change) -> bool:
    """Whether the commit has the colour and the reason that it should have."""
    began, expected = time.monotonic(), "SUCCEEDED" if change is RIGHT else "FAILED"
    status, log = site.build(site.push(change), seconds=900)
    good = status == expected and change.reason in log
    said = f"{status.lower()}, {'' if good else 'NOT '}as it should be ({change.reason})"
    sys.stdout.write(f"  {change.name}: {said}, {time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()
    return good


if __name__ == "__main__":
    sys.exit(main())
