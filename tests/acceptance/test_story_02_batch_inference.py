"""Story 2: a data scientist predicts batches, and monitoring finds what is wrong with the data."""

import csv
import hashlib
import io
import json

import pytest

from tests.acceptance.site import AUGUST, PATIENCE, PROJECT, Site
from tests.integration.delivery.bench import wait_for

pytestmark = pytest.mark.timeout(900)


def test_2_1_a_batch_is_processed_and_predicted(site: Site) -> None:
    """``mlops predict``: one probability for every patient and brand that are on treatment that day."""
    rows = list(csv.DictReader(io.StringIO(site.predictions(site.batch).decode())))
    assert len(rows) > 300
    assert {row["index_date"] for row in rows} == {AUGUST}
    assert all(0 < float(row["p_stop"]) < 1 for row in rows)


def test_2_2_input_is_compared_with_the_baseline(site: Site) -> None:
    """A usual month passes; in a month of risen copays those features are named as drifted."""
    assert site.batch["drifted"] is False
    assert site.drifted["drifted"] is True
    batches = {it["as_of"]: it for it in site.told("monitor", "report", PROJECT)["batches"]}
    assert not batches[AUGUST]["drifted"]
    assert "copay_month" in site.done("monitor", "report", PROJECT)


def test_2_3_drift_is_a_metric_and_a_report_on_object_storage(site: Site) -> None:
    """CloudWatch has the batch's ``drifted`` and ``max_drift_score``; S3 has statistics, violations and the report."""
    run = site.drifted["run"].rsplit("/", 1)[-1]
    assert {"drifted", "max_drift_score", "drift_share", "violations_count"} <= site.metrics()
    place = f"s3://mlops-{PROJECT}-artifacts-000000000000/runs/{run}/monitoring"
    violations = json.loads(site.read(f"{place}/constraint_violations.json"))["violations"]
    assert "copay_month" in {it["feature_name"] for it in violations}
    assert b"copay_month" in site.read(f"{place}/report.html")


def test_2_4_an_alarm_retrains_and_notifies(site: Site) -> None:
    """Batch, metric, alarm, event, policy: a new version waits for approval, and the team has mail that says so."""
    version = site.version(site.drifted["retrained"])
    assert version["CustomerMetadataProperties"]["started_by"] == "drift-policy"
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    (mail,) = wait_for(
        lambda: [it for it in site.mail() if "copay_month: score" in it], "the mail about the drift", PATIENCE
    )
    assert f"Retraining: started: {version['CustomerMetadataProperties']['pipeline_execution_arn']}" in mail


def test_2_5_predictions_are_stored_with_their_metadata(site: Site) -> None:
    """CSV and Parquet, with their digests; beside them the day, the version, the data, the definition of the features and the counts."""
    metadata = json.loads(site.read(f"{site.batch['predictions']}/metadata.json"))
    content = site.predictions(site.batch)
    assert metadata["files"]["predictions.csv"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert (metadata["as_of"], metadata["model_version"]) == (AUGUST, str(site.approved))
    assert metadata["rows"] == len(list(csv.DictReader(io.StringIO(content.decode()))))
    version = site.version(site.approved)["CustomerMetadataProperties"]
    assert metadata["feature_definition"] == version["feature_definition"]
