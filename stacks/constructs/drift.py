"""Monitoring of a project: functions of the inference pipeline, alarms on its metrics, and the policy that answers them."""

from aws_cdk import CfnMapping, Fn, Token, aws_cloudwatch

from mlops.bundled import alarms, names
from stacks.constructs.events import call_on
from stacks.constructs.execution import pipelines
from stacks.constructs.storage import artifacts, objects
from stacks.names import PROJECT, arn, sub
from stacks.project.parameters import PERIODS
from stacks.project.parts import Parts
from stacks.secure import accept, allow

_NAMESPACE = sub(PROJECT.metrics_namespace)


def inference_functions(parts: Parts, registered: list[str], *, trains: bool) -> dict[str, str]:
    """Names in the definition -> ARNs of the functions that the inference pipeline calls.

    A product that does not train reads the baselines of another project's versions.
    """
    pointer = arn("ssm", f"parameter{sub(PROJECT.deployed_model_parameter)}")
    resolve = [
        allow(["sagemaker:DescribeModelPackage"], *registered),
        allow(["ssm:GetParameter"], pointer),
        *artifacts(parts),
    ]
    publish = [
        *objects(parts, "s3:GetObject"),
        *([] if trains else artifacts(parts)),
        allow(["s3:PutObject"], f"arn:${{AWS::Partition}}:s3:::{sub(PROJECT.artifacts_bucket)}/runs/*"),
        allow(["kms:GenerateDataKey"], parts.key_arn),
        allow(["ssm:GetParameter", "ssm:PutParameter"], arn("ssm", f"parameter{sub(PROJECT.latest_drift_parameter)}")),
        allow(["cloudwatch:PutMetricData"], "*", when={"StringEquals": {"cloudwatch:namespace": _NAMESPACE}}),
    ]
    variables = {"INFERENCE_PIPELINE": Fn.sub(sub(PROJECT.inference_pipeline)), "METRICS_NAMESPACE": Fn.sub(_NAMESPACE)}
    return {
        "ResolveModelFunctionArn": parts.function("resolve-model", resolve, {}, timeout=300),
        "PublishDriftMetricsFunctionArn": parts.function("publish-drift-metrics", publish, variables),
    }


def drift_policy(parts: Parts, topic: str, *, trains: bool) -> None:
    """The alarms of ``mlops.bundled.alarms``, and ``drift-policy`` on their going to ALARM."""
    period = _period(parts)
    watched = [_alarm(parts, row, period) for row in alarms.ALARMS]
    latest = arn("ssm", f"parameter{sub(PROJECT.latest_dataset_parameter)}")
    statements = [
        allow(["sagemaker:ListPipelineExecutions"], pipelines()[0]),
        allow(["ssm:GetParameter"], arn("ssm", f"parameter{sub(PROJECT.latest_drift_parameter)}")),
        allow(["sns:Publish"], arn("sns", sub(PROJECT.topic))),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], parts.key_arn),
    ]
    if trains:
        statements += [
            allow(["sagemaker:DescribePipeline", "sagemaker:StartPipelineExecution"], pipelines()[0]),
            allow(["ssm:GetParameter"], latest),
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
    function = parts.function("drift-policy", statements, variables)
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": watched, "state": {"value": ["ALARM"]}},
    }
    call_on(parts, "drift-policy", function, pattern)


def _period(parts: Parts) -> float:
    """Seconds of an alarm's period: that between two batches, or the longest that CloudWatch has."""
    seconds = {interval: {"Seconds": period} for interval, period in PERIODS.items()}
    mapping = CfnMapping(parts.stack, "AlarmPeriods", mapping=seconds)
    return Token.as_number(mapping.find_in_map(parts.parameters.interval.value_as_string, "Seconds"))


def _alarm(parts: Parts, row: alarms.Alarm, period: float) -> str:
    """Name of the alarm."""
    dimension = aws_cloudwatch.CfnAlarm.DimensionProperty
    alarm = aws_cloudwatch.CfnAlarm(
        parts.stack,
        row.logical_id,
        alarm_name=Fn.sub(sub(row.name(PROJECT.name))),
        namespace=Fn.sub(_NAMESPACE),
        metric_name=row.metric,
        dimensions=[
            dimension(name=names.PROJECT, value=parts.name),
            dimension(name=names.PIPELINE, value=Fn.sub(sub(PROJECT.inference_pipeline))),
        ],
        statistic=row.statistic,
        period=period,
        evaluation_periods=1,
        threshold=row.threshold,
        comparison_operator=row.comparison,
        treat_missing_data="notBreaching",
    )
    accept(
        alarm,
        {
            "HIPAA.Security-CloudWatchAlarmAction": "its state change is an event that the project's drift policy answers"
        },
    )
    return Fn.sub(sub(row.name(PROJECT.name)))
