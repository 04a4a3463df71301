"""Story 9: a data scientist watches the model in use and learns when to train anew."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.site import ENGINEER, PATIENCE, PROJECT, Site
from tests.integration.delivery.bench import wait_for

pytestmark = pytest.mark.timeout(900)


def test_9_1_every_batch_has_metrics_of_its_data(site: Site) -> None:
    """Rows, violations and one score a feature are published after a usual batch too."""
    assert site.batch
    assert {"rows", "schema_violations", "violations_count"} <= site.metrics()
    assert sum(name.startswith("feature_baseline_drift_") for name in site.metrics()) > 20


def test_9_2_deviations_are_scores_and_metrics(site: Site) -> None:
    """The risen copays' score is a metric, and higher than in the usual month."""
    assert site.drifted
    now = datetime.now(UTC)
    found = site.client("cloudwatch").list_metrics(
        Namespace=f"MLOps/{PROJECT}", MetricName="feature_baseline_drift_copay_month"
    )["Metrics"]
    values = [
        point["Maximum"]
        for metric in found
        for point in site.client("cloudwatch").get_metric_statistics(
            **metric, StartTime=now - timedelta(hours=3), EndTime=now + timedelta(minutes=5), Period=60, Statistics=["Maximum"]
        )["Datapoints"]
    ]  # fmt: skip
    assert max(values) > 1 > min(values)


def test_9_3_scores_beyond_the_threshold_raise_the_alarm(site: Site) -> None:
    """The drift alarm went to ALARM after November's batch, and not after August's."""
    assert site.drifted
    history = site.client("cloudwatch").describe_alarm_history(
        AlarmName=f"{PROJECT}-drift", HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    raised = [it for it in history if json.loads(it["HistoryData"])["newState"]["stateValue"] == "ALARM"]
    assert len(raised) == 1


def test_9_4_detailed_reports_lie_on_object_storage(site: Site) -> None:
    """Statistics, constraints, violations and a page, for every batch."""
    for batch in (site.batch, site.drifted):
        place = f"s3://mlops-{PROJECT}-artifacts-000000000000/runs/{batch['run'].rsplit('/', 1)[-1]}/monitoring"
        assert json.loads(site.read(f"{place}/statistics.json"))["dataset"]["item_count"] > 300
        assert json.loads(site.read(f"{place}/drift_report.json"))["features"]
        assert site.read(f"{place}/report.html").startswith(b"<!doctype html>")


def test_9_5_what_an_alarm_leads_to_is_the_teams_choice(site: Site) -> None:
    """``OnDrift`` is retrain, notify, both or none, changed by an upgrade; with ``both`` the alarm did both."""
    assert site.version(site.drifted["retrained"])["CustomerMetadataProperties"]["started_by"] == "drift-policy"
    wait_for(lambda: [it for it in site.mail() if "Retraining: started" in it], "mail", PATIENCE)
    refused = site.desk.mlops("project", "upgrade", PROJECT, "--param", "OnDrift=panic", *ENGINEER)
    assert (refused.returncode, "must be one of retrain, notify, both, none" in refused.stderr) == (2, True)
    site.done("project", "upgrade", PROJECT, "--param", "OnDrift=notify", *ENGINEER)
    function = site.client("lambda").get_function_configuration(FunctionName=f"{PROJECT}-drift-policy")
    assert function["Environment"]["Variables"]["ON_DRIFT"] == "notify"
