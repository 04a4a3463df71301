"""Functions of the training pipeline: which version a new one is compared with, and the model card in the registry."""

from aws_cdk import Fn

from stacks.names import PROJECT, sub
from stacks.project.arns import DEPLOYED_MODEL, OWN_VERSIONS, RUNS
from stacks.project.parts import Parts
from stacks.secure import allow


def training_functions(parts: Parts) -> dict[str, str]:
    """Names in the definition -> ARNs of the functions that the training pipeline calls."""
    group = {"MODEL_PACKAGE_GROUP": Fn.sub(sub(PROJECT.model_group))}
    champion = [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *OWN_VERSIONS),
        allow(["ssm:GetParameter"], DEPLOYED_MODEL),
        allow(["s3:GetObject"], RUNS),
        allow(["s3:PutObject"], f"{RUNS}/champion/champion.json"),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], parts.key_arn),
    ]
    card = [
        # the card and nothing else: a call that names a decision is refused
        allow(
            ["sagemaker:UpdateModelPackage"], *OWN_VERSIONS, when={"Null": {"sagemaker:ModelApprovalStatus": "true"}}
        ),
        allow(["s3:GetObject"], f"{RUNS}/evaluation/registry_card.json"),
        allow(["kms:Decrypt"], parts.key_arn),
    ]
    return {
        "ResolveChampionFunctionArn": parts.function("resolve-champion", champion, group, timeout=300),
        "RecordCardFunctionArn": parts.function("record-card", card, {}),
    }
