"""CloudWatch log groups: encrypted, with an end."""

from aws_cdk import RemovalPolicy, aws_logs
from constructs import Construct

from stacks.names import text


def log_group(scope: Construct, id_: str, *, name: str, key_arn: str, days: int) -> aws_logs.CfnLogGroup:
    """A log group that goes with its stack; ``name`` is the text of an Fn::Sub."""
    group = aws_logs.CfnLogGroup(scope, id_, log_group_name=text(name), kms_key_id=key_arn, retention_in_days=days)
    group.apply_removal_policy(RemovalPolicy.DESTROY)
    return group
