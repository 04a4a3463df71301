"""The project's code in its bucket and its pipeline definitions rendered for it: a custom resource unpacks the code package."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws, CfnCondition, CustomResource, Duration, Fn

from stacks import names
from stacks.constructs.audit import appending, variables
from stacks.constructs.events import call_on
from stacks.names import PROJECT, bucket_arn, sub
from stacks.project.arns import (
    ARTIFACTS_BUCKET,
    DELETION,
    DELIVERY_PIPELINE,
    DEPLOYED_MODEL,
    LATEST_DATASET,
    LATEST_DRIFT,
    LATEST_REHEARSAL,
    RUNS,
)
from stacks.project.parts import Parts
from stacks.secure import allow, deny

PURPOSE = "publish-code"


class Code:
    """Where code and definitions are; a changed value or package gives new keys, so CloudFormation updates the pipelines."""

    def __init__(self, parts: Parts, defaults: Mapping[str, str], pipelines: Sequence[str], bucket: str) -> None:
        """``bucket`` is the name of the artifacts bucket, as ``Storage`` refers to it."""
        initial = parts.condition("InitialCode", parts.parameters.code, "initial")
        self._resource = CustomResource(
            parts.stack,
            "Code",
            service_token=_publisher(parts),
            resource_type="Custom::ProjectCode",
            service_timeout=Duration.minutes(5),
            properties={
                "Bucket": bucket,
                "PackageBucket": _either(initial, Fn.sub(names.ASSETS), bucket),
                "PackageKey": _either(
                    initial, parts.platform.archives["project-code"], parts.parameters.code.value_as_string
                ),
                "ProductBucket": Fn.sub(names.ASSETS),
                "ProductKey": parts.platform.archives["project-code"],
                "Project": parts.name,
                "MonitorEngine": parts.parameters.engine.value_as_string,
                "Defaults": dict(defaults),
                "Pipelines": list(pipelines),
                **_network(parts),
            },
        )

    def definition(self, kind: str) -> str:
        """Key of a rendered definition in the artifacts bucket; ``kind`` is Training or Inference."""
        return self._resource.get_att_string(f"{kind}Definition")


def _publisher(parts: Parts) -> str:
    assets, own = bucket_arn(names.ASSETS), ARTIFACTS_BUCKET
    statements = [
        allow(
            ["s3:GetObject"],
            f"{assets}/{parts.platform.archives['project-code']}",
            *(f"{own}/{kind}/*" for kind in ("code", "definitions", "packages", "wheels")),
        ),
        deny(["s3:GetObject", "s3:GetObjectVersion"], RUNS, sid="NoRuns"),
        allow(["s3:PutObject"], f"{own}/code/*", f"{own}/definitions/*", f"{own}/packages/base.zip"),
        allow(
            ["s3:DeleteObjectVersion"], *(f"{own}/{kind}/*" for kind in ("code", "definitions", "packages", "wheels"))
        ),
        allow(["s3:ListBucket", "s3:ListBucketVersions"], own),
        allow(["ssm:DeleteParameter"], DEPLOYED_MODEL, LATEST_DATASET, LATEST_DRIFT, LATEST_REHEARSAL, DELETION),
        allow(["ssm:GetParameterHistory"], DELETION),
        allow(
            [
                "codepipeline:GetPipelineExecution",
                "codepipeline:GetPipelineState",
                "codepipeline:ListActionExecutions",
                "codepipeline:ListPipelineExecutions",
            ],
            DELIVERY_PIPELINE,
        ),
        allow(["cloudformation:DescribeStacks"], Aws.STACK_ID),
        *appending(parts),
    ]
    given = {
        **variables(),
        "DELIVERY_PIPELINE": Fn.sub(sub(PROJECT.delivery_pipeline)),
    }
    function = parts.function(PURPOSE, statements, given, timeout=300, by_event=True)
    call_on(parts, PURPOSE, function, _rejected_releases())
    return function


def _rejected_releases() -> dict[str, Any]:
    return {
        "source": ["aws.codepipeline"],
        "detail-type": ["CodePipeline Action Execution State Change"],
        "detail": {
            "pipeline": [Fn.sub(sub(PROJECT.delivery_pipeline))],
            "type": {"category": ["Approval"]},
            "state": ["FAILED"],
        },
    }


def _network(parts: Parts) -> dict[str, list[str]]:
    if not parts.platform.network:
        return {}
    subnets = [Fn.import_value(names.SUBNET_A), Fn.import_value(names.SUBNET_B)]
    return {"Subnets": subnets, "SecurityGroups": [Fn.import_value(names.JOB_GROUP)]}


def _either(condition: CfnCondition, yes: str, no: str) -> str:
    return Fn.condition_if(condition.logical_id, yes, no).to_string()
