"""Which condition keys AWS's services send with requests that they make in their own name, and which page of AWS says so.

A policy that limits a service by a key that it does not send refuses the service; one without any lets it act for every account.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Sent:
    """``service`` is a principal, ``action`` what it asks for; both are patterns. ``keys`` is what its requests carry."""

    service: str
    action: str
    keys: tuple[str, ...]
    source: str


_ACCOUNT, _ARN = "aws:SourceAccount", "aws:SourceArn"
_TOPIC, _LOGS = "kms:EncryptionContext:aws:sns:topicArn", "kms:EncryptionContext:aws:logs:arn"
SENT = (
    Sent(
        "events.amazonaws.com",
        "lambda:InvokeFunction",
        (_ARN,),
        "EventBridge User Guide, Using resource-based policies: AWS Lambda permissions",
    ),
    Sent(
        "events.amazonaws.com",
        "sns:Publish",
        (_ARN,),
        "EventBridge User Guide, Using resource-based policies: Amazon SNS permissions",
    ),
    Sent("cloudwatch.amazonaws.com", "sns:Publish", (_ARN, _ACCOUNT), "CloudWatch User Guide, Amazon SNS setup"),
    Sent(
        "budgets.amazonaws.com",
        "sns:Publish",
        (_ARN, _ACCOUNT),
        "AWS Cost Management User Guide, Creating an Amazon SNS topic for budget notifications",
    ),
    # the topic's service encrypts, with the topic's ARN as the context, for whoever publishes
    Sent("events.amazonaws.com", "kms:*", (_TOPIC,), "Amazon SNS Developer Guide, Key management: encryption context"),
    Sent(
        "cloudwatch.amazonaws.com", "kms:*", (_TOPIC,), "Amazon SNS Developer Guide, Key management: encryption context"
    ),
    Sent("budgets.amazonaws.com", "kms:*", (_TOPIC,), "Amazon SNS Developer Guide, Key management: encryption context"),
    Sent("logs.*.amazonaws.com", "kms:*", (_LOGS,), "CloudWatch Logs User Guide, Encrypt log data using AWS KMS"),
    Sent(
        "logging.s3.amazonaws.com",
        "s3:PutObject",
        (_ARN, _ACCOUNT),
        "Amazon S3 User Guide, Enabling Amazon S3 server access logging",
    ),
    Sent("lambda.amazonaws.com", "sts:AssumeRole", (_ARN, _ACCOUNT), "Lambda Developer Guide, Execution role"),
    Sent(
        "sagemaker.amazonaws.com", "sts:AssumeRole", (_ARN, _ACCOUNT), "SageMaker AI Developer Guide, Confused deputy"
    ),
    Sent("codebuild.amazonaws.com", "sts:AssumeRole", (_ARN, _ACCOUNT), "CodeBuild User Guide, Confused deputy"),
    Sent("codepipeline.amazonaws.com", "sts:AssumeRole", (_ARN, _ACCOUNT), "CodePipeline User Guide, Confused deputy"),
    Sent(
        "events.amazonaws.com",
        "sts:AssumeRole",
        (_ARN, _ACCOUNT),
        "EventBridge User Guide, IAM roles for sending events to targets",
    ),
    Sent(
        "servicecatalog.amazonaws.com",
        "sts:AssumeRole",
        (_ARN, _ACCOUNT),
        "Service Catalog Administrator Guide, Confused deputy in launch roles",
    ),
    Sent("vpc-flow-logs.amazonaws.com", "sts:AssumeRole", (_ARN, _ACCOUNT), "VPC User Guide, IAM role for flow logs"),
)


def sent(service: str, action: str) -> Sent | None:
    """What the service sends with the action; None where no page is known that says it."""
    for row in SENT:
        if fnmatchcase(service, row.service) and fnmatchcase(action.lower(), row.action.lower()):
            return row
    return None
