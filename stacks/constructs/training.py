"""Functions of the training pipeline: who has started it, which version a new one is compared with, and the model card in the registry."""

from aws_cdk import Fn

from stacks.constructs.audit import claiming, variables
from stacks.constructs.reviews import reviewing
from stacks.names import DATASETS, PROJECT, arn, sub
from stacks.project.arns import (
    DATA_BUCKET,
    DELIVERY_PIPELINE,
    DEPLOYED_MODEL,
    LATEST_DATASET,
    OWN_VERSIONS,
    REQUESTS,
    RUNS,
    TRAINING_PIPELINE,
    TRAINING_RUNS,
)
from stacks.project.parts import Parts
from stacks.project.writing import writing
from stacks.secure import Statement, allow

_DRIFT_ROLE, _DEPLOY_ROLE = "DriftPolicyRole", "DeployRole"  # logical ids, made after these functions


def training_functions(parts: Parts, *, infers: bool) -> dict[str, str]:
    """Names in the definition -> ARNs of the functions that the training pipeline calls."""
    group = {"MODEL_PACKAGE_GROUP": Fn.sub(sub(PROJECT.model_group))}
    champion = [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *OWN_VERSIONS),
        allow(["ssm:GetParameter"], DEPLOYED_MODEL),
        allow(["s3:GetObject"], RUNS),
        allow(["kms:Decrypt"], parts.key_arn),
        *writing(parts, "resolve-champion"),
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
        "AuthorizeRunFunctionArn": _authorize(parts, infers=infers),
        "ResolveChampionFunctionArn": parts.function("resolve-champion", champion, group, timeout=300),
        "RecordCardFunctionArn": parts.function("record-card", card, {}),
    }


def _authorize(parts: Parts, *, infers: bool) -> str:
    """It knows the services that may start runs by the unique ids of their roles, which nobody chooses."""
    given = {
        **variables(),
        "REQUESTS_BUCKET": Fn.sub(sub(PROJECT.data_bucket)),
        "DATASETS_BUCKET": Fn.sub(DATASETS),
        "DEPLOY_PROJECT": Fn.sub(sub(PROJECT.function("deploy"))),
        "DELIVERY_PIPELINE": Fn.sub(sub(PROJECT.delivery_pipeline)),
        "DEPLOY_ROLE_ID": Fn.get_att(_DEPLOY_ROLE, "RoleId").to_string(),
    }
    if infers:
        given["DRIFT_ROLE_ID"] = Fn.get_att(_DRIFT_ROLE, "RoleId").to_string()
    return parts.function("authorize-run", _authorizing(parts), given, timeout=120)


def _authorizing(parts: Parts) -> list[Statement]:
    reading = (
        "DescribePipelineExecution",
        "DescribePipelineDefinitionForExecution",
        "ListPipelineParametersForExecution",
    )
    return [
        allow([f"sagemaker:{verb}" for verb in reading], TRAINING_RUNS),
        allow(["sagemaker:DescribePipeline"], TRAINING_PIPELINE),
        allow(["s3:GetObject"], REQUESTS),
        *reviewing(DATA_BUCKET),
        allow(["ssm:GetParameterHistory"], LATEST_DATASET),
        allow(["codebuild:BatchGetBuilds"], arn("codebuild", f"project/{sub(PROJECT.function('deploy'))}")),
        allow(["codepipeline:GetPipelineExecution"], DELIVERY_PIPELINE),
        *claiming(parts),
    ]
