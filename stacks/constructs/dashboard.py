"""The fleet's dashboard as data: all projects at a glance, and below them the one whose name is typed into its variable.

CloudWatch asks for each dashboard by the month, so a project has none of its own. Its variable is a free text: a project's namespace has
its name in it, and a search that fills a list wants one namespace.
"""

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_cloudwatch
from constructs import Construct

from mlops.bundled import names
from mlops.projects.names import Project
from stacks.names import text

_PREDICTION_METRICS = (
    names.MAX_PREDICTION_DRIFT,
    names.EXPECTED_AUC,
    names.EXPECTED_BRIER,
    names.prediction_gap("sex"),
)
CHOSEN = "choose-a-project"  # what the variable replaces wherever the body has it; a valid name, so that the body is valid without it
_VARIABLE = {
    "type": "pattern",
    "pattern": CHOSEN,
    "inputType": "input",
    "id": "project",
    "label": "Project",
    "visible": True,
}
_RUNS = "AWS/Sagemaker/ModelBuildingPipeline"


def fleet(scope: Construct) -> None:
    """The dashboard ``mlops-fleet``."""
    widgets = _rows([*_everybody(), *_one(Project(CHOSEN, "${AWS::AccountId}"))])
    body = json.dumps({"variables": [_VARIABLE], "widgets": widgets}, sort_keys=True)
    aws_cloudwatch.CfnDashboard(scope, "Fleet", dashboard_name="mlops-fleet", dashboard_body=text(body))


def _everybody() -> list[dict[str, Any]]:
    """Searches over every project's namespace."""
    outcome = f"SEARCH('{{{_RUNS},PipelineName}} MetricName=\"%s\"', 'Sum', 3600)"
    runs = _graph("pipeline runs of all projects", [], "Sum")
    runs["properties"]["metrics"] = [
        [{"expression": outcome % name, "id": name.lower()}] for name in ("ExecutionSucceeded", "ExecutionFailed")
    ]
    return [runs, *(_search(name) for name in names.AGGREGATES)]


def _search(metric: str) -> dict[str, Any]:
    query = f"SEARCH('MetricName=\"{metric}\" {names.PROJECT} {names.PIPELINE}', 'Maximum', 3600)"
    graph = _graph(f"{metric} of all projects", [], "Maximum")
    graph["properties"]["metrics"] = [[{"expression": query, "id": metric.replace("_", "")}]]
    return graph


def _one(project: Project) -> list[dict[str, Any]]:
    """Runs, drift and alarms of one project; those of a pipeline that it does not have stay empty."""
    pipelines = (project.training_pipeline, project.inference_pipeline)
    outcomes = ("ExecutionStarted", "ExecutionSucceeded", "ExecutionFailed")
    runs = [[_RUNS, outcome, "PipelineName", name] for name in pipelines for outcome in outcomes]
    dimensions = [names.PROJECT, project.name, names.PIPELINE, project.inference_pipeline]
    shown = (*names.AGGREGATES, *_PREDICTION_METRICS)
    of_batches = [
        _graph(f"{project.name}: {it}", [[project.metrics_namespace, it, *dimensions]], "Maximum") for it in shown
    ]
    return [_alarms(project), _graph(f"{project.name}: pipeline runs", runs, "Sum"), *of_batches]


def _graph(title: str, metrics: list[list[str]], statistic: str) -> dict[str, Any]:
    properties = {"title": title, "metrics": metrics, "stat": statistic, "period": 3600, "region": "${AWS::Region}"}
    return {"type": "metric", "properties": {**properties, "view": "timeSeries"}}


def _alarms(project: Project) -> dict[str, Any]:
    place = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"
    arns = [place + name for name in project.alarms]
    return {"type": "alarm", "properties": {"title": f"{project.name}: alarms", "alarms": arns}}


def _rows(widgets: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The widgets in rows of two."""
    return [
        {**widget, "x": 12 * (index % 2), "y": 6 * (index // 2), "width": 12, "height": 6}
        for index, widget in enumerate(widgets)
    ]
