"""Model Monitor writes no drift report: the function makes one of its files, and everything downstream reads it as ours."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from mlops.monitoring.analyzer import baseline, check, load_baseline
from mlops.monitoring.sources import Source
from tests.unit.monitoring.monitor_cases import claims
from tests.unit.monitoring.monitor_functions import loaded

_FILES = {"statistics.json", "constraints.json", "constraint_violations.json"}


def judged(folder: Path, now: pl.DataFrame, **changes: str) -> dict[str, Any]:
    """Run the stand-in for Model Monitor's container on ``now``; its files by name, the baseline's under ``baseline``."""
    claims(3_000).write_csv(folder / "before.csv")
    now.write_csv(folder / "now.csv")
    baseline(Source(folder / "before.csv"), folder / "baseline")
    environment = {
        "dataset_source": str(folder / "now.csv"),
        "output_path": str(folder / "out"),
        "baseline_statistics": str(folder / "baseline" / "statistics.json"),
        "baseline_constraints": str(folder / "baseline" / "constraints.json"),
        "MLOPS_ML_FOLDER": str(folder),
        **changes,
    }
    command = [sys.executable, "-m", "mlops.monitoring", "--as-model-monitor"]
    subprocess.run(command, env={**os.environ, **environment}, check=True, capture_output=True)
    return {path.name: json.loads(path.read_text()) for path in (folder / "out").iterdir()}


def drifted(rows: int = 2_000) -> pl.DataFrame:
    return claims(rows, 1).with_columns(pl.col("a1c") + 1.5, payer=pl.lit("cash"))


def derived(files: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    names = ("statistics", "constraints")
    known = {name: json.loads((folder / f"{name}.json").read_text()) if folder else None for name in names}
    with loaded("publish_drift_metrics", "model_monitor") as module:
        return dict(module.drift_report(files["constraint_violations.json"], files["statistics.json"], known))


def test_the_stand_in_writes_what_model_monitor_writes(tmp_path: Path) -> None:
    """Three files and no other; its distance decides."""
    files = judged(tmp_path, drifted())
    assert set(files) == _FILES
    checks = {item["constraint_check_type"] for item in files["constraint_violations.json"]["violations"]}
    assert "baseline_drift_check" in checks


def test_the_report_equals_the_analyzers_own_under_the_same_rule(tmp_path: Path) -> None:
    """Scores computed from both sketches by another program (numpy here, plain Python there), decisions, counts and names."""
    files = judged(tmp_path, drifted())
    report = derived(files, tmp_path / "baseline")
    own = check(Source(tmp_path / "now.csv"), load_baseline(tmp_path / "baseline"), tmp_path / "own", "aws").to_json()
    for key in (
        "rows",
        "baseline_rows",
        "drifted",
        "drift_share",
        "violations_count",
        "schema_violations",
        "violations",
    ):
        assert report[key] == own[key], key
    assert [item["name"] for item in report["features"]] == [item["name"] for item in own["features"]]
    for item, other in zip(report["features"], own["features"], strict=True):
        assert item["drifted"] == other["drifted"]
        assert item["score"] == pytest.approx(other["score"], abs=1e-4)  # the violation's text has four digits
        assert (item["threshold"], item["type"]) == (other["threshold"], other["type"])
    assert report["max_drift_score"] == pytest.approx(own["max_drift_score"], abs=1e-4)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    """No significance ever; without the baseline only the distances that the violations state."""
    files = judged(tmp_path, drifted())
    (lacks,) = derived(files, tmp_path / "baseline")["missing"]
    assert lacks.startswith("significance, effect size")
    blind = derived(files, None)
    assert any("the baseline cannot be read" in text for text in blind["missing"])
    stated = {item["name"]: item["score"] for item in blind["features"]}
    assert stated["a1c"] > 0.1
    assert stated["fills"] is None
    assert (blind["drifted"], blind["max_drift_score"]) == (True, max(v for v in stated.values() if v is not None))


def test_identical_data(tmp_path: Path) -> None:
    """Nothing has drifted, and every score is zero."""
    report = derived(judged(tmp_path, claims(3_000)), tmp_path / "baseline")
    assert (report["drifted"], report["violations_count"], report["max_drift_score"]) == (False, 0, 0.0)


@mock_aws
def test_the_function_makes_the_report_once_and_publishes_every_metric(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the run has no drift_report.json; a repeated call reads the one that the first has written."""
    given = {"PROJECT": "p", "INFERENCE_PIPELINE": "p-inference"}
    given |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    s3, files = boto3.client("s3"), judged(tmp_path, drifted())
    s3.create_bucket(Bucket="reports")
    for name, content in files.items():
        s3.put_object(Bucket="reports", Key=f"runs/r/monitoring/{name}", Body=json.dumps(content))
    for name in ("statistics", "constraints"):
        s3.put_object(
            Bucket="reports", Key=f"base/{name}.json", Body=(tmp_path / "baseline" / f"{name}.json").read_bytes()
        )
    event = {"report_uri": "s3://reports/runs/r/monitoring/drift_report.json"}
    event |= {f"{name}_uri": f"s3://reports/base/{name}.json" for name in ("statistics", "constraints")}
    with loaded("publish_drift_metrics") as module:
        first = module.handler(event, None)
        for name in files:
            s3.delete_object(Bucket="reports", Key=f"runs/r/monitoring/{name}")
        assert module.handler(event, None) == first
        s3.delete_object(Bucket="reports", Key="runs/r/monitoring/drift_report.json")
        with pytest.raises(ClientError, match="NoSuchKey"):  # neither report nor files: never a silent zero
            module.handler(event, None)
    assert (first["drifted"], first["violations"]) == ("true", "true")
    assert first["found"].startswith("drift in ")
    names = {item["MetricName"] for item in boto3.client("cloudwatch").list_metrics(Namespace="MLOps/p")["Metrics"]}
    assert {"drifted", "rows", "schema_violations", "feature_baseline_drift_fills"} <= names
