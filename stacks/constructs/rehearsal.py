"""The end of a rehearsal: ``clear-rehearsal`` removes what it has made, on the end of a run and once its alarms are back to OK."""

from collections.abc import Sequence

from aws_cdk import Fn

from mlops.bundled import alarms
from mlops.bundled.rehearsal import PREFIX
from stacks.constructs.events import call_on
from stacks.names import PROJECT, arn, sub
from stacks.project.arns import (
    ARTIFACTS_BUCKET,
    DATA_BUCKET,
    INFERENCE_PIPELINE,
    INFERENCE_RUNS,
    LATEST_REHEARSAL,
    OWN_VERSIONS,
    RUNS,
    TRAINING_PIPELINE,
    TRAINING_RUNS,
)
from stacks.project.parts import Parts
from stacks.secure import Statement, allow

PURPOSE = "clear-rehearsal"
OVER = f"{PURPOSE}-over"  # the rule on alarms


def rehearsals(parts: Parts, watched: Sequence[str], *, trains: bool) -> None:
    """``watched`` are the names of the rehearsals' alarms."""
    variables = {
        "INFERENCE_PIPELINE": Fn.sub(sub(PROJECT.inference_pipeline)),
        "TRAINING_PIPELINE": Fn.sub(sub(PROJECT.training_pipeline)) if trains else "",
        "DATA_BUCKET": Fn.sub(sub(PROJECT.data_bucket)),
        "ARTIFACTS_BUCKET": Fn.sub(sub(PROJECT.artifacts_bucket)),
    }
    function = parts.function(PURPOSE, _clearing(trains=trains), variables, timeout=900, by_event=True)
    pipelines = [INFERENCE_PIPELINE, *([TRAINING_PIPELINE] if trains else [])]
    ended = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
        "detail": {
            "currentPipelineExecutionStatus": ["Failed", "Stopped", "Succeeded"],
            "pipelineArn": [Fn.sub(it) for it in pipelines],
        },
    }
    over = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": list(watched), "state": {"value": ["OK"]}},
    }
    call_on(parts, PURPOSE, function, ended)
    call_on(parts, OVER, function, over)


def _clearing(*, trains: bool) -> list[Statement]:
    """Ask what is a rehearsal's; delete tables of rehearsals, what runs leave, versions and models."""
    pipelines, runs = [INFERENCE_PIPELINE], [INFERENCE_RUNS]
    if trains:
        pipelines, runs = [*pipelines, TRAINING_PIPELINE], [*runs, TRAINING_RUNS]
    asked = ("ListPipelineExecutionSteps", "ListPipelineParametersForExecution")
    played = [arn("cloudwatch", f"alarm:{row.name(sub(PROJECT.name), rehearsal=True)}") for row in alarms.ALARMS]
    versions = [allow(["sagemaker:DeleteModelPackage", "sagemaker:DescribeModelPackage"], *OWN_VERSIONS)]
    return [
        allow(["sagemaker:ListPipelineExecutions"], *pipelines),
        allow([f"sagemaker:{verb}" for verb in asked], *runs),
        allow(["cloudwatch:DescribeAlarms"], *played),
        allow(["ssm:DeleteParameter", "ssm:GetParameter"], LATEST_REHEARSAL),
        allow(["s3:ListBucket", "s3:ListBucketVersions"], DATA_BUCKET, ARTIFACTS_BUCKET),
        allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], f"{DATA_BUCKET}/{PREFIX}*", RUNS),
        allow(["sagemaker:DeleteModel"], arn("sagemaker", "model/pipelines-*")),
        *(versions if trains else []),
    ]
