"""The embedded server's start and the executor's own time a step, on both job backends."""

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mlops.platform import server
from tests.integration.executor.lab import BACKENDS, IMAGES, Lab, backend_chosen, own, processing, python

_STEPS, _STARTS = 10, 5
_START_LIMIT, _STEP_LIMIT = 1.5, 0.5  # seconds


def main() -> int:
    """1 where a limit was missed."""
    rows: list[tuple[str, float, float | None]] = [("server start to first answer, seconds", _start(), _START_LIMIT)]
    for backend in BACKENDS:
        try:
            with backend_chosen(backend):
                rows += _pipeline(backend)
        except pytest.skip.Exception as reason:
            sys.stdout.write(f"{backend}: {reason}\n")
    for name, value, limit in rows:
        kept = limit is None or value < limit
        bound = "" if limit is None else f"< {limit:g}"
        sys.stdout.write(f"{name:<66} {value:>8.3f} {bound:>6} {'' if kept else 'MISSED'}\n")
    return int(any(limit is not None and value >= limit for _, value, limit in rows))


def _start() -> float:
    times = []
    for _ in range(_STARTS):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            with server.start(Path(folder), persist=False, owner=True):
                times.append(time.perf_counter() - began)
    return statistics.median(times)


def _pipeline(backend: str) -> list[tuple[str, float, float | None]]:
    before = _cpu()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "images.toml").write_text(IMAGES)
        with server.start(Path(folder), persist=False, owner=True) as running:
            lab = Lab(running, backend)
            chain = lab.create(
                [_step(number, DependsOn=[f"S{number - 1}"] if number else []) for number in range(_STEPS)]
            )
            lab.wait(lab.start(chain))  # warms the fork server
            in_turn = statistics.median(_seconds(lab, [chain]) for _ in range(5)) / _STEPS
            together = statistics.median(_seconds(lab, [chain] * 10) for _ in range(3)) / (10 * _STEPS)
    executed = _STEPS * (1 + 5 + 30)
    return [
        (f"{backend}: seconds a step, {_STEPS} trivial Processing steps in turn", in_turn, _STEP_LIMIT),
        (f"{backend}: seconds a step, ten such executions together", together, _STEP_LIMIT),
        (f"{backend}: CPU seconds a step, server start included", (_cpu() - before) / executed, None),
    ]


def _step(number: int, **more: object) -> dict[str, object]:
    code = "open('/opt/ml/processing/out/f','w').write('x')"
    return processing(f"S{number}", python(code), outputs={"out": own(f"S{number}")}, **more)


def _seconds(lab: Lab, pipelines: list[str]) -> float:
    began = time.perf_counter()
    outcomes = [lab.wait(arn) for arn in [lab.start(pipeline) for pipeline in pipelines]]
    if {outcome.status for outcome in outcomes} != {"Succeeded"}:
        raise RuntimeError(f"an execution did not succeed: {[outcome.steps for outcome in outcomes]}")
    return time.perf_counter() - began


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
