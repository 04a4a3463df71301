"""Steps of the platform's own delivery: every gate and the synth, then the deployment of what has passed them."""

from collections.abc import Sequence

from stacks import names
from stacks.constructs.buildspecs import platform_spec
from stacks.constructs.delivery_build import Step
from stacks.names import arn, bucket_arn
from stacks.secure import Statement, allow

_CHANGES = (
    "CreateChangeSet",
    "DeleteChangeSet",
    "DescribeChangeSet",
    "ExecuteChangeSet",
    "UpdateTerminationProtection",
    "DeleteStack",
    "DescribeStackEvents",
    "DescribeStacks",
    "GetTemplate",
)


def platform_steps(artifacts: Sequence[Statement], key_arn: str) -> list[Step]:
    """Both take the source itself, which ``artifacts`` reads; neither gives anything."""
    gates = Step(
        kind="gates",
        action="CheckAndSynth",
        spec=platform_spec("Gates"),
        statements=artifacts,
        takes="Source",
    )
    deploy = Step(
        kind="deploy",
        action="DeployAssembly",
        spec=platform_spec("Deploy"),
        statements=[*artifacts, *_deploying(key_arn)],
        takes="Source",
        variables={"EXECUTION_ROLE": names.EXECUTION},
    )
    return [gates, deploy]


def _deploying(key_arn: str) -> list[Statement]:
    """What ``mlops deploy`` calls: change sets of the platform's stacks, which CloudFormation executes as the bootstrapped role."""
    assets, studio = bucket_arn(names.ASSETS), bucket_arn(names.STUDIO_TEMPLATES)
    execution = arn("iam", f"role/{names.EXECUTION}", region="")
    only = {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    return [
        allow([f"cloudformation:{name}" for name in _CHANGES], arn("cloudformation", "stack/mlops-*/*")),
        allow(["iam:PassRole"], execution, when=only),
        allow(["ssm:GetParameter"], arn("ssm", "parameter/cdk-bootstrap/hnb659fds/version")),
        allow(["s3:GetObject", "s3:PutObject"], f"{assets}/*"),
        allow(["s3:ListBucket"], assets),
        allow(["s3:PutObject", "s3:PutObjectTagging"], f"{studio}/*"),
        allow(["kms:GenerateDataKey"], key_arn),
        allow(["kms:ListAliases", "s3:ListAllMyBuckets"], "*"),  # a new stack takes over what an earlier one has kept
    ]
