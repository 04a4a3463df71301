"""Delivery by CodePipeline: source, then steps, each a build; the one construct of the projects' pipelines and the platform's own."""

from collections.abc import Sequence

from aws_cdk import aws_codepipeline

from stacks.constructs.actions import stage, started_by
from stacks.constructs.delivery_build import Step, stages
from stacks.constructs.delivery_owner import Owner
from stacks.constructs.delivery_push import start_on_push
from stacks.constructs.delivery_source import Source
from stacks.names import arn, text
from stacks.secure import allow

_Pipeline = aws_codepipeline.CfnPipeline


def delivery(owner: Owner, id_: str, *, name: str, acts_as: str, source: Source, steps: Sequence[Step]) -> None:
    """The pipeline ``name`` (a text of Fn::Sub) in the role for the purpose ``acts_as``; a push to the source starts it."""
    builds = [made for step in steps for made in stages(owner, step)]
    statements = [
        *owner.artifacts,
        # CodePipeline User Guide, "Manage the CodePipeline service role"
        allow(["s3:GetBucketLocation", "s3:GetBucketVersioning"], owner.bucket_arn),
        allow(
            ["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
            *(arn("codebuild", f"project/{owner.name(step.kind)}") for step in steps),
        ),
        *source.reading(owner.key_arn),
    ]
    pipeline = _Pipeline(
        owner.scope,
        id_,
        name=text(name),
        pipeline_type="V2",
        execution_mode="QUEUED",
        role_arn=owner.role(acts_as, "codepipeline", statements),
        artifact_store=_Pipeline.ArtifactStoreProperty(
            type="S3",
            location=owner.bucket,
            encryption_key=_Pipeline.EncryptionKeyProperty(id=owner.key_arn, type="KMS"),
        ),
        stages=[stage("Source", source.action()), *builds],
        variables=[started_by()],
    )
    if source.here:
        start_on_push(owner, source, pipeline, name)
