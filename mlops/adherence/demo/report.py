"""The demo's closing report: one self-contained HTML page of what ran, how good the model is, and what drifted."""

import csv
from datetime import datetime
from pathlib import Path

from mlops.adherence.demo import charts
from mlops.adherence.demo.outcome import Outcome, enrolled
from mlops.adherence.demo.page import Cell, table
from mlops.adherence.demo.quality import quality
from mlops.adherence.demo.summary import drift_of_predictions, next_commands
from mlops.pages import svg
from mlops.pages.page import Html, element, fragment, key, note, page, section, tiles
from mlops.pages.words import explained
from mlops.runs.inference import Batch
from mlops.runs.runs import Run, execution_id

_EXAMPLES = 6


def write_report(outcome: Outcome, path: Path) -> Path:
    """Write the page of a finished story; returns its path."""
    usual, drifted = _finished(outcome)
    lead = note(
        f"Synthetic: {enrolled(outcome)}, with {outcome.rows['fills']:,} dispensings. Everything below ran on an embedded "
        f"AWS on this machine in {outcome.seconds:.0f} s, through the same pipeline definitions, functions and jobs as on AWS."
    )
    parts = [
        tiles(_headlines(outcome, usual, drifted)),
        section("Model quality", *quality(outcome.evaluation)),
        section("Drift: a usual month and the month after all copays rose", *_drift(usual, drifted)),
        section("Predictions", *_predictions(outcome, usual, drifted)),
        section("Retraining", *_retraining(outcome)),
        section("What ran", *[_run(title, run) for title, run in outcome.runs]),
        section("Where everything lies", _places(outcome, usual, drifted)),
        section("Try next", *_next(outcome)),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page("Will this patient stop this brand within 30 days?", lead, *parts), encoding="utf-8")
    return path


def _finished(outcome: Outcome) -> tuple[Batch, Batch]:
    if outcome.usual is None or outcome.drifted is None:
        raise ValueError("the story has not been told to its end")
    return outcome.usual, outcome.drifted


def _headlines(outcome: Outcome, usual: Batch, drifted: Batch) -> list[tuple[str, str, str]]:
    gates = outcome.evaluation["gates"]
    return [
        (f"{gates['auc']:.3f}", "AUC, other patients at later dates", ""),
        (f"{gates['auc_due']:.3f}", "AUC where supply ends within 30 days", ""),
        (f"{gates['ece_due']:.3f}", "calibration error of those rows", ""),
        (_verdict(usual), _about("usual month", usual), "warn" if usual.drifted else "ok"),
        (_verdict(drifted), _about("drifted month", drifted), "warn" if drifted.drifted else ""),
        (f"version {outcome.retrained_version}", "retrained by the alarm, waits for approval", "ok"),
    ]


def _verdict(batch: Batch) -> str:
    count = sum(feature["drifted"] for feature in batch.drift["features"])
    return f"{count} drifted" if count else "no drift"


def _about(name: str, batch: Batch) -> str:
    """Which month a tile is about, and what of its predictions has drifted."""
    return f"features of the {name}, {batch.metadata['as_of']}; predictions: {drift_of_predictions(batch)}"


def _drift(usual: Batch, drifted: Batch) -> list[Html]:
    before = {item["name"]: item for item in usual.drift["features"]}
    order = sorted(drifted.drift["features"], key=lambda item: (-item["score"], item["name"]))[:12]
    pairs = [
        charts.Pair(item["name"], before[item["name"]]["score"], item["score"], item["drifted"])
        for item in order
        if item["name"] in before
    ]
    found = [[item["name"], item["why"]] for item in order if item["drifted"]]
    return [
        note(
            "Size of the change of each feature against the model's registered baseline; largest twelve of the drifted month."
        ),
        key(
            (svg.QUIET, "usual month"),
            (svg.BLUE, "drifted month"),
            (svg.ORANGE, "drifted month, feature has drifted"),
        ),
        charts.drift_pairs(pairs, order[0]["threshold"]),
        table(["feature", "what changed"], found, left=True),
    ]


def _predictions(outcome: Outcome, usual: Batch, drifted: Batch) -> list[Html]:
    bands = [
        [
            title,
            batch.metadata["rows"],
            *(batch.metadata["risk_bands"].get(name, 0) for name in ("low", "medium", "high")),
        ]
        for title, batch in (("usual month", usual), ("drifted month", drifted))
    ]
    as_of = str(usual.metadata["as_of"])
    moved: list[list[Cell]] = [
        [title, item["name"], item["why"]]
        for title, batch in (("usual month", usual), ("drifted month", drifted))
        for item in batch.judged["features"]
        if item["drifted"]
    ]
    return [
        table(["batch", "rows", "low risk", "medium", "high"], bands),
        element("h3", "Drift of the predictions against those of the version's evaluation"),
        table(["batch", "predictions", "what changed"], moved, left=True) if moved else note("None in either month."),
        element("h3", f"The rows at highest risk in the usual month ({as_of})"),
        note(
            "One row per patient and brand. Factors are associations, not causes; patient identifiers are left out of this page."
        ),
        table(
            ["brand", "probability of stopping", "interval", "confidence", "set", "why"],
            _examples(outcome.choices.out / as_of / "predictions" / "predictions.csv"),
            left=True,
        ),
        explained("conformal set", "drift"),
    ]


def _examples(file: Path) -> list[list[Cell]]:
    with file.open(newline="", encoding="utf-8") as stream:
        rows = sorted(csv.DictReader(stream), key=lambda row: -float(row["p_stop"]))[:_EXAMPLES]
    return [
        [
            row["brand"],
            f"{float(row['p_stop']):.0%}",
            f"{float(row['p_low']):.0%} to {float(row['p_high']):.0%}",
            f"{float(row['confidence']):.0%}",
            row["conformal_set"],
            "; ".join(row[f"factor_{number}_text"] for number in (1, 2, 3) if row[f"factor_{number}_text"]),
        ]
        for row in rows
    ]


def _retraining(outcome: Outcome) -> list[Html]:
    versions = ((outcome.version, outcome.evaluation), (outcome.retrained_version, outcome.retrained_evaluation))
    rows: list[list[Cell]] = [
        [f"version {number}", report["rows"], *(report["gates"][name] for name in ("auc", "auc_due", "ece_due"))]
        for number, report in versions
    ]
    alarm = outcome.alarms[0]
    return [
        element(
            "p",
            "Alarm ",
            element("code", alarm["AlarmName"]),
            f" went to ALARM ({alarm['StateReason']}); its event started the training pipeline through the drift policy.",
        ),
        table(["", "test rows", "AUC", "AUC due", "calibration error due"], rows),
        explained("AUC", "calibration error", "due"),
        note(
            "An alarm retrains on the data set of the newest version that was registered from an approved one: here the first version's. "
            "Newer data are imported, approved by a second person, and trained on once; from then on retraining uses them."
        ),
    ]


def _run(title: str, run: Run) -> Html:
    steps = [step for step in run.steps if "StartTime" in step]
    began: datetime = min(step["StartTime"] for step in steps)
    spans = [
        charts.Span(
            step["StepName"],
            (step["StartTime"] - began).total_seconds(),
            (step.get("EndTime", step["StartTime"]) - began).total_seconds(),
            step["StepStatus"],
        )
        for step in steps
    ]
    heading = element("h3", title, " ", element("code", execution_id(run.arn)), f": {run.status}")
    return fragment(heading, charts.timeline(spans))


def _places(outcome: Outcome, usual: Batch, drifted: Batch) -> Html:
    package, out = outcome.package, outcome.choices.out
    container = package["InferenceSpecification"]["Containers"][0]
    rows: list[list[Cell]] = [
        ["model version", str(package["ModelPackageArn"])],
        ["model artifact", str(container["ModelDataUrl"])],
        ["evaluation", str(package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"])],
        ["baseline", str(package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"])],
        *([name, value] for name, value in sorted(package["CustomerMetadataProperties"].items())),
    ]
    for title, batch in (("usual month", usual), ("drifted month", drifted)):
        folder = out / str(batch.metadata["as_of"])
        rows.append([f"{title}, predictions", f"{batch.predictions} and {folder / 'predictions'}"])
        rows.append([f"{title}, drift report", f"{batch.monitoring} and {folder / 'monitoring' / 'report.html'}"])
    kept = (
        f"The embedded AWS at {outcome.endpoint} is still running."
        if outcome.choices.keep
        else ("The embedded AWS ended with the demo: s3:// addresses answer only after mlops demo --keep.")
    )
    return fragment(table(["what", "where"], rows, left=True), note(kept))


def _next(outcome: Outcome) -> list[Html]:
    return [table(["command", "what it does"], [list(item) for item in next_commands(outcome)], left=True)]
