"""Delivery of a project: repository -> test and package -> update of the project's own stack -> training."""

from typing import Any

from aws_cdk import Aws, Fn, aws_codebuild, aws_codecommit, aws_codepipeline, aws_events

from stacks import names
from stacks.constructs.actions import CHECKOUT, FROM_PIPELINE, build_action, pushed, stage, started_by
from stacks.constructs.buildspecs import build_spec, deploy_spec
from stacks.constructs.execution import pipelines
from stacks.constructs.storage import objects
from stacks.names import PROJECT, arn, sub
from stacks.project.parts import Parts
from stacks.secure import Statement, accept, allow, log_group

_IMAGE = "aws/codebuild/amazonlinux-x86_64-standard:6.0"
_Pipeline = aws_codepipeline.CfnPipeline
_ORIGIN = {  # what builds know of why they run
    "COMMIT": "#{Source.CommitId}",
    "STARTED_BY": "#{variables.StartedBy}",
    "EXECUTION": "#{codepipeline.PipelineExecutionId}",
}
_GATE = {  # between the tested package and the project's stack, where the project wants it
    "Name": "Release",
    "Actions": [
        {
            "Name": "Approve",
            "ActionTypeId": {"Category": "Approval", "Owner": "AWS", "Provider": "Manual", "Version": "1"},
            "Configuration": {"CustomData": "#{variables.StartedBy} delivers #{Source.CommitId}"},
            "RunOrder": 1,
        }
    ],
}
_REPOSITORY = f"{sub(PROJECT.name)}-code"


class Delivery:
    """CodePipeline V2 on the project's repository; a push starts it."""

    def __init__(self, parts: Parts, *, product: str, trains: bool) -> None:
        self._parts, self._product, self._trains = parts, product, trains
        self._here = parts.condition("CodeCommitSource", parts.parameters.source, "codecommit")
        self._gated = parts.condition("Gated", parts.parameters.gate, "yes")
        self._repository()
        build = self._project("build", build_spec(), objects(parts, "s3:GetObject", "s3:PutObject"))
        deploy = self._project("deploy", deploy_spec(trains=trains), self._deploying())
        pipeline = self._pipeline(build, deploy)
        self._start_on_push(pipeline)

    def _repository(self) -> None:
        code = aws_codecommit.CfnRepository
        source = code.S3Property(bucket=Fn.sub(names.ASSETS), key=self._parts.platform.archives["seed-repository"])
        repository = code(
            self._parts.stack,
            "CodeRepository",
            repository_name=Fn.sub(_REPOSITORY),
            repository_description="seed code of the project",
            kms_key_id=self._parts.key_arn,
            code=code.CodeProperty(branch_name="main", s3=source),
        )
        repository.cfn_options.condition = self._here

    def _deploying(self) -> list[Statement]:
        id_ = Fn.import_value(names.product_export(self._product))
        product = Fn.sub(arn("catalog", "product/${Product}"), {"Product": id_})
        return [
            *objects(self._parts, "s3:GetObject"),
            allow(
                ["servicecatalog:UpdateProvisionedProduct", "servicecatalog:DescribeProvisioningParameters"], product
            ),
            allow(["servicecatalog:DescribeProvisionedProduct", "servicecatalog:DescribeRecord"], "*"),
            *(self._training() if self._trains else []),
        ]

    def _training(self) -> list[Statement]:
        latest = arn("ssm", f"parameter{sub(PROJECT.latest_dataset_parameter)}")
        return [allow(["sagemaker:StartPipelineExecution"], pipelines()[0]), allow(["ssm:GetParameter"], latest)]

    def _project(self, kind: str, spec: str, statements: list[Statement]) -> str:
        parts, name = self._parts, sub(PROJECT.function(kind))
        group = log_group(
            parts.stack, f"{kind.title()}Logs", name=f"/aws/codebuild/{name}", key_arn=parts.key_arn, days=parts.days
        )
        writing = allow(
            ["logs:CreateLogStream", "logs:PutLogEvents"], arn("logs", f"log-group:/aws/codebuild/{name}:*")
        )
        role = parts.role(f"{kind.title()}Role", kind, "codebuild", [*statements, writing])
        build = aws_codebuild.CfnProject
        variable = build.EnvironmentVariableProperty
        variables = {"PROJECT": parts.name, "ARTIFACTS": Fn.sub(sub(PROJECT.artifacts_bucket))}
        variables["DATASET_PARAMETER"] = Fn.sub(sub(PROJECT.latest_dataset_parameter))
        variables["TRAINING_PIPELINE"] = Fn.sub(sub(PROJECT.training_pipeline))
        project = build(
            parts.stack,
            f"{kind.title()}Project",
            name=Fn.sub(name),
            service_role=role,
            encryption_key=parts.key_arn,
            timeout_in_minutes=30,
            source=build.SourceProperty(type="CODEPIPELINE", build_spec=spec),
            artifacts=build.ArtifactsProperty(type="CODEPIPELINE"),
            environment=build.EnvironmentProperty(
                type="LINUX_CONTAINER",
                compute_type="BUILD_GENERAL1_SMALL",
                image=_IMAGE,
                environment_variables=[variable(name=key, value=value) for key, value in variables.items()],
            ),
            logs_config=build.LogsConfigProperty(
                cloud_watch_logs=build.CloudWatchLogsConfigProperty(status="ENABLED", group_name=group.ref)
            ),
        )
        accept(project, FROM_PIPELINE)
        return project.ref

    def _pipeline(self, build: str, deploy: str) -> aws_codepipeline.CfnPipeline:
        parts = self._parts
        projects = arn("codebuild", f"project/{sub(PROJECT.name)}-*")
        statements = [
            *objects(parts, "s3:GetObject", "s3:PutObject"),
            allow(["codebuild:BatchGetBuilds", "codebuild:StartBuild"], projects),
            allow(
                [
                    "codecommit:CancelUploadArchive",
                    "codecommit:GetBranch",
                    "codecommit:GetCommit",
                    "codecommit:GetUploadArchiveStatus",
                    "codecommit:UploadArchive",
                ],
                arn("codecommit", _REPOSITORY),
            ),
            allow(["codeconnections:UseConnection"], arn("codeconnections", "connection/*")),
        ]
        return _Pipeline(
            parts.stack,
            "DeliveryPipeline",
            name=Fn.sub(sub(PROJECT.function("delivery"))),
            pipeline_type="V2",
            execution_mode="QUEUED",
            role_arn=parts.role("DeliveryRole", "delivery", "codepipeline", statements),
            artifact_store=_Pipeline.ArtifactStoreProperty(
                type="S3",
                location=Fn.sub(sub(PROJECT.artifacts_bucket)),
                encryption_key=_Pipeline.EncryptionKeyProperty(id=parts.key_arn, type="KMS"),
            ),
            stages=[
                stage("Source", self._source()),
                stage("Build", build_action("TestAndPackage", build, ["Source"], ["Package"], _ORIGIN)),
                Fn.condition_if(self._gated.logical_id, _GATE, Aws.NO_VALUE),
                stage("Deploy", build_action("UpdateProject", deploy, ["Package"], [], _ORIGIN)),
            ],
            variables=[started_by()],
        )

    def _source(self) -> Any:
        given = self._parts.parameters
        branch = given.branch.value_as_string
        code_commit = {"RepositoryName": Fn.sub(_REPOSITORY), "BranchName": branch, "PollForSourceChanges": "false"}
        connection = {
            "ConnectionArn": given.connection.value_as_string,
            "FullRepositoryId": given.repository.value_as_string,
            "BranchName": branch,
            "DetectChanges": "true",
        }
        provider = Fn.condition_if(self._here.logical_id, "CodeCommit", "CodeStarSourceConnection").to_string()
        return _Pipeline.ActionDeclarationProperty(
            name=CHECKOUT,
            namespace="Source",
            action_type_id=_Pipeline.ActionTypeIdProperty(
                category="Source", owner="AWS", provider=provider, version="1"
            ),
            configuration=Fn.condition_if(self._here.logical_id, code_commit, connection),
            output_artifacts=[_Pipeline.OutputArtifactProperty(name="Source")],
        )

    def _start_on_push(self, pipeline: aws_codepipeline.CfnPipeline) -> None:
        where = arn("codepipeline", sub(PROJECT.function("delivery")))
        role = self._parts.role("PushRole", "push", "events", [allow(["codepipeline:StartPipelineExecution"], where)])
        repository = Fn.sub(arn("codecommit", _REPOSITORY))
        rule = aws_events.CfnRule(
            self._parts.stack,
            "PushRule",
            name=Fn.sub(sub(PROJECT.function("push"))),
            state="ENABLED",
            event_pattern={
                "source": ["aws.codecommit"],
                "detail-type": ["CodeCommit Repository State Change"],
                "resources": [repository],
                "detail": {
                    "event": ["referenceCreated", "referenceUpdated"],
                    "referenceType": ["branch"],
                    "referenceName": [self._parts.parameters.branch.value_as_string],
                },
            },
            targets=[
                aws_events.CfnRule.TargetProperty(
                    id="delivery", arn=Fn.sub(where), role_arn=role, input_transformer=pushed()
                )
            ],
        )
        rule.cfn_options.condition = self._here
        rule.add_resource_dependency(pipeline)
