"""All projects at a glance, and messages: the platform's own delivery has failed, the month costs more than its budget."""

from aws_cdk import Fn, Stack, aws_sns
from constructs import Construct

from stacks.constructs.budget import monthly_budget
from stacks.constructs.dashboard import fleet
from stacks.names import DATA_KEY, OPERATIONS, PREFIX, arn
from stacks.secure import secure_topic
from stacks.settings import Settings


class Observability(Stack):
    """Fleet dashboard, operations topic and budget."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, stack_name="mlops-observability")
        key = Fn.import_value(DATA_KEY)
        topic = secure_topic(
            self,
            "Operations",
            name=OPERATIONS,
            key_arn=key,
            publishers={
                "budgets": [arn("budgets", "*", region="")],
                "events": [arn("events", f"rule/{PREFIX}-*")],
                "cloudwatch": [arn("cloudwatch", f"alarm:{PREFIX}-*")],
            },
        )
        if settings.operations_email:
            aws_sns.CfnSubscription(
                self, "Mail", topic_arn=topic.ref, protocol="email", endpoint=settings.operations_email
            )
        if settings.monthly_budget:
            budget = monthly_budget(self, limit=settings.monthly_budget, topic=topic.ref)
            # Budgets looks whether it may publish
            budget.node.add_dependency(self.node.find_child("OperationsPolicy"))
        fleet(self)
