"""Delivery of a project: repository -> test and package -> update of the project's own stack -> training."""

from aws_cdk import Aws, Fn, aws_codecommit

from mlops.projects.names import CODE_FROM
from mlops.projects.prefixes import BUILD, DELIVERY, DEPLOY
from stacks import names
from stacks.constructs.actions import released
from stacks.constructs.buildspecs import build_spec, deploy_spec
from stacks.constructs.delivery import delivery
from stacks.constructs.delivery_build import Step
from stacks.constructs.delivery_owner import Owner
from stacks.constructs.delivery_source import Source
from stacks.constructs.storage import carried
from stacks.names import PROJECT, arn, sub
from stacks.project.arns import ARTIFACTS_BUCKET, LATEST_DATASET, TRAINING_PIPELINE
from stacks.project.parts import Parts
from stacks.project.writing import writing
from stacks.secure import Statement, allow

BUILT = "Built"  # namespace of what a build says of its package, in CodePipeline's own history
# What builds know of why they run: values that CodePipeline and CodeCommit have made. CodePipeline puts them into a JSON text as they are:
# one that a build of pushed code has exported would add variables of its own to the next build's, such as an endpoint to be led to.
_ORIGIN = {
    "COMMIT": "#{Source.CommitId}",
    "STARTED_BY": "#{variables.StartedBy}",
    "EXECUTION": "#{codepipeline.PipelineExecutionId}",
}


def project_delivery(parts: Parts, *, product: str, trains: bool) -> None:
    """CodePipeline V2 on the project's repository; a push starts it."""
    owner, source = _owner(parts), _source(parts)
    archive = aws_codecommit.CfnRepository.S3Property(
        bucket=Fn.sub(names.ASSETS), key=parts.platform.archives["seed-repository"]
    )
    source.keep(owner, "CodeRepository", "seed code of the project", archive)
    steps = [_build(parts), _deploy(parts, product, trains=trains)]
    name = sub(PROJECT.delivery_pipeline)
    delivery(owner, "DeliveryPipeline", name=name, acts_as=DELIVERY, source=source, steps=steps)


def _owner(parts: Parts) -> Owner:
    return Owner(
        scope=parts.stack,
        name=lambda purpose: sub(PROJECT.function(purpose)),
        role=lambda purpose, service, given: parts.role(f"{purpose.title()}Role", purpose, service, given),
        key_arn=parts.key_arn,
        bucket=Fn.sub(sub(PROJECT.artifacts_bucket)),
        bucket_arn=ARTIFACTS_BUCKET,
        artifacts=[*carried(parts, DELIVERY), *writing(parts, DELIVERY)],
        days=parts.days,
        machine="BUILD_GENERAL1_SMALL",
        minutes=30,
    )


def _source(parts: Parts) -> Source:
    given = parts.parameters
    return Source(
        here=parts.condition("CodeCommitSource", given.source, "codecommit"),
        repository=sub(PROJECT.repository),
        branch=given.branch.value_as_string,
        connection=given.connection.value_as_string,
        full_name=given.repository.value_as_string,
        usable=arn("codeconnections", "connection/*"),
        new=parts.new(CODE_FROM),
    )


def _variables(parts: Parts) -> dict[str, str]:
    """Environment of both builds."""
    return {
        "PROJECT": parts.name,
        "ARTIFACTS": Fn.sub(sub(PROJECT.artifacts_bucket)),
        "DATASET_PARAMETER": Fn.sub(sub(PROJECT.latest_dataset_parameter)),
        "REQUESTS": Fn.sub(sub(PROJECT.data_bucket)),
        "TRAINING_PIPELINE": Fn.sub(sub(PROJECT.training_pipeline)),
    }


def _build(parts: Parts) -> Step:
    return Step(
        kind=BUILD,
        action="TestAndPackage",
        spec=build_spec(),
        statements=[*_packaging(parts), *writing(parts, BUILD)],
        takes="Source",
        exports=BUILT,
        variables=_variables(parts),
        told=_ORIGIN,
    )


def _packaging(parts: Parts) -> list[Statement]:
    """What tests and packs pushed code reads: the code, packages and libraries by their hash, and nothing of patients."""
    kept = allow(["s3:ListBucket"], ARTIFACTS_BUCKET, when={"StringLike": {"s3:prefix": "wheels/*"}})
    return [*carried(parts, BUILD), kept]


def _deploy(parts: Parts, product: str, *, trains: bool) -> Step:
    """Behind a person's release where the project wants one."""
    gated = parts.condition("Gated", parts.parameters.gate, "yes")
    gate = released(f"{_ORIGIN['STARTED_BY']} delivers {_ORIGIN['COMMIT']}")
    return Step(
        kind=DEPLOY,
        action="UpdateProject",
        spec=deploy_spec(trains=trains),
        statements=[*_updating(parts, product), *(_training(parts) if trains else [])],
        takes="Source",
        variables={**_variables(parts), "DELIVERY_PIPELINE": Fn.sub(sub(PROJECT.delivery_pipeline))},
        told=_ORIGIN,
        after=Fn.condition_if(gated.logical_id, gate, Aws.NO_VALUE),
    )


def _updating(parts: Parts, product: str) -> list[Statement]:
    id_ = Fn.import_value(names.product_export(product))
    own = Fn.sub(arn("catalog", "product/${Product}"), {"Product": id_})
    return [
        *carried(parts, DEPLOY),
        allow(["servicecatalog:DescribeProvisioningParameters"], own),
        # Service Catalog restricts these by no resource: what holds is that nobody but this build has the role (docs/security.md)
        allow(
            [
                "servicecatalog:DescribeProvisionedProduct",
                "servicecatalog:DescribeRecord",
                "servicecatalog:UpdateProvisionedProduct",
            ],
            "*",
        ),
        # which package the build stage of its own execution has named
        allow(["codepipeline:ListActionExecutions"], arn("codepipeline", sub(PROJECT.delivery_pipeline))),
    ]


def _training(parts: Parts) -> list[Statement]:
    return [
        *writing(parts, DEPLOY),
        allow(["sagemaker:DescribePipeline", "sagemaker:StartPipelineExecution"], TRAINING_PIPELINE),
        allow(["ssm:GetParameter"], LATEST_DATASET),
    ]
