"""A batch's predictions against those of the version's evaluation: drift per brand, expected quality, gaps, metrics."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import polars as pl
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.unit.monitoring.monitor_functions import loaded

_BRANDS = {"Ozempic": 1_500, "Jardiance": 800, "Rare": 60}


def predictions(seed: int, *, shift: float = 0.0, brands: dict[str, int] = _BRANDS) -> pl.DataFrame:
    """Probabilities (a shift of log-odds moves all of Ozempic), with a person and groups for each."""
    generator, parts = np.random.default_rng(seed), []
    for brand, rows in brands.items():
        odds = generator.normal(-2.0, 0.8, rows) + (shift if brand == "Ozempic" else 0.0)
        parts.append(pl.DataFrame({"brand": [brand] * rows, "p_stop": (1 / (1 + np.exp(-odds))).round(6)}))
    table = pl.concat(parts)
    sex = generator.choice(["F", "M"], table.height)
    return table.with_columns(
        unit=pl.int_range(table.height), sex=pl.Series(sex), age_band=pl.lit("45-64"), payer=pl.lit("commercial")
    )


def judged(folder: Path, now: pl.DataFrame, known: pl.DataFrame | None) -> dict[str, Any]:
    """Run the analyzer as MonitorPredictions does, on the output of a transform job."""
    done = run(folder, now, known)
    assert done.returncode == 0, done.stderr
    return dict(json.loads((folder / "out" / "prediction_report.json").read_text()))


def run(folder: Path, now: pl.DataFrame, known: pl.DataFrame | None) -> "subprocess.CompletedProcess[str]":
    """The transform's lines hold the record and the answer."""
    (folder / "transformed").mkdir(parents=True)
    lines = [
        json.dumps(
            {"patient_id": f"P{row['unit']}", **{key: row[key] for key in ("brand", "sex", "age_band", "payer")}}
            | {"SageMakerOutput": {"p_stop": row["p_stop"], "risk_band": "high" if row["p_stop"] >= 0.2 else "low"}}
        )
        for row in now.to_dicts()
    ]
    (folder / "transformed" / "records.jsonl.out").write_text("\n".join(lines) + "\n")
    if known is not None:
        known.select("unit", "brand", "p_stop").write_csv(folder / "predictions.csv")
    environment = {
        "analysis_type": "PREDICTIONS",
        "dataset_source": str(folder / "transformed"),
        "known_predictions": str(folder / "predictions.csv"),
        "output_path": str(folder / "out"),
        "unit_column": "patient_id",
        "MLOPS_ML_FOLDER": str(folder),
    }
    command = [sys.executable, "-m", "mlops.monitoring"]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def test_usual_predictions(tmp_path: Path) -> None:
    """Another sample of the same: nothing has drifted; the brand under 200 is shown and not judged."""
    report = judged(tmp_path, predictions(1), predictions(2))
    assert report["drifted"] is False
    names = {item["name"]: item for item in report["features"]}
    assert set(names) == {"all predictions", *_BRANDS}
    assert names["Rare"]["why"].startswith("fewer than 200 values")
    assert (report["rows"], report["units"], report["baseline_rows"]) == (2_360, 2_360, 2_360)
    assert "<script" not in (tmp_path / "out" / "report.html").read_text()


def test_one_brand_has_drifted(tmp_path: Path) -> None:
    """The others are left alone; a brand that the evaluation did not have is named and not judged."""
    now = predictions(1, shift=1.0, brands={**_BRANDS, "Newcomer": 300})
    report = judged(tmp_path, now, predictions(2))
    drifted = {item["name"] for item in report["features"] if item["drifted"]}
    assert "Ozempic" in drifted
    assert drifted <= {"Ozempic", "all predictions"}
    assert report["new_brands"] == {"Newcomer": 300}


def test_a_small_brand_is_never_an_alarm(tmp_path: Path) -> None:
    """However large its change."""
    now = predictions(1).with_columns(p_stop=pl.when(pl.col("brand") == "Rare").then(0.99).otherwise(pl.col("p_stop")))
    report = judged(tmp_path, now, predictions(2))
    assert not any(item["drifted"] for item in report["features"] if item["name"] == "Rare")


def test_expected_quality_by_hand(tmp_path: Path) -> None:
    """CBPE: every prediction is a stop with its own probability. Brier = mean p (1 - p); AUC over all pairs, weighted by p (1 - q)."""
    values = [0.1] * 300 + [0.4] * 100
    now = predictions(1, brands={"Ozempic": 400}).with_columns(p_stop=pl.Series(values))
    report = judged(tmp_path, now, predictions(2))
    expected = report["expected"]
    assert expected["brier"] == pytest.approx((300 * 0.09 + 100 * 0.24) / 400)
    assert expected["stop_share"] == pytest.approx(70 / 400)
    ties = 30 * 270 / 2 + 40 * 60 / 2  # expected stops x expected others of the same probability count half
    assert expected["auc"] == pytest.approx((40 * 270 + ties) / (70 * 330), abs=1e-6)
    assert report["expected_by_brand"]["Ozempic"] == expected


def test_gaps_between_groups_by_hand(tmp_path: Path) -> None:
    """Mean probability and share at high risk; groups under 200 are shown and not compared, under 11 not shown."""
    sexes = ["F"] * 300 + ["M"] * 300 + ["X"] * 50 + ["Z"] * 5
    p = [0.1] * 300 + [0.1] * 200 + [0.4] * 100 + [0.9] * 55
    now = predictions(1, brands={"Ozempic": 655}).with_columns(sex=pl.Series(sexes), p_stop=pl.Series(p))
    gap = next(item for item in judged(tmp_path, now, predictions(2))["gaps"] if item["attribute"] == "sex")
    assert (gap["mean_gap"], gap["selected_gap"]) == (pytest.approx(0.1), pytest.approx(1 / 3, abs=1e-6))
    assert set(gap["groups"]) == {"F", "M", "X"}
    assert gap["suppressed"] == 1
    assert [gap["groups"][name]["compared"] for name in "FMX"] == [True, True, False]


def test_a_version_without_predictions_of_its_evaluation(tmp_path: Path) -> None:
    """Registered before there were any: expected quality and gaps are there, and the report says what is not."""
    report = judged(tmp_path, predictions(1), None)
    assert (report["drifted"], report["features"]) == (False, [])
    assert report["expected"]["auc"] > 0.5
    assert "no predictions of its evaluation" in report["missing"][0]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("", "transformed: no predictions there"),
        ('{"patient_id": "P1", "brand": "a"}\n', "not the output of a transform job"),
        (
            '{"patient_id": "P1", "brand": "a", "SageMakerOutput": {"p_stop": null, "risk_band": "x"}}\n',
            "1 records without",
        ),
    ],
)
def test_what_is_no_output_of_a_transform_job(tmp_path: Path, lines: str, words: str) -> None:
    """Refused in one line."""
    (tmp_path / "first").mkdir()
    run(tmp_path / "first", predictions(1), predictions(2))
    (tmp_path / "first" / "transformed" / "records.jsonl.out").write_text(lines)
    environment = {
        "analysis_type": "PREDICTIONS",
        "dataset_source": str(tmp_path / "first" / "transformed"),
        "known_predictions": str(tmp_path / "first" / "predictions.csv"),
        "output_path": str(tmp_path / "out"),
        "unit_column": "patient_id",
    }
    done = subprocess.run(
        [sys.executable, "-m", "mlops.monitoring"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("RefusedInput: ")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def throttled(**_request: str) -> None:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "GetParameter")


@mock_aws
def test_metrics_of_every_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zero included, per brand, and what the policy reads beside the input's summary of the same run only."""
    given = {"PROJECT": "p", "INFERENCE_PIPELINE": "p-inference"}
    given |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    report = judged(tmp_path, predictions(1, shift=1.0), predictions(2))
    s3, ssm, cloudwatch = (boto3.client(name) for name in ("s3", "ssm", "cloudwatch"))
    s3.create_bucket(Bucket="reports")
    uri = "s3://reports/runs/r/prediction-monitoring/prediction_report.json"
    s3.put_object(Bucket="reports", Key=uri.removeprefix("s3://reports/"), Body=json.dumps(report))
    other = {"report_uri": "s3://reports/runs/another/monitoring/drift_report.json", "drifted": [], "violations": []}
    ssm.put_parameter(Name="/mlops/p/latest-drift", Value=json.dumps(other), Type="String")
    with loaded("publish_drift_metrics") as module:
        answer = module.handler({"prediction_report_uri": uri}, None)
        assert "predictions" not in json.loads(ssm.get_parameter(Name="/mlops/p/latest-drift")["Parameter"]["Value"])
        own = other | {"report_uri": "s3://reports/runs/r/monitoring/drift_report.json"}
        ssm.put_parameter(Name="/mlops/p/latest-drift", Value=json.dumps(own), Type="String", Overwrite=True)
        module.handler({"prediction_report_uri": uri}, None)
        noted = json.loads(ssm.get_parameter(Name="/mlops/p/latest-drift")["Parameter"]["Value"])
        monkeypatch.setattr(module._SSM, "get_parameter", throttled)
        assert module.handler({"prediction_report_uri": uri}, None) == answer  # and what is noted stays as it is
    assert json.loads(ssm.get_parameter(Name="/mlops/p/latest-drift")["Parameter"]["Value"]) == noted
    assert (answer["drifted"], answer["violations"]) == ("true", "true")
    assert "Ozempic" in answer["found"]
    assert "Ozempic" in {item["name"] for item in noted["predictions"]["drifted"]}
    metrics = cloudwatch.list_metrics(Namespace="MLOps/p")["Metrics"]
    plain = {item["MetricName"] for item in metrics if len(item["Dimensions"]) == 2}
    assert plain == {
        *("predictions_drifted", "max_prediction_drift", "expected_auc", "expected_brier", "expected_stop_share"),
        *(f"{kind}_gap_{name}" for kind in ("prediction", "selection") for name in ("sex", "age_band", "payer")),
    }
    brands = {(item["MetricName"], item["Dimensions"][2]["Value"]) for item in metrics if len(item["Dimensions"]) == 3}
    assert {("prediction_drift", name) for name in ("all predictions", *_BRANDS)} <= brands
    assert ("expected_auc", "Ozempic") in brands
    assert ("expected_auc", "Rare") not in brands
