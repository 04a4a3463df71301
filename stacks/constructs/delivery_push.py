"""What starts a delivery: a push to the branch that is delivered."""

from aws_cdk import Fn, aws_codepipeline, aws_events

from stacks.constructs.actions import pushed
from stacks.constructs.delivery_owner import Owner
from stacks.constructs.delivery_source import Source
from stacks.names import arn, text
from stacks.secure import allow

PUSH = "push"


def start_on_push(owner: Owner, source: Source, pipeline: aws_codepipeline.CfnPipeline, name: str) -> None:
    """The rule and its role, for a repository of CodeCommit; a connection starts the pipeline named ``name`` itself."""
    started = arn("codepipeline", name)
    role = owner.role(PUSH, "events", [allow(["codepipeline:StartPipelineExecution"], started)])
    target = aws_events.CfnRule.TargetProperty(
        id="delivery", arn=Fn.sub(started), role_arn=role, input_transformer=pushed()
    )
    rule = aws_events.CfnRule(
        owner.scope,
        "PushRule",
        name=text(owner.name(PUSH)),
        state="ENABLED",
        event_pattern=_pushes(source),
        targets=[target],
    )
    if source.condition is not None:
        rule.cfn_options.condition = source.condition
    rule.add_resource_dependency(pipeline)


def _pushes(source: Source) -> dict[str, object]:
    return {
        "source": ["aws.codecommit"],
        "detail-type": ["CodeCommit Repository State Change"],
        "resources": [Fn.sub(arn("codecommit", source.repository))],
        "detail": {
            "event": ["referenceCreated", "referenceUpdated"],
            "referenceType": ["branch"],
            "referenceName": [source.branch],
        },
    }
