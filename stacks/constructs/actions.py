"""Stages and actions of delivery pipelines."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_codepipeline

FROM_PIPELINE = {
    "HIPAA.Security-CodeBuildProjectSourceRepoUrl": "its source is the pipeline's artifact: it connects to no repository"
}
_Pipeline = aws_codepipeline.CfnPipeline


def stage(name: str, action: Any) -> Any:
    """A stage of one action."""
    return _Pipeline.StageDeclarationProperty(name=name, actions=[action])


def build_action(
    name: str, project: str, inputs: Sequence[str], outputs: Sequence[str], variables: Mapping[str, str] | None = None
) -> Any:
    """A CodeBuild action; ``variables`` are environment variables, whose values may name the pipeline's."""
    given = [{"name": key, "value": value, "type": "PLAINTEXT"} for key, value in (variables or {}).items()]
    return _Pipeline.ActionDeclarationProperty(
        name=name,
        action_type_id=_Pipeline.ActionTypeIdProperty(category="Build", owner="AWS", provider="CodeBuild", version="1"),
        configuration={"ProjectName": project, **({"EnvironmentVariables": json.dumps(given)} if given else {})},
        input_artifacts=[_Pipeline.InputArtifactProperty(name=item) for item in inputs],
        output_artifacts=[_Pipeline.OutputArtifactProperty(name=item) for item in outputs],
    )
