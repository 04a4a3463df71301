"""The platform's own delivery: a commit to its repository passes every gate, then CloudFormation deploys it (requirement 8.2)."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Fn, Stack, aws_codebuild, aws_codecommit, aws_codepipeline, aws_events, aws_kms
from constructs import Construct

from mlops.projects.names import PLATFORM
from stacks import names
from stacks.constructs.actions import CHECKOUT, FROM_PIPELINE, build_action, pushed, stage, started_by
from stacks.constructs.buildspecs import platform_spec
from stacks.names import arn
from stacks.secure import Statement, accept, allow, log_group, secure_bucket, service_role
from stacks.secure.findings import wildcards
from stacks.settings import Settings

_NAME = PLATFORM
_FAILED = {
    "source": ["aws.codepipeline"],
    "detail-type": ["CodePipeline Action Execution State Change"],
    "detail": {"pipeline": [_NAME], "state": ["FAILED"]},
}
_MESSAGE = (
    '"Delivery <pipeline> stopped at <stage>, <action>; the stacks are as they were. Why: <why> Execution: <execution>"'
)
_Pipeline = aws_codepipeline.CfnPipeline


class Delivery(Stack):
    """Source -> gates and synth -> deploy, with one build project for each."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_, stack_name="mlops-delivery")
        self._settings, self._key = settings, Fn.import_value(names.DATA_KEY)
        key = aws_kms.Key.from_key_arn(self, "Key", self._key)
        logs = Fn.import_value(names.LOGS_BUCKET)
        self._bucket = secure_bucket(self, "Artifacts", name="mlops-delivery-${AWS::AccountId}", key=key, logs=logs)
        if settings.source == "codecommit":
            aws_codecommit.CfnRepository(
                self, "Repository", repository_name=_NAME, repository_description="this platform", kms_key_id=self._key
            )
        checks = self._project("Gates", [])
        deploys = self._project("Deploy", _deploying(), {"EXECUTION_ROLE": names.EXECUTION})
        pipeline = self._pipeline(checks, deploys)
        if settings.source == "codecommit":
            self._start_on_push(pipeline)
        self._tell_failures()

    def _artifacts(self) -> list[Statement]:
        return [
            allow(["s3:GetObject", "s3:PutObject"], "arn:${AWS::Partition}:s3:::mlops-delivery-${AWS::AccountId}/*"),
            allow(["kms:Decrypt", "kms:GenerateDataKey"], self._key),
        ]

    def _role(self, id_: str, service: str, statements: list[Statement]) -> str:
        reason = "artifacts, streams and bootstrap roles below one prefix of the platform's own"
        made = service_role(
            self,
            f"{id_}Role",
            name=f"{_NAME}-{id_.lower()}",
            service=service,
            statements=[*self._artifacts(), *statements],
            accepted=wildcards([*self._artifacts(), *statements], reason),
            boundary=self._settings.permissions_boundary,
        )
        return made.attr_arn

    def _project(self, id_: str, statements: list[Statement], variables: Mapping[str, str] | None = None) -> str:
        name = f"{_NAME}-{id_.lower()}"
        days = self._settings.retention_days
        group = log_group(self, f"{id_}Logs", name=f"/aws/codebuild/{name}", key_arn=self._key, days=days)
        writing = allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", f"log-group:/aws/codebuild/{name}:*")
        )
        build = aws_codebuild.CfnProject
        logging = build.CloudWatchLogsConfigProperty(status="ENABLED", group_name=group.ref)
        project = build(
            self,
            f"{id_}Project",
            name=name,
            service_role=self._role(id_, "codebuild", [*statements, writing]),
            encryption_key=self._key,
            timeout_in_minutes=60,
            source=build.SourceProperty(type="CODEPIPELINE", build_spec=platform_spec(id_)),
            artifacts=build.ArtifactsProperty(type="CODEPIPELINE"),
            environment=build.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_MEDIUM",
                image="aws/codebuild/amazonlinux-x86_64-standard:6.0",
                environment_variables=[
                    build.EnvironmentVariableProperty(name=key, value=Fn.sub(value))
                    for key, value in (variables or {}).items()
                ],
            ),
            logs_config=build.LogsConfigProperty(cloud_watch_logs=logging),
        )
        accept(project, FROM_PIPELINE)
        return project.ref

    def _pipeline(self, checks: str, deploys: str) -> aws_codepipeline.CfnPipeline:
        statements = [
            allow(["codebuild:BatchGetBuilds", "codebuild:StartBuild"], arn("codebuild", f"project/{_NAME}-*")),
            allow(
                [
                    "codecommit:CancelUploadArchive",
                    "codecommit:GetBranch",
                    "codecommit:GetCommit",
                    "codecommit:GetUploadArchiveStatus",
                    "codecommit:UploadArchive",
                ],
                arn("codecommit", _NAME),
            ),
            *(
                [allow(["codeconnections:UseConnection"], self._settings.connection_arn)]
                if self._settings.connection_arn
                else []
            ),
        ]
        return _Pipeline(
            self,
            "Pipeline",
            name=_NAME,
            pipeline_type="V2",
            execution_mode="QUEUED",
            role_arn=self._role("Pipeline", "codepipeline", statements),
            artifact_store=_Pipeline.ArtifactStoreProperty(
                type="S3",
                location=self._bucket.bucket_name,
                encryption_key=_Pipeline.EncryptionKeyProperty(id=self._key, type="KMS"),
            ),
            stages=[
                stage("Source", self._source()),
                stage("Gates", build_action("CheckAndSynth", checks, ["Source"], [])),
                stage("Deploy", build_action("DeployAssembly", deploys, ["Source"], [])),
            ],
            variables=[started_by()],
        )

    def _source(self) -> Any:
        given = self._settings
        here = given.source == "codecommit"
        code_commit = {"RepositoryName": _NAME, "BranchName": "main", "PollForSourceChanges": "false"}
        connection = {"ConnectionArn": given.connection_arn, "FullRepositoryId": given.repository, "BranchName": "main"}
        provider = "CodeCommit" if here else "CodeStarSourceConnection"
        return _Pipeline.ActionDeclarationProperty(
            name=CHECKOUT,
            namespace="Source",
            action_type_id=_Pipeline.ActionTypeIdProperty(
                category="Source", owner="AWS", provider=provider, version="1"
            ),
            configuration=code_commit if here else connection,
            output_artifacts=[_Pipeline.OutputArtifactProperty(name="Source")],
        )

    def _start_on_push(self, pipeline: aws_codepipeline.CfnPipeline) -> None:
        where = arn("codepipeline", _NAME)
        role = service_role(
            self,
            "PushRole",
            name=f"{_NAME}-push",
            service="events",
            statements=[allow(["codepipeline:StartPipelineExecution"], where)],
            boundary=self._settings.permissions_boundary,
        )
        rule = aws_events.CfnRule(
            self,
            "PushRule",
            name=f"{_NAME}-push",
            state="ENABLED",
            event_pattern={
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Repository State Change"],
                "resources": [Fn.sub(arn("codecommit", _NAME))],
                "detail": {"event": ["referenceCreated", "referenceUpdated"], "referenceName": ["main"]},
            },
            targets=[
                aws_events.CfnRule.TargetProperty(
                    id="delivery", arn=Fn.sub(where), role_arn=role.attr_arn, input_transformer=pushed()
                )
            ],
        )
        rule.add_resource_dependency(pipeline)

    def _tell_failures(self) -> None:
        """Who runs the platform hears of a delivery that stops, in which action and why."""
        paths = {
            "pipeline": "$.detail.pipeline",
            "stage": "$.detail.stage",
            "action": "$.detail.action",
            "why": "$.detail.execution-result.external-execution-summary",
            "execution": "$.detail.execution-id",
        }
        transformer = aws_events.CfnRule.InputTransformerProperty(input_paths_map=paths, input_template=_MESSAGE)
        topic = Fn.sub(arn("sns", names.OPERATIONS))
        aws_events.CfnRule(
            self,
            "FailedRule",
            name=f"{_NAME}-failed",
            state="ENABLED",
            event_pattern=_FAILED,
            targets=[aws_events.CfnRule.TargetProperty(id="topic", arn=topic, input_transformer=transformer)],
        )


def _deploying() -> list[Statement]:
    """What ``mlops deploy`` calls: change sets of the platform's stacks, which CloudFormation executes as the bootstrapped role."""
    stacks = arn("cloudformation", "stack/mlops-*/*")
    assets = f"arn:${{AWS::Partition}}:s3:::{names.ASSETS}"
    studio = f"arn:${{AWS::Partition}}:s3:::{names.STUDIO_TEMPLATES}/*"
    execution = arn("iam", f"role/{names.EXECUTION}", region="")
    only = {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    changes = [
        "CreateChangeSet",
        "DeleteChangeSet",
        "DescribeChangeSet",
        "ExecuteChangeSet",
        "UpdateTerminationProtection",
    ]
    reading = ["DeleteStack", "DescribeStackEvents", "DescribeStacks", "GetTemplate"]
    return [
        allow([f"cloudformation:{name}" for name in (*changes, *reading)], stacks),
        allow(["iam:PassRole"], execution, when=only),
        allow(["ssm:GetParameter"], arn("ssm", "parameter/cdk-bootstrap/hnb659fds/version")),
        allow(["s3:GetObject", "s3:PutObject"], f"{assets}/*"),
        allow(["s3:ListBucket"], assets),
        allow(["s3:PutObject", "s3:PutObjectTagging"], studio),
        allow(["kms:ListAliases", "s3:ListAllMyBuckets"], "*"),  # a new stack takes over what an earlier one has kept
    ]
