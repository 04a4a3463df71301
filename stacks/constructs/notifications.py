"""The project's topic, its e-mail subscription, and what is always worth a message: a pipeline that failed or finished."""

from aws_cdk import Fn, aws_sns

from stacks.constructs.events import tell_on
from stacks.names import PROJECT, sub
from stacks.project.arns import INFERENCE_PIPELINE, TRAINING_PIPELINE
from stacks.project.parts import Parts
from stacks.secure import secure_topic

RUN_ENDED, DELIVERY_FAILED = "run-ended", "delivery-failed"


def notifications(parts: Parts) -> str:
    """ARN of the topic ``<project>-notifications``."""
    topic = secure_topic(
        parts.stack, "Topic", name=sub(PROJECT.topic), key_arn=parts.key_arn, publishers=["events.amazonaws.com"]
    )
    wanted = parts.condition("Mailed", parts.parameters.email, "none", differs=True)
    mail = aws_sns.CfnSubscription(
        parts.stack, "Mail", topic_arn=topic.ref, protocol="email", endpoint=parts.parameters.email.value_as_string
    )
    mail.cfn_options.condition = wanted
    ended = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
        "detail": {
            "currentPipelineExecutionStatus": ["Failed", "Succeeded"],
            "pipelineArn": [Fn.sub(TRAINING_PIPELINE), Fn.sub(INFERENCE_PIPELINE)],
        },
    }
    text = {
        "template": "Pipeline <pipeline>: <status>. Run: <run>",
        "pipeline": "$.detail.pipelineArn",
        "status": "$.detail.currentPipelineExecutionStatus",
        "run": "$.detail.pipelineExecutionArn",
    }
    tell_on(parts, RUN_ENDED, topic.ref, ended, text)
    _failed_deliveries(parts, topic.ref)
    return topic.ref


def _failed_deliveries(parts: Parts, topic_arn: str) -> None:
    """A delivery that stops says in which action and why."""
    failed = {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Action Execution State Change"],
        "detail": {"pipeline": [Fn.sub(sub(PROJECT.delivery_pipeline))], "state": ["FAILED"]},
    }
    text = {
        "template": "Delivery <pipeline> stopped at <stage>, <action>; nothing was changed. Why: <why> Execution: <execution>",
        "pipeline": "$.detail.pipeline",
        "stage": "$.detail.stage",
        "action": "$.detail.action",
        "why": "$.detail.execution-result.external-execution-summary",
        "execution": "$.detail.execution-id",
    }
    tell_on(parts, DELIVERY_FAILED, topic_arn, failed, text)
