"""All projects at a glance, and a message when the platform's own delivery fails."""

from aws_cdk import Fn, Stack, aws_sns
from constructs import Construct

from stacks.constructs.dashboard import fleet
from stacks.names import DATA_KEY, OPERATIONS, PREFIX, arn
from stacks.secure import secure_topic
from stacks.settings import Settings


class Observability(Stack):
    """Fleet dashboard and operations topic."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, stack_name="mlops-observability")
        key = Fn.import_value(DATA_KEY)
        topic = secure_topic(
            self,
            "Operations",
            name=OPERATIONS,
            key_arn=key,
            publishers={
                "events": [arn("events", f"rule/{PREFIX}-*")],
                "cloudwatch": [arn("cloudwatch", f"alarm:{PREFIX}-*")],
            },
        )
        if settings.operations_email:
            aws_sns.CfnSubscription(
                self, "Mail", topic_arn=topic.ref, protocol="email", endpoint=settings.operations_email
            )
        fleet(self)
