"""Speed and memory of the analyzer beside others on the same job: ``make bench-monitor`` (``--rows``, ``--skip evidently``).

Job: describe a CSV of 20 mixed columns, compare a second one with it, write JSON. Every contender is a process of its own; its CPU
seconds (user + system, all threads, start-up included) and peak memory come from the operating system.
"""

import argparse
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
WORK, TOOLS = ROOT / ".mlops" / "bench-monitor", ROOT / ".tools" / "evidently"
_CHUNK = 500_000
_OURS = "mlops monitor (baseline + check)"
_LIMIT_CPU, _LIMIT_MEGABYTES = 7.0, 500.0  # CPU seconds a million rows

FLOOR = "import polars, sys; polars.read_csv(sys.argv[1])"

DUCKDB = """
import duckdb, json, sys
one, two, out = sys.argv[1:4]
base = duckdb.connect()
def describe(path):
    base.execute(f"create or replace table t as select * from read_csv('{path}', all_varchar=true)")
    names = [row[0] for row in base.execute("describe t").fetchall()]
    found = {}
    for name in names:
        n = f'try_cast("{name}" as double)'
        numeric = base.execute(f'select count({n}) > .99 * count("{name}") from t').fetchone()[0]
        common = f'count("{name}"), approx_count_distinct("{name}")'
        if numeric:
            quantiles = [i / 100 for i in range(101)]
            sql = f'select {common}, avg({n}), stddev_pop({n}), min({n}), max({n}), approx_quantile({n}, {quantiles}) from t'
        else:
            top = f'select "{name}" v, count(*) c from t group by 1 order by 2 desc limit 120'
            sql = f'select {common}, (select map_from_entries(list((v, c))) from ({top})) from t'
        found[name] = base.execute(sql).fetchone()
    return found
first, second = describe(one), describe(two)
json.dump({name: [first[name], second[name]] for name in first}, open(out, "w"), default=str)
"""

EVIDENTLY = """
import sys
import pandas as pd
from evidently import Report, Dataset, DataDefinition
from evidently.presets import DataDriftPreset, DataSummaryPreset
one, two = (pd.read_csv(path) for path in sys.argv[1:3])
one, two = (Dataset.from_pandas(frame, DataDefinition()) for frame in (one, two))
result = Report([DataDriftPreset(), DataSummaryPreset()]).run(two, one)
result.save_json(sys.argv[3])
"""


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    cpu: float
    wall: float
    megabytes: float


def main(argv: Sequence[str] = ("--skip", "evidently")) -> int:
    """Measure and print a table with ratios to the analyzer; 1 where a bound is missed. By default nothing is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--skip", action="append", default=[], choices=["duckdb", "evidently"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(argv)
    one, two = (_data(arguments.rows, seed) for seed in (1, 2))
    found = {"read the CSV once (polars)": _measure([sys.executable, "-c", FLOOR, str(one)])}
    command = [sys.executable, "-m", "mlops", "monitor"]
    base, out = WORK / "baseline", WORK / "check"
    found["baseline"] = _measure([*command, "baseline", "--input", str(one), "--output", str(base)])
    check = ["check", "--input", str(two), "--baseline", str(base), "--output", str(out)]
    found["check"] = _measure([*command, *check])
    both = found["baseline"], found["check"]
    found[_OURS] = Cost(sum(it.cpu for it in both), sum(it.wall for it in both), max(it.megabytes for it in both))
    files = [str(one), str(two), str(WORK / "other.json")]
    if "duckdb" not in arguments.skip:
        found["DuckDB SQL"] = _measure([sys.executable, "-c", DUCKDB, *files])
    if "evidently" not in arguments.skip:
        found["Evidently"] = _measure([str(_evidently()), "-c", EVIDENTLY, *files])
    _print(found, arguments.rows, as_json=arguments.json)
    ours = found[_OURS]
    return int(ours.megabytes > _LIMIT_MEGABYTES or ours.cpu > _LIMIT_CPU * arguments.rows / 1_000_000)


def _data(rows: int, seed: int) -> Path:
    """20 mixed columns: nine fractional, three whole, a flag, four categorical, a Boolean, an id, one with gaps."""
    path = WORK / f"{rows}-{seed}.csv"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(seed)
    with path.with_suffix(".tmp").open("wb") as out:
        for begin in range(0, rows, _CHUNK):
            _columns(generator, min(_CHUNK, rows - begin)).write_csv(out, include_header=begin == 0)
    path.with_suffix(".tmp").replace(path)
    return path


def _columns(generator: np.random.Generator, rows: int) -> pl.DataFrame:
    columns: dict[str, object] = {f"f{i}": generator.normal(50, 10, rows).round(4) for i in range(6)}
    columns |= {f"g{i}": generator.normal(0, 1, rows) for i in range(2)}
    columns["amount"] = generator.exponential(100, rows).round(2)
    columns |= {f"i{i}": generator.integers(0, 100 * 10**i, rows) for i in range(3)}
    columns["flag"] = generator.integers(0, 2, rows)
    for number, count in enumerate((3, 12, 50, 1_000)):
        names = np.array([f"category_{value}" for value in range(count)])
        columns[f"c{number}"] = names[generator.integers(0, count, rows)]
    columns["bool"] = np.where(generator.random(rows) < 0.3, "true", "false")
    columns["id"] = np.char.add("P", generator.integers(0, 10**8, rows).astype(str))
    gaps = pl.Series(generator.random(rows) < 0.1)
    columns["gaps"] = pl.Series(generator.gamma(2, 3, rows).round(3)).set(gaps, None)
    return pl.DataFrame(columns)


def _measure(command: Sequence[str]) -> Cost:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, text=True)
    began = os.times().elapsed
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{Path(command[0]).name} failed: {errors.strip().splitlines()[-1:]}")
    return Cost(usage.ru_utime + usage.ru_stime, os.times().elapsed - began, usage.ru_maxrss / 1024)


def _evidently() -> Path:
    """Evidently's own environment, made on demand: it does not run with this project's pandas 3."""
    python = TOOLS / "bin" / "python"
    if not (TOOLS / "done").is_file():
        sys.stderr.write("installing Evidently into .tools/evidently ...\n")
        uv = next(str(path) for path in (ROOT / ".tools" / "bin" / "uv", *_on_path("uv")) if Path(path).is_file())
        subprocess.run([uv, "venv", "-q", "--allow-existing", "--python", sys.executable, str(TOOLS)], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), "evidently>=0.7", "pandas<3"], check=True)
        (TOOLS / "done").touch()
    return python


def _on_path(name: str) -> list[Path]:
    return [Path(folder) / name for folder in os.environ["PATH"].split(os.pathsep)]


def _print(found: dict[str, Cost], rows: int, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"rows": rows} | {name: vars(cost) for name, cost in found.items()}) + "\n")
        return
    ours, floor = found[_OURS], next(iter(found.values()))
    sys.stdout.write(
        f"{rows:,} rows x 20 columns, twice\n{'':34} {'CPU s':>8} {'wall s':>8} {'peak MB':>8} {'ratio':>7}\n"
    )
    for name, cost in found.items():
        ratio = f"{cost.cpu / ours.cpu:6.2f}x"
        sys.stdout.write(f"{name:34} {cost.cpu:8.2f} {cost.wall:8.2f} {cost.megabytes:8.0f} {ratio}\n")
    worst = max(found["baseline"].cpu, found["check"].cpu) / floor.cpu
    sys.stdout.write(textwrap.fill(f"one pass takes {worst:.1f} times the CPU of reading the CSV once") + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
