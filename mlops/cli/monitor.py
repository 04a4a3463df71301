"""``mlops monitor``: baselines and checks of files, without any AWS."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import AsJson, say, say_json, table

if TYPE_CHECKING:
    from mlops.monitoring.analyzer import DriftReport

app = typer.Typer(help="Data quality and drift: baselines, checks, reports, model quality.")

Input = Annotated[Path, typer.Option("--input", help="file, or folder of files: CSV, Parquet or JSON Lines")]
Output = Annotated[Path, typer.Option(help="folder to write to")]
Format = Annotated[str, typer.Option("--format", help="csv, parquet or jsonl (default: by the file's name)")]

Unit = Annotated[str, typer.Option(help="column that names each row's unit (patient): its rows are not independent")]


@app.command()
def baseline(data: Input, output: Output, kind: Format = "", unit: Unit = "", as_json: AsJson = False) -> None:
    """Describe a data set: statistics.json and constraints.json, in Model Monitor's formats."""
    from mlops.monitoring.analyzer import baseline as make
    from mlops.monitoring.sources import Source

    summary = make(Source(data, kind), output, unit)
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
    unit: Unit = "",
    as_json: AsJson = False,
) -> None:
    """Compare a batch with a baseline: what breaks the schema, what has drifted, and how much."""
    from mlops.monitoring.analyzer import check as compare
    from mlops.monitoring.analyzer import load_baseline
    from mlops.monitoring.sources import Source

    report = compare(Source(data, kind), load_baseline(known), output, rule, unit)
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
    verdict = f"{len(report.drifted)} of {len(report.features)} features have drifted"
    say(f"{report.rows:,} rows, rule {report.rule}: {verdict}; {len(report.violations)} violations")
    say(f"report: {output}/report.html")
