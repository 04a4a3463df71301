"""Stages and actions of delivery pipelines."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_codepipeline, aws_events

FROM_PIPELINE = {
    "HIPAA.Security-CodeBuildProjectSourceRepoUrl": "its source is the pipeline's artifact: it connects to no repository"
}
CHECKOUT = "Checkout"
_Pipeline = aws_codepipeline.CfnPipeline


def stage(name: str, action: Any) -> Any:
    """A stage of one action."""
    return _Pipeline.StageDeclarationProperty(name=name, actions=[action])


def build_action(  # noqa: PLR0917 (what an action has)
    name: str,
    project: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    variables: Mapping[str, str] | None = None,
    exports: str = "",
) -> Any:
    """A CodeBuild action; ``variables`` are environment variables, whose values may name the pipeline's.

    What the build exports is in the namespace ``exports``.
    """
    given = [{"name": key, "value": value, "type": "PLAINTEXT"} for key, value in (variables or {}).items()]
    return _Pipeline.ActionDeclarationProperty(
        name=name,
        action_type_id=_Pipeline.ActionTypeIdProperty(category="Build", owner="AWS", provider="CodeBuild", version="1"),
        configuration={"ProjectName": project, **({"EnvironmentVariables": json.dumps(given)} if given else {})},
        input_artifacts=[_Pipeline.InputArtifactProperty(name=item) for item in inputs],
        output_artifacts=[_Pipeline.OutputArtifactProperty(name=item) for item in outputs],
        namespace=exports or None,
    )


def released(request: str) -> dict[str, Any]:
    """A stage in which a person releases what comes after it; ``request`` is shown to him."""
    manual = {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"}
    action = {
        "Name": "Approve",
        "ActionTypeId": manual,
        "Configuration": {"CustomData": request},
        "RunOrder": 1,
    }
    return {"Name": "Release", "Actions": [action]}


def started_by() -> Any:
    """The pipeline's variable that says who or what has caused an execution."""
    return _Pipeline.VariableDeclarationProperty(
        name="StartedBy", default_value="a person", description="who or what has caused the delivery"
    )


def pushed() -> Any:
    """Input of an execution that a push starts: its own commit, whatever has been pushed since, put down to who pushed."""
    revision = {"actionName": CHECKOUT, "revisionType": "COMMIT_ID", "revisionValue": "<commit>"}
    given = {"sourceRevisions": [revision], "variables": [{"name": "StartedBy", "value": "<caller>"}]}
    return aws_events.CfnRule.InputTransformerProperty(
        input_paths_map={"commit": "$.detail.commitId", "caller": "$.detail.callerUserArn"},
        input_template=json.dumps(given),
    )
