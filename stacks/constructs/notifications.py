"""The project's topic, its e-mail subscription, and what is always worth a message: a pipeline that failed or finished."""

from aws_cdk import Fn, aws_sns

from stacks.constructs.delivery_failed import failed_delivery
from stacks.constructs.events import News, tell_on
from stacks.names import PROJECT, arn, sub
from stacks.project.arns import INFERENCE_PIPELINE, TRAINING_PIPELINE
from stacks.project.parts import Parts
from stacks.secure import secure_topic

RUN_ENDED, DELIVERY_FAILED = "run-ended", "delivery-failed"


def notifications(parts: Parts) -> str:
    """ARN of the topic ``<project>-notifications``."""
    rules = [arn("events", f"rule/{sub(PROJECT.function(it))}") for it in (RUN_ENDED, DELIVERY_FAILED)]
    topic = secure_topic(
        parts.stack, "Topic", name=sub(PROJECT.topic), key_arn=parts.key_arn, publishers={"events": rules}
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
    paths = {
        "pipeline": "$.detail.pipelineArn",
        "status": "$.detail.currentPipelineExecutionStatus",
        "run": "$.detail.pipelineExecutionArn",
        "name": "$.detail.pipelineExecutionDisplayName",  # those of rehearsals begin with their word
    }
    tell_on(parts, RUN_ENDED, topic.ref, News(ended, "Pipeline <pipeline>: <status>. Run: <run> (<name>)", paths))
    delivery = Fn.sub(sub(PROJECT.delivery_pipeline))
    tell_on(parts, DELIVERY_FAILED, topic.ref, failed_delivery(delivery, "nothing was changed"))
    return topic.ref
