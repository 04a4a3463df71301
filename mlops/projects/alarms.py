"""CloudWatch alarms on a project's drift metrics."""

from typing import Any

from mlops.projects.names import Project

DRIFT_METRIC, SCHEMA_METRIC = "drifted", "schema_violations"


def create_alarms(cloudwatch: Any, project: Project) -> None:
    """One alarm for drift over all features, one for schema violations; both quiet while no batch runs."""
    _alarm(cloudwatch, project, project.drift_alarm, DRIFT_METRIC)
    _alarm(cloudwatch, project, project.schema_alarm, SCHEMA_METRIC)


def _alarm(cloudwatch: Any, project: Project, name: str, metric: str) -> None:
    dimensions = {"Project": project.name, "Pipeline": project.inference_pipeline}
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=project.metrics_namespace,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
