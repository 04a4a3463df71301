"""Monitoring of a project: functions of the inference pipeline, alarms on its metrics, and the policy that answers them."""

from aws_cdk import CfnMapping, Fn, Token, aws_cloudwatch

from mlops.bundled import alarms, names
from mlops.projects.prefixes import PUBLISH_PREDICTIONS
from stacks.constructs.audit import claiming, variables
from stacks.constructs.events import call_on
from stacks.constructs.rehearsal import rehearsals
from stacks.constructs.reviews import reviewing
from stacks.constructs.storage import artifacts, objects
from stacks.names import DATASETS, PROJECT, arn, sub
from stacks.project.arns import (
    ARTIFACTS_BUCKET,
    DEPLOYED_MODEL,
    INFERENCE_PIPELINE,
    INFERENCE_RUNS,
    LATEST_DATASET,
    LATEST_DRIFT,
    LATEST_REHEARSAL,
    REQUESTS,
    RUNS,
    TRAINING_PIPELINE,
    TRAINING_RUNS,
)
from stacks.project.parameters import PERIODS
from stacks.project.parts import Parts
from stacks.project.writing import writing
from stacks.secure import Statement, accept, allow

POLICY = "drift-policy"
_NAMESPACE, _PLAYED = (sub(names.namespace(PROJECT.name, rehearsal=it)) for it in (False, True))
_SHORT = 60  # seconds: the period of rehearsals' alarms, which are back to OK before the next one


def inference_functions(parts: Parts, registered: list[str], *, trains: bool) -> dict[str, str]:
    """Names in the definition -> ARNs of the functions that the inference pipeline calls.

    A product that does not train reads the baselines of another project's versions.
    """
    resolve = [
        allow(["sagemaker:DescribeModelPackage"], *registered),
        allow(["ssm:GetParameter"], DEPLOYED_MODEL),
        *artifacts(parts),
        *_asking(),
        allow(["sagemaker:ListPipelineParametersForExecution"], INFERENCE_RUNS),
        allow(["s3:GetObject"], REQUESTS),
        *claiming(parts),
    ]
    publish = [
        *objects(parts),
        *([] if trains else artifacts(parts)),
        *writing(parts, "publish-drift-metrics"),
        allow(["ssm:GetParameter", "ssm:PutParameter"], LATEST_DRIFT, LATEST_REHEARSAL),
        allow(
            ["cloudwatch:PutMetricData"], "*", when={"StringEquals": {"cloudwatch:namespace": [_NAMESPACE, _PLAYED]}}
        ),
    ]
    pipeline = {"INFERENCE_PIPELINE": Fn.sub(sub(PROJECT.inference_pipeline))}
    begun = {**pipeline, **variables(), "DATA_BUCKET": Fn.sub(sub(PROJECT.data_bucket))}
    return {
        "ResolveModelFunctionArn": parts.function("resolve-model", resolve, begun, timeout=300),
        "PublishDriftMetricsFunctionArn": parts.function("publish-drift-metrics", publish, pipeline),
        "PublishPredictionsFunctionArn": parts.function(
            PUBLISH_PREDICTIONS, _publishing(parts, registered), pipeline, timeout=900
        ),
    }


def _publishing(parts: Parts, registered: list[str]) -> list[Statement]:
    """Ask what an execution and its model are; read its predictions, and write them where people read them."""
    return [
        *_asking(),
        allow(["sagemaker:DescribeModelPackage"], *registered),
        allow(["sagemaker:DescribeModel"], arn("sagemaker", "model/pipelines-*")),
        *artifacts(parts),
        *([allow(["s3:GetObject"], f"{RUNS}/predictions/*")] if parts.parameters.given_versions else []),
        allow(["s3:ListBucket"], ARTIFACTS_BUCKET, when={"StringLike": {"s3:prefix": "runs/*/predictions/*"}}),
        *writing(parts, PUBLISH_PREDICTIONS),
    ]


def _asking() -> list[Statement]:
    """Ask whether an execution is a whole one of the present definition."""
    reading = ("DescribePipelineExecution", "DescribePipelineDefinitionForExecution")
    return [
        allow([f"sagemaker:{verb}" for verb in reading], INFERENCE_RUNS),
        allow(["sagemaker:DescribePipeline"], INFERENCE_PIPELINE),
    ]


def drift_policy(parts: Parts, topic: str, *, trains: bool) -> None:
    """The alarms of ``mlops.bundled.alarms``, for the project and for rehearsals, and ``drift-policy`` on their going to ALARM."""
    period = _period(parts)
    watched = [_alarm(parts, row, period) for row in alarms.ALARMS]
    played = [_alarm(parts, row, _SHORT, rehearsal=True) for row in alarms.ALARMS]
    statements = [
        allow(["sagemaker:ListPipelineExecutions"], TRAINING_PIPELINE),
        allow(["sagemaker:ListPipelineParametersForExecution"], TRAINING_RUNS),
        allow(["ssm:GetParameter"], LATEST_DRIFT, LATEST_REHEARSAL),
    ]
    if trains:
        statements += [
            allow(["sagemaker:DescribePipeline", "sagemaker:StartPipelineExecution"], TRAINING_PIPELINE),
            allow(["ssm:GetParameter"], LATEST_DATASET),
            *reviewing(),
            allow(["kms:Decrypt"], parts.key_arn),
            *writing(parts, POLICY),
        ]
    given = parts.parameters
    told = {
        "TRAINING_PIPELINE": Fn.sub(sub(PROJECT.training_pipeline)),
        "REQUESTS_BUCKET": Fn.sub(sub(PROJECT.data_bucket)),
        "DATASETS_BUCKET": Fn.sub(DATASETS),
        "INFERENCE_PIPELINE": Fn.sub(sub(PROJECT.inference_pipeline)),
        "TOPIC_ARN": topic,
        "ON_DRIFT": given.on_drift.value_as_string,
        "COOLDOWN_HOURS": given.cooldown.value_as_string,
        "WEEKLY_BUDGET": given.budget.value_as_string,
    }
    function = parts.function(POLICY, statements, told, by_event=True)
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [*watched, *played], "state": {"value": ["ALARM"]}},
    }
    call_on(parts, POLICY, function, pattern)
    rehearsals(parts, played, trains=trains)


def _period(parts: Parts) -> float:
    """Seconds of an alarm's period: that between two batches, or the longest that CloudWatch has."""
    seconds = {interval: {"Seconds": period} for interval, period in PERIODS.items()}
    mapping = CfnMapping(parts.stack, "AlarmPeriods", mapping=seconds)
    return Token.as_number(mapping.find_in_map(parts.parameters.interval.value_as_string, "Seconds"))


def _alarm(parts: Parts, row: alarms.Alarm, period: float, *, rehearsal: bool = False) -> str:
    """Name of the alarm."""
    dimension = aws_cloudwatch.CfnAlarm.DimensionProperty
    alarm = aws_cloudwatch.CfnAlarm(
        parts.stack,
        f"{row.logical_id}{'Rehearsed' if rehearsal else ''}",
        alarm_name=Fn.sub(sub(row.name(PROJECT.name, rehearsal=rehearsal))),
        namespace=Fn.sub(_PLAYED if rehearsal else _NAMESPACE),
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
    return Fn.sub(sub(row.name(PROJECT.name, rehearsal=rehearsal)))
