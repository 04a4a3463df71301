"""Model Monitor's container contract: what the environment asks for, and the files it expects."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops.bundled import names
from mlops.bundled.rehearsal import YES
from mlops.errors import RefusedInput
from mlops.monitoring.analyzer import OWN_FILES, DriftReport, baseline, check
from mlops.monitoring.baseline import Baseline, load
from mlops.monitoring.sources import Source

_FORMATS = {"csv": "csv", "parquet": "parquet", "json": "jsonl"}
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception)\b")
_DIMENSIONS = {"MonitoringSchedule": "sagemaker_monitoring_schedule_name", "Endpoint": "sagemaker_endpoint_name"}


@dataclass(frozen=True)
class Job:
    """One run of the container."""

    data: Source
    output: Path
    metrics: Path | None
    known: Baseline | None
    rule: str
    unit: str
    after: Path | None
    environment: Mapping[str, str]
    as_model_monitor: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], ml: Path, *, as_model_monitor: bool = False) -> "Job":
        """Read and check the variables; ``as_model_monitor`` makes it Model Monitor's rule and files, and nothing beyond.

        Raises:
            RefusedInput: an unknown data format, only one baseline file, or a script that is not there.
        """
        source = Path(environment.get("dataset_source", ml / "processing" / "input" / "dataset"))
        kind, header = _format(environment.get("dataset_format", '{"csv": {"header": true}}'))
        before = _script(environment, "record_preprocessor_script")
        if before:
            source = _preprocessed(source, before, ml)
            kind = "jsonl"
        publish = environment.get("publish_cloudwatch_metrics") == "Enabled"
        return cls(
            data=Source(source, kind, header),
            output=Path(environment.get("output_path", ml / "processing" / "output")),
            metrics=ml / "output" / "metrics" / "cloudwatch" if publish else None,
            known=_baseline(environment),
            rule=environment.get("rule", "aws" if as_model_monitor else "joint"),
            unit=environment.get("unit_column", ""),
            after=_script(environment, "post_analytics_processor_script"),
            environment=environment,
            as_model_monitor=as_model_monitor,
        )

    def run(self) -> str:
        """Do it; the closing text."""
        self.output.mkdir(parents=True, exist_ok=True)
        text = self._make() if self.known is None else self._check(self.known)
        if self.after:
            _run_script(self.after, dict(self.environment))
        return text

    def _make(self) -> str:
        baseline(self.data, self.output, self.unit)
        return "Completed: Job completed successfully with no violations."

    def _check(self, known: Baseline) -> str:
        played = self.environment.get("rehearsal") == YES
        report = check(self.data, known, self.output, self.rule, self.unit, rehearsal=played)
        if self.as_model_monitor:
            for name in OWN_FILES:
                (self.output / name).unlink()
        if self.metrics:
            _write_metrics(self.metrics, report, known, self.environment)
        if report.violations:
            count = len(report.violations)
            return f"CompletedWithViolations: Job completed successfully with {count} violations."
        return "Completed: Job completed successfully with no violations."


def _format(text: str) -> tuple[str, bool]:
    """The format and whether CSV files have a header: ``{"csv": {"header": true}}``, ``{"parquet": {}}``, ``{"json": {"lines": true}}``."""
    try:
        content = json.loads(text)
        (name, options), *others = content.items()
        kind = _FORMATS[name]
    except (ValueError, KeyError, AttributeError, TypeError):
        raise RefusedInput(
            f"dataset_format {text[:80]}: must be csv, parquet or json (lines) with its options"
        ) from None
    if others:
        raise RefusedInput(f"dataset_format {text[:80]}: must name one format")
    header = str((options or {}).get("header", kind == "csv")).lower() == "true"
    return kind, header


def _baseline(environment: Mapping[str, str]) -> Baseline | None:
    statistics, constraints = (environment.get(name) for name in ("baseline_statistics", "baseline_constraints"))
    if bool(statistics) != bool(constraints):
        raise RefusedInput("baseline_statistics and baseline_constraints: both or none must be given")
    return load(Path(statistics), Path(constraints)) if statistics and constraints else None


def _script(environment: Mapping[str, str], name: str) -> Path | None:
    path = environment.get(name)
    if not path:
        return None
    if not Path(path).is_file():
        raise RefusedInput(f"{name}: {path} is not there")
    return Path(path)


def _preprocessed(source: Path, script: Path, ml: Path) -> Path:
    """The records that the script's ``preprocess_handler(line)`` makes of every line, as JSON Lines."""
    target = ml / "processing" / "preprocessed.jsonl"
    target.parent.mkdir(parents=True, exist_ok=True)
    _run_script(Path(__file__).with_name("preprocess.py"), {}, str(script), str(source), str(target))
    return target


def _run_script(script: Path, environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        env=environment or None,
        capture_output=True,
        text=True,
        check=False,
    )
    sys.stdout.write(done.stdout)
    if done.returncode:
        raised = _RAISED.match((done.stderr.strip().splitlines() or [""])[-1])  # the text behind it may quote a record
        why = f": {raised[0]}" if raised else ""
        raise RefusedInput(f"{script.name} ended with exit code {done.returncode}{why}")


def _write_metrics(folder: Path, report: DriftReport, known: Baseline, environment: Mapping[str, str]) -> None:
    """Metric lines as the Processing runtime picks them up: a value for every feature and aggregate, zero included."""
    dimensions = [
        {"Name": name, "Value": environment[key]} for name, key in _DIMENSIONS.items() if environment.get(key)
    ]
    content = report.to_json()
    values: list[tuple[str, Any]] = [
        (names.feature_drift(item.name), item.score)
        for item in report.features
        if known.features[item.name].limits.emit
    ]
    values += [(name, content[name]) for name in names.AGGREGATES]
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({"MetricName": name, "Value": float(value), "Unit": "None", "Dimensions": dimensions})
        for name, value in values
    ]
    (folder / "cloudwatch_metrics.jsonl").write_text("\n".join(lines) + "\n")
