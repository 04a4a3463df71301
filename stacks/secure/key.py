"""Customer-managed KMS keys."""

from aws_cdk import RemovalPolicy, aws_iam, aws_kms
from constructs import Construct

# services that publish to our encrypted topics
_SERVICES = ("budgets", "cloudwatch", "events")


def data_key(scope: Construct, id_: str, *, alias: str) -> aws_kms.Key:
    """A rotating key that is kept when its stack goes; CloudWatch Logs and the notifying services of this account may use it."""
    key = aws_kms.Key(scope, id_, alias=alias, enable_key_rotation=True, removal_policy=RemovalPolicy.RETAIN)
    # the alias is how a new deployment finds the key, and with it the data, again
    key.node.find_child("Alias").apply_removal_policy(RemovalPolicy.RETAIN)
    stack = key.stack
    own = f"{stack.region}:{stack.account}"
    topics = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": f"arn:{stack.partition}:sns:{own}:*"}}
    use = ["kms:Decrypt", "kms:GenerateDataKey*"]
    for service in _SERVICES:
        _grant(key, f"{service}.amazonaws.com", use, topics)
    groups = f"arn:{stack.partition}:logs:{own}:log-group:*"
    logs = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}
    _grant(key, f"logs.{stack.region}.amazonaws.com", [*use, "kms:Encrypt", "kms:ReEncrypt*"], logs)
    return key


def _grant(key: aws_kms.Key, service: str, actions: list[str], conditions: dict[str, dict[str, str]]) -> None:
    key.add_to_resource_policy(
        aws_iam.PolicyStatement(
            principals=[aws_iam.ServicePrincipal(service)], actions=actions, resources=["*"], conditions=conditions
        )
    )
