"""Monitoring of a project: functions of the inference pipeline, alarms on its metrics, and the policy that answers them."""

from aws_cdk import CfnMapping, Fn, Token, aws_cloudwatch

from mlops.projects.names import DRIFT_METRIC, PREDICTIONS_METRIC, SCHEMA_METRIC
from stacks.constructs.events import call_on
from stacks.constructs.storage import artifacts, objects
from stacks.names import PROJECT, arn, sub
from stacks.project.arns import DEPLOYED_MODEL, LATEST_DATASET, LATEST_DRIFT, RUNS, TRAINING_PIPELINE
from stacks.project.parameters import PERIODS
from stacks.project.parts import Parts
from stacks.secure import accept, allow

POLICY = "drift-policy"
_NAMESPACE = sub(PROJECT.metrics_namespace)


def inference_functions(parts: Parts, registered: list[str], *, trains: bool) -> dict[str, str]:
    """Names in the definition -> ARNs of the functions that the inference pipeline calls.

    A product that does not train reads the baselines of another project's versions.
    """
    resolve = [
        allow(["sagemaker:DescribeModelPackage"], *registered),
        allow(["ssm:GetParameter"], DEPLOYED_MODEL),
        *artifacts(parts),
    ]
    publish = [
        *objects(parts, "s3:GetObject"),
        *([] if trains else artifacts(parts)),
        allow(["s3:PutObject"], RUNS),
        allow(["kms:GenerateDataKey"], parts.key_arn),
        allow(["ssm:GetParameter", "ssm:PutParameter"], LATEST_DRIFT),
        allow(["cloudwatch:PutMetricData"], "*", when={"StringEquals": {"cloudwatch:namespace": _NAMESPACE}}),
    ]
    variables = {"INFERENCE_PIPELINE": Fn.sub(sub(PROJECT.inference_pipeline)), "METRICS_NAMESPACE": Fn.sub(_NAMESPACE)}
    return {
        "ResolveModelFunctionArn": parts.function("resolve-model", resolve, {}, timeout=300),
        "PublishDriftMetricsFunctionArn": parts.function("publish-drift-metrics", publish, variables),
    }


def drift_policy(parts: Parts, topic: str, *, trains: bool) -> None:
    """Alarms on drift, schema violations and drifted predictions, and ``drift-policy`` on their going to ALARM."""
    period = _period(parts)
    names = [
        _alarm(parts, "DriftAlarm", PROJECT.drift_alarm, DRIFT_METRIC, period),
        _alarm(parts, "SchemaAlarm", PROJECT.schema_alarm, SCHEMA_METRIC, period),
        _alarm(parts, "PredictionsAlarm", PROJECT.predictions_alarm, PREDICTIONS_METRIC, period),
    ]
    statements = [
        allow(["sagemaker:ListPipelineExecutions"], TRAINING_PIPELINE),
        allow(["ssm:GetParameter"], LATEST_DRIFT),
        allow(["sns:Publish"], arn("sns", sub(PROJECT.topic))),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], parts.key_arn),
    ]
    if trains:
        statements += [
            allow(["sagemaker:DescribePipeline", "sagemaker:StartPipelineExecution"], TRAINING_PIPELINE),
            allow(["ssm:GetParameter"], LATEST_DATASET),
        ]
    given = parts.parameters
    variables = {
        "TRAINING_PIPELINE": Fn.sub(sub(PROJECT.training_pipeline)),
        "INFERENCE_PIPELINE": Fn.sub(sub(PROJECT.inference_pipeline)),
        "TOPIC_ARN": topic,
        "ON_DRIFT": given.on_drift.value_as_string,
        "COOLDOWN_HOURS": given.cooldown.value_as_string,
        "WEEKLY_BUDGET": given.budget.value_as_string,
    }
    function = parts.function(POLICY, statements, variables)
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": names, "state": {"value": ["ALARM"]}},
    }
    call_on(parts, POLICY, function, pattern)


def _period(parts: Parts) -> float:
    """Seconds of an alarm's period: that between two batches, or the longest that CloudWatch has."""
    seconds = {interval: {"Seconds": period} for interval, period in PERIODS.items()}
    mapping = CfnMapping(parts.stack, "AlarmPeriods", mapping=seconds)
    return Token.as_number(mapping.find_in_map(parts.parameters.interval.value_as_string, "Seconds"))


def _alarm(parts: Parts, id_: str, name: str, metric: str, period: float) -> str:
    dimension = aws_cloudwatch.CfnAlarm.DimensionProperty
    alarm = aws_cloudwatch.CfnAlarm(
        parts.stack,
        id_,
        alarm_name=Fn.sub(sub(name)),
        namespace=Fn.sub(_NAMESPACE),
        metric_name=metric,
        dimensions=[
            dimension(name="Project", value=parts.name),
            dimension(name="Pipeline", value=Fn.sub(sub(PROJECT.inference_pipeline))),
        ],
        statistic="Maximum",
        period=period,
        evaluation_periods=1,
        threshold=0.5,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
    )
    accept(
        alarm,
        {
            "HIPAA.Security-CloudWatchAlarmAction": "its state change is an event that the project's drift policy answers"
        },
    )
    return Fn.sub(sub(name))
