"""Model versions: what is registered is written down, decisions are held to it, an approval moves the pointer to the deployed one."""

from aws_cdk import Fn

from stacks.constructs.audit import appending, claims_of, reading, variables
from stacks.constructs.events import call_on
from stacks.constructs.reviews import reviewing
from stacks.constructs.storage import artifacts
from stacks.names import DATASETS, PROJECT, sub
from stacks.project.arns import (
    DATA_BUCKET,
    DEPLOYED_MODEL,
    GIVEN_VERSIONS,
    LATEST_DATASET,
    OWN_VERSIONS,
    TRAINING_PIPELINE,
    TRAINING_RUNS,
)
from stacks.project.parts import Parts
from stacks.secure import Statement, allow

PURPOSE = "record-approval"
_GIVEN = "${ModelPackageGroup}"  # of a product that uses another project's versions; the group has that project's name


def approval(parts: Parts, *, trains: bool, infers: bool) -> None:
    """``record-approval`` on registrations and decisions in the project's own registry group, or in the one that it was given."""
    group = Fn.sub(sub(PROJECT.model_group) if trains else _GIVEN)
    given = {
        **variables(),
        "MODEL_PACKAGE_GROUP": group,
        "OWNER": group,
        "DEPLOYS": "yes" if infers else "no",
        "TRAINING_PIPELINE": Fn.sub(sub(PROJECT.training_pipeline)),
        "DATASETS_BUCKET": Fn.sub(DATASETS),
        "DATA_BUCKET": Fn.sub(sub(PROJECT.data_bucket)),
        "UNATTRIBUTED_VERSIONS": parts.parameters.unattributed.value_as_string,
    }
    statements = [*(_owning() if trains else _using()), *artifacts(parts), *appending(parts)]
    if infers:
        statements += _pointing()
    function = parts.function(PURPOSE, statements, given, timeout=300, by_event=True)
    pattern = {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {
            "ModelPackageGroupName": [group],
            "ModelApprovalStatus": ["PendingManualApproval", "Approved", "Rejected"],
        },
    }
    call_on(parts, PURPOSE, function, pattern)


def _pointing() -> list[Statement]:
    """Move the pointer; of racing decisions the later one stays, so who writes reads what was written in between (``NAME:VERSION``)."""
    return [
        allow(["ssm:GetParameter"], DEPLOYED_MODEL, f"{DEPLOYED_MODEL}:*"),
        allow(["ssm:PutParameter"], DEPLOYED_MODEL),
    ]


def _owning() -> list[Statement]:
    """Look at versions and their runs; reject, and nothing else: a call that approves is refused."""
    rejected = {"StringEquals": {"sagemaker:ModelApprovalStatus": "Rejected"}}
    asked = ("DescribePipelineExecution", "DescribePipelineDefinitionForExecution", "ListPipelineExecutionSteps")
    return [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *OWN_VERSIONS),
        allow(["sagemaker:UpdateModelPackage"], *OWN_VERSIONS, when=rejected),
        allow([f"sagemaker:{verb}" for verb in asked], TRAINING_RUNS),
        allow(["sagemaker:DescribePipeline"], TRAINING_PIPELINE),
        claims_of("${SageMakerProjectName}"),
        *reviewing(DATA_BUCKET),
        # what retraining uses: nobody else writes it; of racing registrations the newer version's stays
        allow(["ssm:GetParameter"], LATEST_DATASET, f"{LATEST_DATASET}:*"),
        allow(["ssm:PutParameter"], LATEST_DATASET),
    ]


def _using() -> list[Statement]:
    return [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"], *GIVEN_VERSIONS),
        reading(_GIVEN),
    ]
