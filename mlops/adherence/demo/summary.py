"""The demo's closing page on the terminal, and its JSON object."""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

from mlops.adherence.demo.outcome import Outcome
from mlops.runs.inference import Batch


def as_object(outcome: Outcome) -> dict[str, Any]:
    """What ``mlops demo --json`` prints on its last line."""
    gates = outcome.evaluation["gates"]
    stages = [{key: stage[key] for key in ("name", "status", "seconds")} for stage in outcome.stages]
    return {
        "ok": outcome.ok,
        "seconds": round(outcome.seconds, 2),
        "stages": stages,
        "model": {
            "version": outcome.version,
            "auc": gates["auc"],
            "auc_due": gates["auc_due"],
            "ece": gates["ece_due"],
        },
        "drift": {
            "baseline_batch": bool(outcome.usual and outcome.usual.drift["drifted"]),
            "drifted_batch": bool(outcome.drifted and outcome.drifted.drift["drifted"]),
        },
        "retrained_version": outcome.retrained_version,
        "report": str(outcome.report),
    }


def as_text(outcome: Outcome) -> str:
    """One page: what happened, what the numbers are, where things lie, what to try next."""
    gates, out = outcome.evaluation["gates"], outcome.choices.out
    assert outcome.usual is not None  # noqa: S101 (a finished story has both batches)
    assert outcome.drifted is not None  # noqa: S101
    lines = [
        "",
        f"Done in {outcome.seconds:.0f} s.",
        "",
        (
            f"  model      version {outcome.version}: AUC {gates['auc']:.3f} ({gates['auc_due']:.3f} where the supply ends "
            f"within 30 days), calibration error {gates['ece_due']:.3f}"
        ),
        f"  usual      {_batch(outcome.usual)}",
        f"  drifted    {_batch(outcome.drifted)}",
        f"  retrained  version {outcome.retrained_version}, started by the alarm; it waits for approval",
        "",
        f"  report       {outcome.report}",
        f"  predictions  {out / outcome.usual.metadata['as_of'] / 'predictions' / 'predictions.csv'}",
        "",
        "Try next:",
    ]
    return "\n".join(lines + [f"  {command:<62}  {why}" for command, why in next_commands(outcome)])


def _batch(batch: Batch) -> str:
    drifted = [feature["name"] for feature in batch.drift["features"] if feature["drifted"]]
    verdict = f"drift in {', '.join(drifted)}" if batch.drift["drifted"] else "no drift"
    told = drift_of_predictions(batch)
    return f"{batch.drift['rows']:,} predictions as of {batch.metadata['as_of']}: {verdict}; of the predictions: {told}"


def drift_of_predictions(batch: Batch) -> str:
    """Whose probabilities have drifted, all or brands."""
    names = [item["name"] for item in batch.judged["features"] if item["drifted"]]
    return f"drift of {', '.join(names)}" if names else "no drift"


def next_commands(outcome: Outcome) -> list[tuple[str, str]]:
    """(command, what it does)."""
    return [(command.replace("mlops ", f"{_program()} "), why) for command, why in _suggestions(outcome)]


def _program() -> str:
    """How the user can call the command line from here."""
    called = Path(sys.argv[0])
    if shutil.which("mlops") or called.name != "mlops":
        return "mlops"
    return os.path.relpath(called)


def _suggestions(outcome: Outcome) -> list[tuple[str, str]]:
    if not outcome.choices.keep:
        return [
            ("mlops demo --keep", "the same, leaving the embedded AWS running to look around"),
            ("mlops synthesize my-data --patients 2000", "CSV tables to change and to train on"),
        ]
    project = "adherence"
    return [
        (f"mlops model list {project}", "the versions"),
        (
            f"mlops model approve {project} {outcome.retrained_version} --reason ... --as ml-engineer",
            "deploy the retrained one",
        ),
        ("mlops run list", "all pipeline runs; then: mlops run show ID, mlops run logs ID"),
        ("mlops down --wipe", "stop and forget everything"),
    ]
