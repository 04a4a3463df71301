"""Log groups of SageMaker's jobs: made before the service makes them itself, without a key and for ever."""

from aws_cdk import RemovalPolicy
from constructs import Construct

from stacks.secure import log_group

KINDS = ("ProcessingJobs", "TrainingJobs", "TransformJobs")


def job_logs(scope: Construct, *, key_arn: str, days: int) -> None:
    """One an account and region, so other teams' jobs write there too: the groups stay when the stack goes."""
    for kind in KINDS:
        group = log_group(scope, f"{kind}Logs", name=f"/aws/sagemaker/{kind}", key_arn=key_arn, days=days)
        group.apply_removal_policy(RemovalPolicy.RETAIN)
