"""CloudWatch dashboards as data."""

import json
from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_cloudwatch
from constructs import Construct

from mlops.bundled import names
from stacks.names import PROJECT, sub, text
from stacks.project.parts import Parts

_PREDICTION_METRICS = (
    names.MAX_PREDICTION_DRIFT,
    names.EXPECTED_AUC,
    names.EXPECTED_BRIER,
    names.prediction_gap("sex"),
)


def project_dashboard(parts: Parts, *, trains: bool, infers: bool) -> None:
    """Runs, drift and alarms of one project."""
    known = [(trains, PROJECT.training_pipeline), (infers, PROJECT.inference_pipeline)]
    pipelines = [sub(name) for wanted, name in known if wanted]
    widgets = [_runs(pipelines)]
    if infers:
        dimensions = [names.PROJECT, sub(PROJECT.name), names.PIPELINE, sub(PROJECT.inference_pipeline)]
        namespace = sub(PROJECT.metrics_namespace)
        shown = (*names.AGGREGATES, *_PREDICTION_METRICS)
        widgets += [_graph(name, [[namespace, name, *dimensions]], "Maximum") for name in shown]
        widgets.append(_alarms([sub(name) for name in PROJECT.alarms]))
    dashboard(parts.stack, "Dashboard", sub(PROJECT.name), widgets)


def dashboard(scope: Construct, id_: str, name: str, widgets: Sequence[dict[str, Any]]) -> None:
    """A dashboard of widgets in rows of two; texts are those of Fn::Sub."""
    placed = [
        {**widget, "x": 12 * (index % 2), "y": 6 * (index // 2), "width": 12, "height": 6}
        for index, widget in enumerate(widgets)
    ]
    body = json.dumps({"widgets": placed}, sort_keys=True)
    aws_cloudwatch.CfnDashboard(scope, id_, dashboard_name=text(name), dashboard_body=text(body))


def _runs(pipelines: Sequence[str]) -> dict[str, Any]:
    space = "AWS/Sagemaker/ModelBuildingPipeline"
    outcomes = ("ExecutionStarted", "ExecutionSucceeded", "ExecutionFailed")
    metrics = [[space, outcome, "PipelineName", name] for name in pipelines for outcome in outcomes]
    return _graph("pipeline runs", metrics, "Sum")


def _graph(title: str, metrics: list[list[str]], statistic: str) -> dict[str, Any]:
    properties = {"title": title, "metrics": metrics, "stat": statistic, "period": 3600, "region": "${AWS::Region}"}
    return {"type": "metric", "properties": {**properties, "view": "timeSeries"}}


def _alarms(known: Sequence[str]) -> dict[str, Any]:
    arns = [f"arn:${{AWS::Partition}}:cloudwatch:${{AWS::Region}}:${{AWS::AccountId}}:alarm:{name}" for name in known]
    return {"type": "alarm", "properties": {"title": "alarms", "alarms": arns}}


def fleet(scope: Construct) -> None:
    """All projects on one page: searches over every project's namespace."""

    def search(metric: str) -> dict[str, Any]:
        query = f"SEARCH('MetricName=\"{metric}\" {names.PROJECT} {names.PIPELINE}', 'Maximum', 3600)"
        graph = _graph(metric, [], "Maximum")
        graph["properties"]["metrics"] = [[{"expression": query, "id": metric.replace("_", "")}]]
        return graph

    runs = _graph("pipeline runs", [], "Sum")
    outcome = "SEARCH('{AWS/Sagemaker/ModelBuildingPipeline,PipelineName} MetricName=\"%s\"', 'Sum', 3600)"
    runs["properties"]["metrics"] = [
        [{"expression": outcome % name, "id": name.lower()}] for name in ("ExecutionSucceeded", "ExecutionFailed")
    ]
    dashboard(scope, "Fleet", "mlops-fleet", [runs, *(search(name) for name in names.AGGREGATES)])
