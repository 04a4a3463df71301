"""Estimates: by hand from definitions, templates and prices that the tests write themselves."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mlops.costs import estimate, idle, work
from mlops.costs.jobs import Job, jobs
from mlops.costs.observed import LastRun, Observed
from mlops.costs.prices import published, table
from mlops.errors import RefusedInput
from mlops.platform.assembly import load
from mlops.projects.names import Project


def job(step: str, kind: str = "Processing", volume: float = 0) -> Job:
    return Job(step, kind, "ml.m5.xlarge", 2, volume)


def definition(*steps: dict[str, Any]) -> str:
    given = [{"Name": "InstanceType", "Type": "String", "DefaultValue": "ml.c5.xlarge"}]
    return json.dumps({"Version": "2020-12-01", "Parameters": given, "Steps": steps})


def step(name: str, kind: str = "Processing", **arguments: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, "Arguments": arguments}


CLUSTER = {"InstanceType": {"Get": "Parameters.InstanceType"}, "InstanceCount": 1, "VolumeSizeInGB": 30}


def test_jobs_are_those_of_the_dearer_branch() -> None:
    """A condition's branches are never both taken; functions, models and registrations start no instance."""
    stored = step("Store", ProcessingResources={"ClusterConfig": CLUSTER})
    found = jobs(
        definition(
            step("Resolve", "Lambda"),
            step("Train", "Training", ResourceConfig=CLUSTER),
            step("Score", "Transform", TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 3}),
            step("Check", "Condition", IfSteps=[step("Fail", "Fail")], ElseSteps=[stored]),
        )
    )
    assert found == [
        Job("Train", "Training", "ml.c5.xlarge", 1, 30),
        Job("Score", "Transform", "ml.m5.large", 3, 0),
        Job("Store", "Processing", "ml.c5.xlarge", 1, 30),
    ]


def test_a_run_costs_its_instances_volumes_and_metrics() -> None:
    """Two jobs of half an hour on two instances at 0.23: 0.46; 730 GB-hours of volumes at 0.14 a month; 73 metrics for an hour."""
    found = work.run(
        "a run", [job("One", volume=365), job("Two", volume=365)], lambda _: 30.0, published(), "so", metrics=73
    )
    assert [line.what for line in found.lines] == [
        "hours of ml.m5.xlarge",
        "GB-months of volumes",
        "custom metrics for an hour",
    ]
    assert [line.total for line in found.lines] == pytest.approx([0.46, 0.14, 73 * 0.3 / 730])
    assert found.total == pytest.approx(0.63)
    assert found.reckoned == "2 jobs on ml.m5.xlarge, 60 minutes in all, so"


def test_a_million_predictions_in_small_batches_start_every_job_each_time() -> None:
    """A thousand batches cost a thousand times what one does."""
    batch = work.run("a batch", [job("Score")], lambda _: 30.0, published(), "so")
    found = work.in_batches(batch, 1000)
    assert (found.total, found.reckoned) == (pytest.approx(1000 * batch.total), "1,000 batches as the last one")


def test_every_type_of_the_templates_is_known_to_cost_or_not() -> None:
    """A new type has to be looked up: it is no silent zero."""
    assembly = load()
    texts = [*(stack.template for stack in assembly.stacks), *assembly.products.values()]
    types = idle.of_templates(map(json.loads, texts))
    unknown = {it for it in types if it not in idle.AT_REST and not it.startswith("Custom::")}
    assert not unknown
    assert idle.idle({"AWS::EC2::NatGateway": 2}, published())[0].what == "AWS::EC2::NatGateway: no price known"


def test_an_idle_project_costs_less_than_three_dollars() -> None:
    """Its alarms and those of rehearsals; the dashboard is the fleet's. An interface endpoint has its price, the gateway has none."""
    platform, *projects = estimate.before(published())
    assert {it.name: round(it.items[0].total, 2) for it in projects} == {
        "a project of ml-project": 0.6,
        "a project of training-only": 0,
        "a project of inference-only": 0.6,
    }
    assert [line.what for line in platform.items[0].lines] == ["dashboard", "KMS key"]
    kinds = [
        {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcEndpointType": it}} for it in ("Gateway", "Interface")
    ]
    assert idle.of_templates([{"Resources": dict(enumerate(kinds))}]) == {"AWS::EC2::VPCEndpoint": 1}


def test_every_figure_has_a_source_and_says_how_far_it_was_checked() -> None:
    """A price that nobody could read says so and has no date."""
    for row in published().rows.values():
        assert row.source
        assert row.unit
        assert row.checked in {"aws", "second-hand", "unverified", "assumed"}
        assert bool(row.read) == (row.checked != "unverified"), row.name


def test_own_figures_replace_the_table(tmp_path: Path) -> None:
    """By name; instance types may be added."""
    file = tmp_path / "prices.json"
    file.write_text('{"ml.m5.xlarge": 10, "ml.p3.2xlarge": 3.8}')
    known = table(file)
    assert (known["ml.m5.xlarge"], known["ml.p3.2xlarge"], known["alarm"]) == (10, 3.8, 0.1)
    assert known.rows["ml.m5.xlarge"].checked == "given"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"ml.m5.xlarge": "a"}', "must be a number from 0 on"),
        ('{"ml.m5.xlarge": true}', "must be a number from 0 on"),
        ('{"ml.m5.xlarge": -1}', "must be a number from 0 on"),
        ('{"ml.m5.xlarge": NaN}', "must be a number from 0 on"),
        ('{"alarms": 1}', "alarms: no such price; it is one of alarm, "),
        ("[1]", "must be one JSON object"),
        ("{", "no JSON"),
    ],
)
def test_wrong_figures_are_refused(tmp_path: Path, content: str, told: str) -> None:
    """In a line that names the file and the figure."""
    file = tmp_path / "prices.json"
    file.write_text(content)
    with pytest.raises(RefusedInput, match=told):
        table(file)


def test_an_instance_without_a_price_is_named() -> None:
    """With what to write into a file of one's own."""
    with pytest.raises(RefusedInput, match=r"no price of ml\.p3\.2xlarge: give it with --prices FILE"):
        work.run("a run", [Job("One", "Training", "ml.p3.2xlarge", 1, 0)], lambda _: 1.0, published(), "so")


class Seen(Observed):
    """A project whose last run took a minute a step, seen here or on AWS."""

    def __init__(self, *, on_aws: bool) -> None:
        self._on_aws = on_aws

    @property
    def starts_take_time(self) -> bool:
        return self._on_aws

    def definition(self, pipeline: str) -> str | None:
        return (
            definition(step("One", ProcessingResources={"ClusterConfig": CLUSTER}))
            if pipeline == "ward-inference"
            else None
        )

    def last(self, pipeline: str) -> LastRun | None:
        return LastRun("abc", {"One": 1.0}, rows=500_000)

    def metrics(self) -> int:
        return 0

    def gigabytes(self) -> float | None:
        return 100.0


@pytest.mark.parametrize(("on_aws", "minutes"), [(False, 6), (True, 1)])
def test_a_project_costs_what_its_runs_took(on_aws: bool, minutes: int) -> None:
    """There a step's time has the start of its job in it; here a start is added."""
    resources = [{"ResourceType": "AWS::CloudWatch::Alarm"}] * 3
    found = estimate.of_project(Seen(on_aws=on_aws), Project("ward", "1" * 12), resources, published())
    named = {item.name: item for item in found.items}
    assert named["idle"].total == pytest.approx(3 * 0.1 + 100 * 0.023)
    assert named["a batch"].lines[0].quantity == pytest.approx(minutes / 60)
    assert named["1M predictions, 500,000 a batch"].total == pytest.approx(2 * named["a batch"].total)
    assert "a training run" not in named


class Steps:
    """A SageMaker client with one pipeline, two executions and their steps."""

    STARTED = datetime(2026, 1, 1, tzinfo=UTC)

    def get_paginator(self, operation: str) -> Any:
        answers = {
            "list_pipeline_executions": ("PipelineExecutionSummaries", self._executions()),
            "list_pipeline_execution_steps": ("PipelineExecutionSteps", self._steps()),
        }
        member, found = answers[operation]
        return type("Pages", (), {"paginate": lambda _self, **_: [{member: found}]})()

    def _executions(self) -> list[dict[str, Any]]:
        arn = "arn:aws:sagemaker:us-east-1:1:pipeline/ward-training/execution/"
        return [
            {
                "PipelineExecutionArn": arn + name,
                "PipelineExecutionStatus": status,
                "StartTime": self.STARTED + timedelta(age),
            }
            for age, (name, status) in enumerate((("old", "Succeeded"), ("new", "Failed")))
        ]

    def _steps(self) -> list[dict[str, Any]]:
        return [{"StepName": "One", "StartTime": self.STARTED, "EndTime": self.STARTED + timedelta(minutes=7)}]


def test_the_last_run_is_the_newest_that_succeeded() -> None:
    """Its steps' minutes are from start to end."""
    clients = {"sagemaker": Steps(), "logs": None, "s3": None}
    aws: Any = type("Clients", (), {"client": lambda _self, name: clients[name]})()
    assert Observed(aws, Project("ward", "1" * 12)).last("ward-training") == LastRun("old", {"One": 7.0}, 0)
