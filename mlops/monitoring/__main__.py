"""The container: Model Monitor's environment-variable contract (see docs/monitoring.md)."""

import json
import os
import sys
from pathlib import Path

from mlops.errors import RefusedInput
from mlops.monitoring.analyzer import DriftReport, baseline, check

_OUTPUT = Path("/opt/ml/output")


def main() -> int:
    """Make a baseline, or check against one where the environment names it; exit code 2 for refused input."""
    try:
        text = _run()
    except RefusedInput as error:
        message = f"RefusedInput: {error}"
        sys.stderr.write(message + "\n")
        _say(message)
        return 2
    sys.stdout.write(text + "\n")
    _say(text)
    return 0


def _run() -> str:
    data = Path(os.environ.get("dataset_source", "/opt/ml/processing/input/dataset"))
    output = Path(os.environ.get("output_path", "/opt/ml/processing/output"))
    _check_format(os.environ.get("dataset_format", '{"csv": {"header": true}}'))
    for name in ("record_preprocessor_script", "post_analytics_processor_script"):
        if os.environ.get(name):
            raise RefusedInput(f"{name} is not supported by this analyzer: prepare the data in a step before it")
    output.mkdir(parents=True, exist_ok=True)
    statistics, constraints = (os.environ.get(name) for name in ("baseline_statistics", "baseline_constraints"))
    if not statistics or not constraints:
        summary = baseline(data, output)
        return f"Completed: baseline of {summary.rows} rows and {len(summary.columns)} columns."
    report = check(data, Path(statistics), Path(constraints), output, os.environ.get("rule", "joint"))
    if os.environ.get("publish_cloudwatch_metrics") == "Enabled":
        _metrics(report)
    count = len(report.violations)
    if count:
        return f"CompletedWithViolations: Job completed successfully with {count} violations."
    return "Completed: Job completed successfully with no violations."


def _check_format(text: str) -> None:
    try:
        options = json.loads(text)["csv"]
    except (ValueError, KeyError, TypeError):
        raise RefusedInput(f"dataset_format {text[:80]}: this analyzer reads CSV with a header") from None
    if str(options.get("header", True)).lower() != "true":
        raise RefusedInput("dataset_format: CSV files need a header line")


def _metrics(report: DriftReport) -> None:
    """Metric lines as Model Monitor's container writes them for the Processing runtime to publish."""
    target = _OUTPUT / "metrics" / "cloudwatch"
    target.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"MetricName": f"feature_baseline_drift_{item.name}", "Value": item.score, "Unit": "None"})
        for item in report.features
    ]
    (target / "cloudwatch_metrics.jsonl").write_text("\n".join(lines) + "\n")


def _say(message: str) -> None:
    if _OUTPUT.is_dir():
        (_OUTPUT / "message").write_text(message[:1000])


if __name__ == "__main__":
    sys.exit(main())
