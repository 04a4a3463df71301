"""Synthesis with every gate, deployment here, project creation, upgrade, destruction: seconds and CPU seconds."""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mlops.aws import local
from mlops.platform import server
from mlops.platform.assembly import load
from mlops.platform.deployer import Deployer
from mlops.projects.catalog import Projects
from mlops.projects.products import DEFAULT
from stacks.assembly import synthesize
from tests.integration.platform.earlier import EARLIER, with_earlier

_LIMITS = {"synthesis with all gates": 25.0, "deployment of the platform": 15.0, "project creation": 10.0}


def main() -> int:
    """1 where a limit was missed."""
    measured: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = resource.getrusage(resource.RUSAGE_CHILDREN)
        _time(measured, "synthesis with all gates", lambda: synthesize(folder / "cdk.out"))
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        _local(measured, folder)
    cpu = ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime
    missed = 0
    for what, seconds in measured.items():
        limit = _LIMITS.get(what)
        kept = limit is None or seconds < limit
        missed += not kept
        sys.stdout.write(
            f"{what:<40} {seconds:6.2f} s {f'< {limit:.0f}' if limit else '':>6} {'' if kept else 'MISSED'}\n"
        )
    sys.stdout.write(f"{'synthesis, CPU seconds':<40} {cpu:6.2f}\n")
    return int(missed > 0)


def _local(measured: dict[str, float], folder: Path) -> None:
    with server.start(folder / "aws", persist=False, owner=True) as running:
        root, assembly = local(running), with_earlier(load())
        deployer = Deployer(root)
        _time(measured, "deployment of the platform", lambda: deployer.deploy(assembly))
        _time(measured, "deployment that changes nothing", lambda: deployer.deploy(assembly))
        projects = Projects(root.assume("mlops-ml-engineer", "bench"))
        _time(measured, "project creation", lambda: projects.create("ward", DEFAULT, EARLIER))
        _time(measured, "upgrade to the newest version", lambda: projects.upgrade("ward"))
        _time(measured, "going back", lambda: projects.upgrade("ward", EARLIER))
        _time(measured, "project deletion", lambda: projects.delete("ward"))
        _time(measured, "destruction of the platform", lambda: deployer.destroy(assembly))


def _time(measured: dict[str, float], what: str, action: Callable[[], object]) -> None:
    began = time.monotonic()
    action()
    measured[what] = time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
