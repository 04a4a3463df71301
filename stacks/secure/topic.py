"""SNS topics: encrypted, TLS only, published to by services of this account only."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Fn, aws_sns
from constructs import Construct

from stacks.names import text
from stacks.secure.role import document


def secure_topic(
    scope: Construct, id_: str, *, name: str, key_arn: str, publishers: Sequence[str] = ()
) -> aws_sns.CfnTopic:
    """A topic and its policy; ``publishers`` are service principals, for example ``events.amazonaws.com``."""
    topic = aws_sns.CfnTopic(scope, id_, topic_name=text(name), kms_master_key_id=key_arn)
    statements: list[dict[str, Any]] = [_tls_only(topic.ref), *(_publish(topic.ref, service) for service in publishers)]
    aws_sns.CfnTopicPolicy(scope, f"{id_}Policy", topics=[topic.ref], policy_document=document(statements))
    return topic


def _tls_only(topic: str) -> dict[str, Any]:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _publish(topic: str, service: str) -> dict[str, Any]:
    return {
        "Sid": f"From{service.split('.', maxsplit=1)[0].title()}",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": Fn.ref("AWS::AccountId")}},
    }
