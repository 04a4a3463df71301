"""Opt-in: statistics and constraints equal those that a real Model Monitor container wrote.

MLOPS_MONITOR_EXAMPLES names a folder with statistics.json, constraints.json and one CSV file, or a folder of such folders.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops.monitoring.analyzer import baseline, check, load_baseline
from mlops.monitoring.sources import Source

ROOT = os.environ.get("MLOPS_MONITOR_EXAMPLES", "")
FOLDERS = sorted(path.parent for path in Path(ROOT).rglob("statistics.json")) if ROOT else []

pytestmark = pytest.mark.skipif(not FOLDERS, reason="MLOPS_MONITOR_EXAMPLES names no folder with real examples")


def differences(real: Any, ours: Any, where: str = "") -> Iterator[str]:
    """Places where two JSON values differ; numbers of the moments may differ by rounding."""
    if isinstance(real, dict) and isinstance(ours, dict):
        for key in real.keys() | ours.keys():
            if key in real and key in ours:
                yield from differences(real[key], ours[key], f"{where}/{key}")
            else:
                yield f"{where}/{key}: only in one of them"
    elif isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        for number, pair in enumerate(zip(real, ours, strict=True)):
            yield from differences(*pair, f"{where}[{number}]")
    elif where.endswith(("/std_dev", "/mean", "/sum")):
        if real != pytest.approx(ours, rel=1e-12):
            yield f"{where}: {real} is not {ours}"
    elif real != ours:
        yield f"{where}: {str(real)[:60]} is not {str(ours)[:60]}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_files_equal_the_real_ones(folder: Path, tmp_path: Path) -> None:
    """Types, distinct counts, sketches and buckets exactly; mean, sum and deviation to 1e-12."""
    (data,) = folder.glob("*.csv")
    baseline(Source(data), tmp_path)
    for name in ("statistics.json", "constraints.json"):
        real, ours = (json.loads((where / name).read_text()) for where in (folder, tmp_path))
        assert list(differences(real, ours)) == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
@pytest.mark.parametrize("rule", ["joint", "aws"])
def test_a_real_baseline_can_be_checked_against(folder: Path, tmp_path: Path, rule: str) -> None:
    """The container's own baseline and its own data: no drift, no violation."""
    (data,) = folder.glob("*.csv")
    report = check(Source(data), load_baseline(folder), tmp_path, rule)
    assert (report.drifted, report.violations) == ([], [])
