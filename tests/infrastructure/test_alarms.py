"""A new alarm is one row of ``mlops.bundled.alarms``: every reader of the table has it then."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_servicecatalog as servicecatalog

from lambdas.drift_policy.message import subject
from lambdas.drift_policy.policy import Policy, decide
from mlops.bundled import alarms, names
from mlops.projects.names import Project
from mlops.projects.packages import packages
from mlops.projects.products import PRODUCTS
from stacks.products.launch import launch_statements
from stacks.products.template import ProjectTemplate
from stacks.project.parts import Platform

LATE = alarms.Alarm(
    "late-rows",
    names.ROWS,
    when="a batch has no rows",
    subject="a batch without rows",
    for_a_person="the batch is empty",
    statistic="Minimum",
    comparison="LessThanThreshold",
    threshold=1,
)


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> alarms.Alarm:
    """One row more."""
    monkeypatch.setattr(alarms, "ALARMS", (*alarms.ALARMS, LATE))
    return LATE


def template() -> dict[str, Any]:
    """The ML project's, as it is synthesized now."""
    app = App()
    stack = Stack(app, "Catalog")
    product = ProjectTemplate(
        stack, "Product", product=PRODUCTS[0], platform=Platform(dict.fromkeys(packages(), "a.zip"), False, "")
    )
    servicecatalog.CloudFormationTemplate.from_product_stack(product)
    folder = app.synth().directory
    file = next(Path(folder).glob("*.product.template.json"))
    return dict(json.loads(file.read_text()))


def test_the_project_has_it(late: alarms.Alarm) -> None:
    """With the row's metric and limits, watched by the drift policy's rule."""
    resources = template()["Resources"]
    made = resources["LateRowsAlarm"]["Properties"]
    assert made["AlarmName"] == {"Fn::Sub": "${SageMakerProjectName}-late-rows"}
    given = (made["MetricName"], made["Statistic"], made["ComparisonOperator"], made["Threshold"])
    assert given == ("rows", "Minimum", "LessThanThreshold", 1)
    pattern = resources["DriftPolicyRule"]["Properties"]["EventPattern"]
    assert {"Fn::Sub": "${SageMakerProjectName}-late-rows"} in pattern["detail"]["alarmName"]
    assert {"DriftAlarm", "SchemaAlarm", "PredictionsAlarm"} <= set(resources)


def test_the_catalog_may_make_it(late: alarms.Alarm) -> None:
    """The launch role's rights go by the alarms' names."""
    assert "alarm:*-late-rows" in json.dumps(launch_statements("arn:key", "arn:boundary"))


def test_the_library_names_it(late: alarms.Alarm) -> None:
    """Wherever a project's alarms are asked for."""
    assert Project("ward", "1" * 12).alarms == ["ward-drift", "ward-schema", "ward-predictions", "ward-late-rows"]


def test_the_policy_answers_it(late: alarms.Alarm) -> None:
    """A person has to look: it never retrains, and the e-mail says why."""
    row = alarms.alarm("ward", "ward-late-rows")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    decision = decide(
        Policy("both", 24, 2), schema_broken=False, for_a_person=row.for_a_person, running=False, automatic=[], now=now
    )
    assert (decision.retrain, decision.notify) == (False, True)
    assert decision.reason == "the batch is empty: a person has to look; no retraining"
    assert subject("ward", row, None) == "ward: a batch without rows"


def test_an_alarm_that_the_project_has_not_is_refused() -> None:
    """With those that it has."""
    with pytest.raises(ValueError, match="alarm ward-late-rows: project ward has ward-drift, ward-schema, ward-pred"):
        alarms.alarm("ward", "ward-late-rows")
