"""Functions of the training pipeline: which version a new one is compared with, and the model card in the registry."""

from aws_cdk import Fn

from stacks.constructs.execution import registry
from stacks.names import PROJECT, arn, sub
from stacks.project.parts import Parts
from stacks.secure import allow

_RUNS = f"arn:${{AWS::Partition}}:s3:::{sub(PROJECT.artifacts_bucket)}/runs/*"


def training_functions(parts: Parts) -> dict[str, str]:
    """Names in the definition -> ARNs of the functions that the training pipeline calls."""
    group = {"MODEL_PACKAGE_GROUP": Fn.sub(sub(PROJECT.model_group))}
    champion = [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *registry()),
        allow(["ssm:GetParameter"], arn("ssm", f"parameter{sub(PROJECT.deployed_model_parameter)}")),
        allow(["s3:GetObject"], _RUNS),
        allow(["s3:PutObject"], f"{_RUNS}/champion/champion.json"),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], parts.key_arn),
    ]
    card = [
        # the card and nothing else: a call that names a decision is refused
        allow(["sagemaker:UpdateModelPackage"], *registry(), when={"Null": {"sagemaker:ModelApprovalStatus": "true"}}),
        allow(["s3:GetObject"], f"{_RUNS}/evaluation/registry_card.json"),
        allow(["kms:Decrypt"], parts.key_arn),
    ]
    return {
        "ResolveChampionFunctionArn": parts.function("resolve-champion", champion, group, timeout=300),
        "RecordCardFunctionArn": parts.function("record-card", card, {}),
    }
