"""A step of a delivery: a CodeBuild project with a role and a log of its own, and the stage that runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import aws_codebuild

from stacks.constructs.actions import FROM_PIPELINE, build_action, stage
from stacks.constructs.delivery_owner import Owner
from stacks.names import arn, text
from stacks.secure import Statement, accept, allow, log_group

_IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:6.0"
_Build = aws_codebuild.CfnProject


@dataclass(frozen=True, kw_only=True)
class Step:
    """``kind`` names project, role and stage; the build turns the artifacts ``takes`` into ``gives`` by its ``spec``.

    ``variables`` are the project's environment (texts of Fn::Sub or tokens), ``told`` what each execution adds. The variables that
    the build exports are later actions' in the namespace ``exports``. A stage ``after`` which it runs, beside the one of the step
    before, may be given.
    """

    kind: str
    action: str
    spec: str
    statements: Sequence[Statement]
    takes: str
    gives: str = ""
    exports: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    after: Any = None


def stages(owner: Owner, step: Step) -> list[Any]:
    """The step's stage, behind the one that it waits for."""
    gives = [step.gives] if step.gives else []
    own = stage(
        step.kind.title(),
        build_action(step.action, _project(owner, step), [step.takes], gives, step.told, step.exports),
    )
    return [own] if step.after is None else [step.after, own]


def _project(owner: Owner, step: Step) -> str:
    """The build project's name."""
    name, id_ = owner.name(step.kind), step.kind.title()
    logs = f"/aws/codebuild/{name}"
    group = log_group(owner.scope, f"{id_}Logs", name=logs, key_arn=owner.key_arn, days=owner.days)
    writing = allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", f"log-group:{logs}:*"))
    logging = _Build.CloudWatchLogsConfigProperty(status="ENABLED", group_name=group.ref)
    project = _Build(
        owner.scope,
        f"{id_}Project",
        name=text(name),
        service_role=owner.role(step.kind, "codebuild", [*step.statements, writing]),
        encryption_key=owner.key_arn,
        timeout_in_minutes=owner.minutes,
        source=_Build.SourceProperty(type="CODEPIPELINE", build_spec=step.spec),
        artifacts=_Build.ArtifactsProperty(type="CODEPIPELINE"),
        environment=_environment(owner, step),
        logs_config=_Build.LogsConfigProperty(cloud_watch_logs=logging),
    )
    accept(project, FROM_PIPELINE)
    return str(project.ref)


def _environment(owner: Owner, step: Step) -> Any:
    given = [_Build.EnvironmentVariableProperty(name=key, value=text(value)) for key, value in step.variables.items()]
    return _Build.EnvironmentProperty(
        type="LINUX_CONTAINER", compute_type=owner.machine, image=_IMAGE, environment_variables=given
    )
