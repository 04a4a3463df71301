"""``make bench-data``: validation, profile and comparison of 1,000,000 rows x 25 columns, beside frictionless and skrub.

Each task runs in a process of its own; CPU seconds and peak memory are the kernel's (wait4). The peers live in an
environment of their own under .tools/, which is made on demand and needs a package index; without one they are left out.
"""

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from mlops.datasets.schema import Field, Schema, Table, load

ROWS, ERRORS = 1_000_000, 631
WORK, PEERS = Path(".tools/bench-data"), Path(".tools/bench-data-peers")
_CHANNELS = ("retail", "mail", "specialty")


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a task took."""

    wall: float
    cpu: float
    megabytes: float
    output: str


def columns(rows: int, seed: int) -> dict[str, np.ndarray]:
    """25 columns: two ids, 5 dates, 6 whole numbers, 6 numbers, 6 categories."""
    draw = np.random.default_rng(seed)
    found = {
        "fill_id": np.char.add("F", np.char.zfill(np.arange(rows).astype(str), 9)),
        "patient_id": np.char.add("P", np.char.zfill(draw.integers(0, rows // 10, rows).astype(str), 7)),
    }
    start = np.datetime64("2020-01-01")
    found |= {f"date{i}": (start + draw.integers(0, 2000, rows).astype("timedelta64[D]")).astype(str) for i in range(5)}
    found |= {f"count{i}": draw.integers(0, 365, rows).astype(str) for i in range(6)}
    found |= {f"amount{i}": np.round(draw.gamma(2, 20 + seed, rows), 2).astype(str) for i in range(6)}
    return found | {f"channel{i}": np.array(_CHANNELS)[draw.integers(0, 3, rows)] for i in range(6)}


def schema() -> Schema:
    """Every column has a type and a rule; the first is the key."""
    kinds: dict[str, Callable[[str], Field]] = {
        "date": lambda name: Field(name, "date", required=True),
        "count": lambda name: Field(name, "integer", required=True, minimum=0, maximum=365),
        "amount": lambda name: Field(name, "number", required=True, minimum=0),
        "channel": lambda name: Field(name, required=True, enum=_CHANNELS),
    }
    fields = [Field(name, required=True, identifying=True) for name in ("fill_id", "patient_id")]
    fields += [make(f"{name}{i}") for name, make in kinds.items() for i in range(5 if name == "date" else 6)]
    return Schema((Table("fills", "fills.csv", tuple(fields), key="fill_id"),))


def prepare() -> None:
    """Three folders: right, right and different, with errors."""
    for name, seed in (("one", 1), ("two", 2), ("bad", 1)):
        folder = WORK / name
        if not (folder / "fills.csv").exists():
            folder.mkdir(parents=True, exist_ok=True)
            found = columns(ROWS, seed)
            if name == "bad":
                spoil(found)
            table = pa.table(found)
            pyarrow.csv.write_csv(table, folder / "part", pyarrow.csv.WriteOptions(quoting_style="needed"))
            (folder / "part").rename(folder / "fills.csv")
    (WORK / "schema.json").write_text(json.dumps(schema().to_json()))


def spoil(found: dict[str, np.ndarray]) -> None:
    """631 wrong values in rows and columns of all kinds."""
    wrong = {"date": "2023-02-30", "count": "1E5", "amount": "inf", "channel": "NA"}
    draw = np.random.default_rng(3)
    names = [name for name in found if name[:-1] in wrong]
    for n, row in enumerate(draw.choice(ROWS, ERRORS, replace=False)):
        name = names[n % len(names)]
        found[name] = found[name].astype("U10") if found[name].dtype.itemsize < 40 else found[name]
        found[name][row] = wrong[name[:-1]]


def measure(command: list[str]) -> Cost:
    """Run a command; its CPU seconds and peak memory."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    output = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command[-2:])} failed")
    return Cost(time.monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, output.strip())


def ours(task: str) -> str:
    """One task, in this process."""
    from mlops.datasets.profile import compare, profile
    from mlops.datasets.profile.page import comparison_page, profile_page
    from mlops.datasets.validation import validate

    wanted = load(WORK / "schema.json")
    if task.startswith("validate"):
        report = validate(WORK / task.split("-")[1], wanted, WORK / "report")
        return f"{report.error_count} errors"
    first = profile(WORK / "one", wanted, "one")
    if task == "profile":
        return f"{len(profile_page(first)) / 1024:.0f} KB page"
    second = profile(WORK / "two", wanted, "two", first)
    page = comparison_page(compare(first, second, (wanted, wanted)))
    return f"{len(page + profile_page(first) + profile_page(second)) / 1024:.0f} KB pages"


_FRICTIONLESS = """
import json, sys
from frictionless import Resource, Schema, system
described = json.load(open(sys.argv[1] + '/schema.json'))['resources'][0]['schema']
with system.use_context(trusted=True):
    resource = Resource(path=sys.argv[1] + '/bad/fills.csv', schema=Schema.from_descriptor(described))
    report = resource.validate(limit_errors=100000)
print(report.stats['errors'], 'errors')
"""
_SKRUB = """
import sys, pandas as pd
from skrub import TableReport
page = ''
for name in sys.argv[2].split(','):
    page += TableReport(pd.read_csv(f'{sys.argv[1]}/{name}/fills.csv'), verbose=0).html()
print(len(page) // 1024, 'KB pages, no comparison')
"""


def peers() -> Path | None:
    """The peers' own interpreter; None where they cannot be installed."""
    python = PEERS / "bin" / "python"
    if not (PEERS / "ready").exists():
        uv = os.environ.get("UV", "uv")
        steps = [
            [uv, "venv", "-q", "--allow-existing", "--python", sys.executable, str(PEERS)],
            [uv, "pip", "install", "-q", "--python", str(python), "frictionless", "skrub", "pandas", "matplotlib"],
        ]
        if any(subprocess.run(step, check=False).returncode for step in steps):
            return None
        (PEERS / "ready").touch()
    return python


def main() -> None:
    """Measure and print."""
    # in a process of its own: a child's peak memory begins with that of its parent
    subprocess.run([sys.executable, "-m", "bench.data", "prepare"], check=True)
    tasks = {
        "validate, no errors": ("ours", "validate-one"),
        f"validate, {ERRORS} errors": ("ours", "validate-bad"),
        "profile one version": ("ours", "profile"),
        "profile two and compare": ("ours", "compare"),
    }
    costs = {name: measure([sys.executable, "-m", "bench.data", task]) for name, (_, task) in tasks.items()}
    python = peers()
    if python is not None:
        costs["frictionless, validate"] = measure([str(python), "-c", _FRICTIONLESS, str(WORK)])
        costs["skrub, profile one"] = measure([str(python), "-c", _SKRUB, str(WORK), "one"])
        costs["skrub, profile two"] = measure([str(python), "-c", _SKRUB, str(WORK), "one,two"])
    for name, cost in costs.items():
        print(f"{name:26} {cost.wall:7.2f} s {cost.cpu:7.2f} CPU-s {cost.megabytes:6.0f} MB  {cost.output}")
    if python is not None:
        ratio(costs, "frictionless, validate", f"validate, {ERRORS} errors")
        ratio(costs, "skrub, profile one", "profile one version")
        ratio(costs, "skrub, profile two", "profile two and compare")


def ratio(costs: dict[str, Cost], peer: str, mine: str) -> None:
    """How many times the CPU time of ours a peer takes."""
    print(f"{peer}: {costs[peer].cpu / costs[mine].cpu:.1f} times the CPU time of ours")


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    elif len(sys.argv) > 1:
        print(ours(sys.argv[1]))
    else:
        main()
