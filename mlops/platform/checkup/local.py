"""The embedded AWS of a folder: its state's files, its objects, what a killed server has left, and what is deployed there."""

import json
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from embedded_aws import upkeep
from embedded_aws.errors import DamagedState, Refused
from mlops.aws import local
from mlops.errors import RefusedInput
from mlops.platform import server
from mlops.platform.assembly import load
from mlops.platform.checkup import deployed
from mlops.platform.checkup.account import Account
from mlops.platform.checkup.checks import WRONG, Check, ok, wrong
from mlops.platform.checkup.orphans import orphans

_ROOM = 1 << 30  # bytes: a training of the demo's size needs less
_SHOWN = 3


def local_checks(state_dir: Path) -> Iterator[Check]:
    """Every check of a state folder, in order."""
    running = server.status(state_dir)
    if running is None:
        yield wrong("embedded AWS", "not running", "'mlops up' starts it")
    else:
        yield ok("embedded AWS", f"{running.endpoint} (process {running.pid})")
    if not state_dir.is_dir():
        yield ok("state folder", f"{state_dir}/ is not there yet")
        return
    yield _folder(state_dir)
    yield _room(state_dir)
    yield from _files(state_dir)
    yield from _objects(state_dir)
    yield from _left(state_dir, running=running is not None)


def deployed_checks(state_dir: Path) -> Iterator[Check]:
    """What is deployed on a running embedded AWS: this version's templates, and nothing that belongs to nobody."""
    running = server.status(state_dir)
    if running is None:
        return
    aws = local(running)
    account = Account(aws, load())
    if all(account.stack(stack.name) is None for stack in account.assembly.stacks):
        yield ok("platform", "not deployed")
        return
    found = list(deployed.stacks(account))
    yield from [it for it in found if it.state == WRONG] or [ok("platform", "every stack is as this version makes it")]
    yield from orphans(aws)


def repair(state_dir: Path) -> list[str]:
    """Bring what is damaged into order, of a stopped embedded AWS; lines that tell what was done and what is lost.

    Raises:
        RefusedInput: it is running, or there is nothing to go back to.
    """
    try:
        return upkeep.repair(state_dir)
    except Refused as error:
        anew = (
            "; 'mlops down --wipe' begins anew, 'mlops restore' brings a backup back"
            if isinstance(error, DamagedState)
            else ""
        )
        raise RefusedInput(f"{error}{anew}") from error


def _folder(state_dir: Path) -> Check:
    mode = stat.S_IMODE(state_dir.stat().st_mode)
    if mode & 0o077:
        return wrong("state folder", f"{state_dir}/ {mode:04o}: others can look into it", f"chmod 700 {state_dir}")
    return ok("state folder", f"{state_dir}/ {mode:04o}")


def _room(state_dir: Path) -> Check:
    free = shutil.disk_usage(state_dir).free
    found = f"{free / 1e9:.1f} GB free"
    return ok("disk", found) if free > _ROOM else wrong("disk", found, f"free some space on the disk of {state_dir}/")


def _files(state_dir: Path) -> Iterator[Check]:
    damaged = list(upkeep.damaged_files(state_dir))
    for error in damaged:
        yield wrong("state files", str(error), "'mlops down', then 'mlops doctor --repair'")
    if not damaged:
        yield ok("state files", "every digest is right")


def _objects(state_dir: Path) -> Iterator[Check]:
    count, damaged = 0, list[str]()
    for fault in upkeep.objects_of(state_dir):
        count += 1
        if fault:
            damaged.append(fault)
    for fault in damaged[:_SHOWN]:
        yield wrong("objects", fault, "store it again, or bring the file back from a backup")
    if len(damaged) > _SHOWN:
        yield wrong("objects", f"{len(damaged) - _SHOWN} more are damaged", "as those above")
    if not damaged:
        yield ok("objects", f"{count} objects, every digest is right")


def _left(state_dir: Path, *, running: bool) -> Iterator[Check]:
    """Files that only a running server has a use for."""
    if running:
        return
    record = state_dir / "server.json"
    if record.exists():
        pid = _pid(record)
        yield wrong(
            "stale record", f"{record} names process {pid}, which does not serve this folder", "'mlops up' replaces it"
        )
    jobs = [it.name for it in (state_dir / "jobs").glob("*")] if (state_dir / "jobs").is_dir() else []
    if jobs:
        yield wrong("orphaned jobs", f"{len(jobs)} folders of jobs that were cut off", "'mlops up' removes them")


def _pid(record: Path) -> str:
    try:
        return str(json.loads(record.read_text())["pid"])
    except (ValueError, KeyError, OSError):
        return "?"
