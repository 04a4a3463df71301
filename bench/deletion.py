"""Creations and deletions that are killed at any instant: inventory before minus plan is the inventory after, whoever was killed."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.integration.desk import Desk
from tests.integration.platform.inventory import Things, everything
from tests.integration.platform.test_deletion import ALL, fill

ROUNDS, LONGEST = 8, 5.0  # rounds; seconds after which the latest kill comes
_NAME = "ward"


def main() -> int:
    """1 where anything was left, or went that was no part of the project; the variable SEED repeats a row of kills."""
    seed = int(os.environ.get("SEED", "0")) or random.randrange(1, 10**6)  # noqa: S311
    chosen, wrong = random.Random(seed), 0  # noqa: S311
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        desk.done("up")
        desk.done("deploy")
        before = everything(desk.aws)
        try:
            for number in range(ROUNDS):
                what, who = chosen.choice(("create", "delete")), chosen.choice(("command", "server"))
                after = chosen.uniform(0.1, LONGEST)
                left = _round(desk, what, who, after) ^ before
                wrong += bool(left)
                sys.stdout.write(f"{number + 1:>2} {what} killed {who:<8} after {after:4.1f} s: {_told(left)}\n")
        finally:
            desk.mlops("down")
    sys.stdout.write(f"seed {seed}: {wrong} of {ROUNDS} wrong\n")
    return int(wrong > 0)


def _round(desk: Desk, what: str, who: str, after: float) -> Things:
    """What is there after everything of the project was deleted."""
    line = ["project", "create", _NAME]
    if what == "delete":
        desk.done(*line)
        fill(desk, _NAME)
        line = _deletion(desk)
    running = subprocess.Popen(
        [sys.executable, "-m", "mlops", *line], cwd=desk.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    if who == "server":
        os.kill(json.loads((desk.folder / ".mlops" / "server.json").read_text())["pid"], signal.SIGKILL)
    running.kill()
    running.wait()
    if who == "server":
        desk.done("up")
    for _ in range(3):  # a deletion that has failed is asked for again
        seen = desk.mlops("project", "delete", _NAME, *ALL, "--dry-run", "--json")
        if seen.returncode:
            break  # there is none
        desk.mlops(*_deletion(desk))
    return everything(desk.aws)


def _deletion(desk: Desk) -> list[str]:
    seen = json.loads(desk.done("project", "delete", _NAME, *ALL, "--dry-run", "--json"))["plan_id"]
    return ["project", "delete", _NAME, *ALL, "--yes", "--plan-id", seen]


def _told(left: Things) -> str:
    return f"{len(left)} wrong: {sorted(left)[:3]}" if left else "as before"


if __name__ == "__main__":
    sys.exit(main())
