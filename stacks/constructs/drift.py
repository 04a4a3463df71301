"""Monitoring of a project: functions of the inference pipeline, alarms on its metrics, and the policy that answers them."""

from aws_cdk import Fn, aws_cloudwatch

from mlops.projects.names import DRIFT_METRIC, SCHEMA_METRIC
from stacks.constructs.events import call_on
from stacks.constructs.execution import pipelines
from stacks.constructs.storage import artifacts, objects
from stacks.names import PROJECT, arn, sub
from stacks.products.parts import Parts
from stacks.secure import accept, allow

_NAMESPACE = sub(PROJECT.metrics_namespace)


def inference_functions(parts: Parts, registered: list[str]) -> dict[str, str]:
    """Names in the definition -> ARNs of the functions that the inference pipeline calls."""
    pointer = arn("ssm", f"parameter{sub(PROJECT.deployed_model_parameter)}")
    resolve = [
        allow(["sagemaker:DescribeModelPackage"], *registered),
        allow(["ssm:GetParameter"], pointer),
        *artifacts(parts),
    ]
    publish = [
        *objects(parts, "s3:GetObject"),
        allow(["ssm:PutParameter"], arn("ssm", f"parameter{sub(PROJECT.latest_drift_parameter)}")),
        allow(["cloudwatch:PutMetricData"], "*", when={"StringEquals": {"cloudwatch:namespace": _NAMESPACE}}),
    ]
    variables = {"INFERENCE_PIPELINE": Fn.sub(sub(PROJECT.inference_pipeline)), "METRICS_NAMESPACE": Fn.sub(_NAMESPACE)}
    return {
        "ResolveModelFunctionArn": parts.function("resolve-model", resolve, {}, timeout=300),
        "PublishDriftMetricsFunctionArn": parts.function("publish-drift-metrics", publish, variables),
    }


def drift_policy(parts: Parts, topic: str, *, trains: bool) -> None:
    """Alarms on drift and on schema violations, and ``drift-policy`` on their going to ALARM."""
    names = [_alarm(parts, "DriftAlarm", PROJECT.drift_alarm, DRIFT_METRIC)]
    names.append(_alarm(parts, "SchemaAlarm", PROJECT.schema_alarm, SCHEMA_METRIC))
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
        "detail": {"alarmName": names, "state": {"value": ["ALARM"]}},
    }
    call_on(parts, "drift-policy", function, pattern)


def _alarm(parts: Parts, id_: str, name: str, metric: str) -> str:
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
        period=60,
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


def registered() -> list[str]:
    """Texts of the ARNs of the versions that a product without training may use: those of the group that it was given."""
    group = "${ModelPackageGroup}"
    return [arn("sagemaker", f"model-package-group/{group}"), arn("sagemaker", f"model-package/{group}/*")]
