"""``mlops monitor``: baselines and checks of files without any AWS; a project's batches, quality and simulated months."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.cli.common import AsJson, AsPersona, caller, ensure_may, ensure_may_upload, say, say_json, table

if TYPE_CHECKING:
    from mlops.monitoring.analyzer import DriftReport
    from mlops.runs.batches import MonitoredBatch

_NAMED = 6

app = typer.Typer(help="Data quality and drift: baselines, checks, reports, model quality.")

ProjectName = Annotated[str, typer.Argument(help="project")]
Input = Annotated[Path, typer.Option("--input", help="file, or folder of files: CSV, Parquet or JSON Lines")]
Output = Annotated[Path, typer.Option(help="folder to write to")]
Format = Annotated[str, typer.Option("--format", help="csv, parquet or jsonl (default: by the file's name)")]

Unit = Annotated[str, typer.Option(help="column that names each row's unit (patient): its rows are not independent")]

Header = Annotated[bool, typer.Option(help="CSV files begin with names; without, columns are _c0, _c1, ...")]


@app.command()
def baseline(
    data: Input,
    output: Output,
    *,
    kind: Format = "",
    header: Header = True,
    unit: Unit = "",
    as_json: AsJson = False,
) -> None:
    """Describe a data set: statistics.json and constraints.json, in Model Monitor's formats."""
    from mlops.monitoring.analyzer import baseline as make
    from mlops.monitoring.sources import Source

    summary = make(Source(data, kind, header), output, unit)
    columns = [
        {"name": item.name, "type": item.type, "completeness": item.completeness, "distinct": item.distinct}
        for item in summary.columns.values()
    ]
    if as_json:
        say_json({"rows": summary.rows, "columns": columns, "output": str(output)})
        return
    rows = [[str(c["name"]), str(c["type"]), f"{c['completeness']:.1%}", f"{c['distinct']:,}"] for c in columns]
    table(["column", "type", "complete", "distinct (approx.)"], rows)
    say(f"baseline of {summary.rows:,} rows: {output}/statistics.json, constraints.json")


@app.command()
def check(
    data: Input,
    known: Annotated[Path, typer.Option("--baseline", help="folder with statistics.json and constraints.json")],
    output: Output,
    *,
    rule: Annotated[str, typer.Option(help="joint (certain and large) or aws (Model Monitor's own)")] = "joint",
    kind: Format = "",
    header: Header = True,
    unit: Unit = "",
    as_json: AsJson = False,
) -> None:
    """Compare a batch with a baseline: what breaks the schema, what has drifted, and how much."""
    from mlops.monitoring.analyzer import check as compare
    from mlops.monitoring.analyzer import load_baseline
    from mlops.monitoring.sources import Source

    report = compare(Source(data, kind, header), load_baseline(known), output, rule, unit)
    if as_json:
        say_json(report.to_json() | {"output": str(output)})
    else:
        _show(report, output)


def _show(report: "DriftReport", output: Path) -> None:
    if report.drifted:
        rows = [[item.name, f"{item.score:.3f}", f"{item.threshold:g}", item.why] for item in report.drifted]
        table(["drifted feature", "score", "limit", "why"], rows)
    broken = [item for item in report.violations if item["constraint_check_type"] != "baseline_drift_check"]
    if broken:
        table(
            ["feature", "check", "what"],
            [[item["feature_name"], item["constraint_check_type"], item["description"]] for item in broken],
        )
    judged = [item for item in report.features if item.scores]
    others = [item for item in report.features if not item.scores and item.why]
    verdict = f"{len(report.drifted)} of {_counted(len(judged), 'compared feature')} drifted"
    found = _counted(len(report.violations), "violation")
    say(f"{_counted(report.rows, 'row')}, rule {report.rule}: {verdict}; {found}")
    for why in sorted({item.why for item in others}):
        names = [item.name for item in others if item.why == why]
        shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        say(f"not judged for drift: {shown}: {why.removeprefix('not compared: ')}")
    say(f"report: {output}/report.html")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@app.command()
def report(
    project: ProjectName,
    most: Annotated[int, typer.Option("--last", min=1, help="how many batches")] = 12,
    html: Annotated[Path | None, typer.Option(help="also write a self-contained page to this file")] = None,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """What monitoring has found in a project's batches: drift, schema, predictions, expected quality."""
    from mlops.projects.names import Project
    from mlops.runs.batches import ProjectMonitor

    aws = caller(persona)
    monitor = ProjectMonitor(aws, Project(project, aws.account))
    batches = monitor.batches(most)
    if html is not None:
        html.parent.mkdir(parents=True, exist_ok=True)
        html.write_text(monitor.page(batches), encoding="utf-8")
    if as_json:
        say_json({"project": project, "batches": [batch.to_json() for batch in batches]})
        return
    columns = [
        "data as of",
        "run",
        "model",
        "rows",
        "largest",
        "drifted features",
        "drifted predictions",
        "schema",
        "expected AUC",
    ]
    table(columns, [_batch_row(batch) for batch in batches])
    for feature in batches[-1].drifted:
        say(f"  {feature['name']}: {feature['why']}")
    for text in batches[-1].drift.get("missing", []):
        say(f"  not known: {text}")
    what = "rehearsal" if batches[-1].rehearsal else "batch"
    say(f"report of the newest {what}: {batches[-1].report}")
    if html is not None:
        say(f"page: {html}")


def _batch_row(batch: "MonitoredBatch") -> list[str]:
    names = [item["name"] for item in batch.drifted]
    expected = batch.estimate.auc if batch.estimate else None
    return [
        f"{batch.metadata.get('as_of', '')}{' (rehearsal)' if batch.rehearsal else ''}",
        batch.run,
        str(batch.metadata.get("model_version", "")),
        f"{batch.drift['rows']:,}",
        f"{batch.drift['max_drift_score']:.3f}",
        ", ".join(names[:3]) + (f" +{len(names) - 3}" if len(names) > 3 else "") or "none",
        ", ".join(item["name"] for item in batch.drifted_predictions[:3]) or "none",
        str(batch.drift["schema_violations"]),
        "" if expected is None else f"{expected:.3f}",
    ]


@app.command()
def score(
    project: ProjectName,
    labels: Annotated[Path, typer.Option(help="file with patient_id, brand, index_date and y (0 or 1)")],
    patients: Annotated[
        Path | None, typer.Option(help="patients table: sex, payer, birth_year for the bias gaps")
    ] = None,
    threshold: Annotated[float, typer.Option(min=0, max=1, help="probability from which a patient is selected")] = 0.2,
    *,
    publish: Annotated[bool, typer.Option("--publish", help="also write the figures as CloudWatch metrics")] = False,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Model quality of stored predictions, now that their labels are known; bias gaps between groups."""
    from mlops.projects.names import Project
    from mlops.runs.scoring import Scoring

    aws = caller(persona)
    ensure_may(aws, "s3:PutObject", Bucket=Project(project, aws.account).data_bucket, Key="quality/new")
    scoring = Scoring(aws, Project(project, aws.account))
    result = scoring.score(labels, patients, threshold)
    if publish:
        scoring.publish(result.content)
    if as_json:
        say_json(result.content | {"report": result.uri})
        return
    _show_quality(result.content)
    say(f"report: {result.uri}")


def _show_quality(content: dict[str, Any]) -> None:
    names = {
        "auc": "AUC",
        "brier": "Brier",
        "calibration_error": "calibration error",
        "observed_over_expected": "observed/expected",
    }
    expected = {"auc": content["estimated"]["auc"], "brier": content["estimated"]["brier"]}
    rows = [
        [
            title,
            _figure(content["overall"][name]["value"]),
            _range(content["overall"][name]),
            _figure(expected.get(name)),
        ]
        for name, title in names.items()
    ]
    say(f"{content['rows']:,} predictions of {content['first_index_date']} to {content['last_index_date']} have labels")
    table(["figure", "measured", "95 % interval", "estimated without labels"], rows)
    for gap in content["gaps"]:
        say(_gap_line(gap))


def _gap_line(gap: dict[str, Any]) -> str:
    hidden = f", {gap['suppressed']} too small to show" if gap["suppressed"] else ""
    line = f"by {gap['attribute']} ({len(gap['groups'])} groups{hidden}): "
    if len(gap["groups"]) < 2:
        return line + "nothing to compare"
    return line + (
        f"gap of observed/expected {gap['calibration_gap']:.3f}, "
        f"of AUC {gap['auc_gap']:.3f}, of the share selected {gap['selection_gap']:.3f}"
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _range(interval: dict[str, float | None]) -> str:
    return "" if interval["low"] is None else f"{interval['low']:.4f} to {interval['high']:.4f}"


@app.command()
def simulate(
    project: ProjectName,
    scenario: Annotated[
        str, typer.Option(help="copay-reset, formulary-switch, new-brand, age-shift, missing-column, unit-change")
    ],
    strength: Annotated[float, typer.Option(help="from 0 (nothing) to 1")] = 0.5,
    *,
    patients: Annotated[int, typer.Option(min=50)] = 2000,
    seed: int = 7,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Rehearse a month in which the world has changed, beside the project: batch, report, alarm, and what the policy does.

    Nothing of it counts: no predictions are published, its version cannot be approved, and all but the report is removed.
    """
    from mlops.adherence.simulation import Month, Simulation, check_scenario
    from mlops.progress import Progress
    from mlops.projects.names import Project

    check_scenario(scenario, strength)
    aws = caller(persona)
    ensure_may_upload(aws, project)
    with Progress(f"rehearsal: a month of {scenario} on {project}") as progress:
        played = Simulation(aws, Project(project, aws.account), progress).play(
            Month(scenario, strength, patients, seed)
        )
    found = played.to_json()
    if as_json:
        say_json(found)
        return
    drift = f"drift in {', '.join(found['drifted_features'])}" if found["drifted_features"] else "no drift"
    say(f"rehearsal on {found['rows']:,} invented rows: {drift}")
    say(f"schema violations: {found['schema_violations']}; alarms: {', '.join(found['alarms']) or 'none'}")
    if played.retrained_version:
        say(
            f"the drift policy retrained: version {played.retrained_version}, which nobody can approve, and which is removed"
        )
    say(f"report (stays; all else is removed as soon as the alarms are back to OK): {found['report']}")
