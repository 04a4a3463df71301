"""``Scoring``: labels joined with stored predictions, on a simulated S3."""

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import numpy as np
import polars as pl
import pytest
from moto import mock_aws

from mlops.aws import Aws, Credentials
from mlops.errors import RefusedInput
from mlops.projects.names import Project
from mlops.runs.scoring import Scoring

ACCOUNT = "123456789012"
PROJECT = Project("adherence", ACCOUNT)


def stored(rows: int, index_date: str, version: str, seed: int) -> pl.DataFrame:
    generator = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "patient_id": [f"P{number:05d}" for number in range(rows)],
            "brand": generator.choice(["alpha", "beta"], rows),
            "index_date": [index_date] * rows,
            "p_stop": generator.beta(1, 6, rows).round(6),
            "model_version": [version] * rows,
        }
    )


def outcome(predictions: pl.DataFrame, seed: int = 5) -> pl.DataFrame:
    p = predictions["p_stop"].to_numpy()
    y = (np.random.default_rng(seed).random(len(p)) < p).astype(int)
    return predictions.select("patient_id", "brand", "index_date").with_columns(pl.Series("y", y))


def put(predictions: pl.DataFrame, run: str) -> None:
    key = f"predictions/{predictions['index_date'][0]}/{run}/predictions.csv"
    boto3.client("s3", "us-east-1").put_object(Bucket=PROJECT.data_bucket, Key=key, Body=predictions.write_csv())


@pytest.fixture
def scoring() -> Iterator[Scoring]:
    """A project with two batches of two model versions; the first one was run twice, first with wrong probabilities."""
    with mock_aws():
        boto3.client("s3", "us-east-1").create_bucket(Bucket=PROJECT.data_bucket)
        first, second = stored(900, "2024-06-19", "1", 1), stored(700, "2024-07-19", "2", 2)
        put(first.with_columns(p_stop=pl.lit(0.99)), "run-1")
        put(first, "run-2")
        put(second, "run-3")
        yield Scoring(Aws(credentials=Credentials("test", "test")), PROJECT)


def file(frame: pl.DataFrame, folder: Path, name: str = "labels.csv") -> Path:
    frame.write_csv(folder / name)
    return folder / name


@pytest.fixture
def labels() -> pl.DataFrame:
    """Outcomes of all stored predictions."""
    return pl.concat([outcome(stored(900, "2024-06-19", "1", 1)), outcome(stored(700, "2024-07-19", "2", 2))])


def test_quality_by_version_and_its_report(scoring: Scoring, labels: pl.DataFrame, tmp_path: Path) -> None:
    """Every label meets the newest prediction of its key; the report on S3 is what was returned."""
    result = scoring.score(file(labels, tmp_path))
    content = result.content
    assert (content["rows"], content["labels"]) == (1_600, 1_600)
    assert {version: part["rows"] for version, part in content["versions"].items()} == {"1": 900, "2": 700}
    overall = content["overall"]
    assert overall["positives"] == labels["y"].sum()
    assert overall["auc"]["low"] < overall["auc"]["value"] < overall["auc"]["high"]
    assert 0.8 < overall["observed_over_expected"]["value"] < 1.2  # not with the wrong probabilities of run-1
    assert content["estimated"]["auc"] == pytest.approx(overall["auc"]["value"], abs=0.05)
    bucket, _, key = result.uri.removeprefix("s3://").partition("/")
    body = boto3.client("s3", "us-east-1").get_object(Bucket=bucket, Key=key)["Body"].read()
    assert json.loads(body) == json.loads(json.dumps(content))
    assert "P00001" not in body.decode()


def test_same_labels_same_report(scoring: Scoring, labels: pl.DataFrame, tmp_path: Path) -> None:
    """The order of the label rows changes nothing, intervals included."""
    one = scoring.score(file(labels, tmp_path))
    other = scoring.score(file(labels.sample(fraction=1.0, shuffle=True, seed=1), tmp_path))
    assert one == other


def test_groups_from_the_patients_table(scoring: Scoring, labels: pl.DataFrame, tmp_path: Path) -> None:
    """Sex and payer as they stand, the age band on the index date; who is not in the table is unknown."""
    patients = pl.DataFrame(
        {
            "patient_id": [f"P{number:05d}" for number in range(800)],
            "sex": ["F", "M"] * 400,
            "payer": ["medicare"] * 400 + ["cash"] * 400,
            "birth_year": [1950, 1970, 1990, 1950] * 200,
        }
    )
    content = scoring.score(file(labels, tmp_path), file(patients, tmp_path, "patients.csv")).content
    gaps = {gap["attribute"]: gap for gap in content["gaps"]}
    assert set(gaps) == {"brand", "sex", "payer", "age_band"}
    assert set(gaps["age_band"]["groups"]) <= {"under 45", "45-64", "65 and over", "unknown"}
    assert gaps["sex"]["groups"]["F"]["rows"] == 400 + 350
    assert gaps["age_band"]["groups"]["65 and over"]["rows"] == 400 + 350


def test_metrics_on_request(scoring: Scoring, labels: pl.DataFrame, tmp_path: Path) -> None:
    """``--publish`` writes the figures into the project's namespace."""
    scoring.publish(scoring.score(file(labels, tmp_path)).content)
    metrics = boto3.client("cloudwatch", "us-east-1").list_metrics(Namespace="MLOps/adherence")["Metrics"]
    assert {"model_auc", "model_brier", "model_calibration_error", "bias_gap_brand"} <= {
        it["MetricName"] for it in metrics
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.drop("y"), "missing: y"),
        (lambda it: it.drop("brand"), "missing: brand"),
        (lambda it: it.with_columns(y=pl.lit(2)), "1600 of 1600 labels"),
        (lambda it: it.with_columns(y=pl.lit(None)), "not 0 or 1"),
        (lambda it: pl.concat([it, it.head(3)]), "6 rows share"),
        (
            lambda it: it.with_columns(index_date="20" + pl.col("index_date").str.slice(2).str.replace("24-", "20-")),
            "none of the 1600 labels matches",
        ),
        (lambda it: it.head(0), "no rows"),
        (lambda it: it.with_row_index("prediction_id"), "no column prediction_id"),
    ],
)
def test_labels_that_cannot_be_used_are_refused(
    scoring: Scoring, labels: pl.DataFrame, tmp_path: Path, change: object, words: str
) -> None:
    """In one line, without a patient's identifier."""
    with pytest.raises(RefusedInput, match=words) as error:
        scoring.score(file(change(labels), tmp_path))  # type: ignore[operator]
    assert "P0" not in str(error.value)
