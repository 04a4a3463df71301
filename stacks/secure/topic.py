"""SNS topics: encrypted, TLS only, published to by services of this account only."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_sns
from constructs import Construct

from stacks.names import text
from stacks.secure.role import document


def secure_topic(
    scope: Construct, id_: str, *, name: str, key_arn: str, publishers: Mapping[str, Sequence[str]]
) -> aws_sns.CfnTopic:
    """A topic and its policy; ``publishers``: service -> ARNs (a text of Fn::Sub) of what publishes, as it sends in aws:SourceArn."""
    topic = aws_sns.CfnTopic(scope, id_, topic_name=text(name), kms_master_key_id=key_arn)
    statements: list[dict[str, Any]] = [_tls_only(topic.ref), *(_publish(topic.ref, *it) for it in publishers.items())]
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


def _publish(topic: str, service: str, sources: Sequence[str]) -> dict[str, Any]:
    return {
        "Sid": f"From{service.title()}",
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnLike": {"aws:SourceArn": list(sources)}},
    }
