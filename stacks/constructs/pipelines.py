"""SageMaker pipelines with their definitions from S3, and their schedule."""

import json

from aws_cdk import Fn, aws_events, aws_sagemaker

from stacks.constructs.code import Code
from stacks.names import PROJECT, arn, sub
from stacks.project.parts import Parts
from stacks.secure import allow


def pipeline(parts: Parts, kind: str, role_arn: str, code: Code) -> aws_sagemaker.CfnPipeline:
    """The pipeline ``<project>-training`` or ``<project>-inference``; ``kind`` is Training or Inference."""
    name = PROJECT.training_pipeline if kind == "Training" else PROJECT.inference_pipeline
    location = {"Bucket": Fn.sub(sub(PROJECT.artifacts_bucket)), "Key": code.definition(kind)}
    return aws_sagemaker.CfnPipeline(
        parts.stack,
        f"{kind}Pipeline",
        pipeline_name=Fn.sub(sub(name)),
        pipeline_definition={"PipelineDefinitionS3Location": location},
        role_arn=role_arn,
    )


def schedule(parts: Parts) -> None:
    """Retraining by the clock, where the project wants it: a delivery of what the branch has, on the newest data set."""
    wanted = parts.condition("Scheduled", parts.parameters.schedule, "none", differs=True)
    delivery = arn("codepipeline", sub(PROJECT.delivery_pipeline))
    role = parts.role("ScheduleRole", "schedule", "events", [allow(["codepipeline:StartPipelineExecution"], delivery)])
    given = json.dumps({"variables": [{"name": "StartedBy", "value": "schedule"}]})
    rule = aws_events.CfnRule(
        parts.stack,
        "ScheduledTraining",
        name=Fn.sub(sub(PROJECT.function("schedule"))),
        schedule_expression=parts.parameters.schedule.value_as_string,
        state="ENABLED",
        targets=[aws_events.CfnRule.TargetProperty(id="delivery", arn=Fn.sub(delivery), role_arn=role, input=given)],
    )
    rule.cfn_options.condition = wanted
