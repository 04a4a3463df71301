"""The project's topic, its e-mail subscription, and what is always worth a message: a pipeline that failed or finished."""

from aws_cdk import Fn, aws_sns

from stacks.constructs.events import tell_on
from stacks.constructs.execution import pipelines
from stacks.names import PROJECT, sub
from stacks.products.parts import Parts
from stacks.secure import secure_topic


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
            "pipelineArn": [Fn.sub(arn) for arn in pipelines() if not arn.endswith("*")],
        },
    }
    text = {
        "template": "Pipeline <pipeline>: <status>. Run: <run>",
        "pipeline": "$.detail.pipelineArn",
        "status": "$.detail.currentPipelineExecutionStatus",
        "run": "$.detail.pipelineExecutionArn",
    }
    tell_on(parts, "run-ended", topic.ref, ended, text)
    return topic.ref
