"""SageMaker pipelines with their definitions from S3, and their schedule."""

import json

from aws_cdk import Fn, aws_events, aws_sagemaker

from stacks.constructs.code import Code
from stacks.names import PROJECT, sub
from stacks.project.arns import DELIVERY_PIPELINE
from stacks.project.parts import Parts
from stacks.secure import allow

SCHEDULE = "schedule"


def pipeline(parts: Parts, kind: str, role_arn: str, code: Code) -> None:
    """The pipeline ``<project>-training`` or ``<project>-inference``; ``kind`` is Training or Inference."""
    name = PROJECT.training_pipeline if kind == "Training" else PROJECT.inference_pipeline
    location = {"Bucket": Fn.sub(sub(PROJECT.artifacts_bucket)), "Key": code.definition(kind)}
    aws_sagemaker.CfnPipeline(
        parts.stack,
        f"{kind}Pipeline",
        pipeline_name=Fn.sub(sub(name)),
        pipeline_definition={"PipelineDefinitionS3Location": location},
        role_arn=role_arn,
    )


def schedule(parts: Parts) -> None:
    """Retraining by the clock, where the project wants it: a delivery of what the branch has, on the newest data set."""
    wanted = parts.condition("Scheduled", parts.parameters.schedule, "none", differs=True)
    role = parts.role(
        "ScheduleRole", SCHEDULE, "events", [allow(["codepipeline:StartPipelineExecution"], DELIVERY_PIPELINE)]
    )
    given = json.dumps({"variables": [{"name": "StartedBy", "value": "schedule"}]})
    rule = aws_events.CfnRule(
        parts.stack,
        "ScheduledTraining",
        name=Fn.sub(sub(PROJECT.function(SCHEDULE))),
        schedule_expression=parts.parameters.schedule.value_as_string,
        state="ENABLED",
        targets=[
            aws_events.CfnRule.TargetProperty(id="delivery", arn=Fn.sub(DELIVERY_PIPELINE), role_arn=role, input=given)
        ],
    )
    rule.cfn_options.condition = wanted
