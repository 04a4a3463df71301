"""A delivery pipeline on a bench: repository, build project, bucket, and what pushes do there."""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.delivery.bench import ACCOUNT, Bench, commit, git, wait_for

BUCKET = "artifacts"


@dataclass
class Line:
    """One pipeline and a clone of its repository."""

    bench: Bench
    name: str
    clone: Path

    def push(self, message: str, **files: str) -> str:
        """Commit and push; the commit's id."""
        id_ = commit(self.clone, message, **files)
        git(self.clone, "push", "-q", "origin", "HEAD:main")
        return id_

    def start(self, **more: Any) -> str:
        """Start by hand."""
        return str(
            self.bench.client("codepipeline").start_pipeline_execution(name=self.name, **more)["pipelineExecutionId"]
        )

    def executions(self) -> list[dict[str, Any]]:
        """Summaries, newest first."""
        answer = self.bench.client("codepipeline").list_pipeline_executions(pipelineName=self.name)
        return list(answer["pipelineExecutionSummaries"])

    def status(self, id_: str) -> str:
        """Of an execution."""
        answer = self.bench.client("codepipeline").get_pipeline_execution(
            pipelineName=self.name, pipelineExecutionId=id_
        )
        return str(answer["pipelineExecution"]["status"])

    def ended(self, id_: str) -> str:
        """Its final status."""
        wait_for(lambda: self.status(id_) not in {"InProgress", "Stopping"}, f"end of {id_}", 60)
        return self.status(id_)

    def actions(self, id_: str) -> dict[str, dict[str, Any]]:
        """Newest run of each action of an execution."""
        answer = self.bench.client("codepipeline").list_action_executions(
            pipelineName=self.name, filter={"pipelineExecutionId": id_}
        )
        found: dict[str, dict[str, Any]] = {}
        for item in answer["actionExecutionDetails"]:
            found.setdefault(item["actionName"], item)
        return found

    def action_state(self, stage: str) -> dict[str, Any]:
        """The first action's state of a stage."""
        states = self.bench.client("codepipeline").get_pipeline_state(name=self.name)["stageStates"]
        return dict(
            next(item for item in states if item["stageName"] == stage)["actionStates"][0].get("latestExecution", {})
        )

    def why(self, id_: str) -> str:
        """What the failed action said."""
        failed = [item for item in self.actions(id_).values() if item["status"] == "Failed"]
        return str(failed[0]["output"]["executionResult"]["errorDetails"]["message"]) if failed else ""

    def log(self, build_id: str) -> list[str]:
        """Lines of a build."""
        build = self.bench.client("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
        where = {"logGroupName": build["logs"]["groupName"], "logStreamName": build["logs"]["streamName"]}
        return [
            event["message"]
            for event in self.bench.client("logs").get_log_events(**where, startFromHead=True)["events"]
        ]


def role(bench: Bench, name: str) -> str:
    """A role that may do what pipelines and builds do here."""
    actions = [
        "s3:*",
        "codebuild:*",
        "codecommit:*",
        "lambda:*",
        "codepipeline:*",
        "cloudformation:*",
        "logs:*",
        "ssm:*",
    ]
    return bench.role(
        name, {"Effect": "Allow", "Action": actions, "Resource": "*"}, service="codepipeline codebuild lambda"
    )


def action(category: str, provider: str, name: str = "", **more: Any) -> dict[str, Any]:
    """An action of AWS's."""
    kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
    return {"name": name or category, "actionTypeId": kind, **more}


def source(repository: str, *others: dict[str, Any]) -> dict[str, Any]:
    """A source stage on a repository's main branch, and other source actions."""
    configuration = {"RepositoryName": repository, "BranchName": "main", "PollForSourceChanges": "false"}
    made = action(
        "Source", "CodeCommit", configuration=configuration, outputArtifacts=[{"name": "Code"}], namespace="Source"
    )
    return {"name": "Source", "actions": [made, *others]}


def build(project: str, **more: Any) -> dict[str, Any]:
    """A build stage."""
    inputs, outputs = [{"name": "Code"}], [{"name": "Built"}]
    made = action(
        "Build",
        "CodeBuild",
        configuration={"ProjectName": project},
        inputArtifacts=inputs,
        outputArtifacts=outputs,
        namespace="Build",
        **more,
    )
    return {"name": "Build", "actions": [made]}


def project(bench: Bench, name: str, spec: str, role_arn: str) -> None:
    """A build project for pipelines."""
    bench.client("codebuild").create_project(
        name=name,
        source={"type": "CODEPIPELINE", "buildspec": spec},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [{"name": "GREETING", "value": "hello"}],
        },
        serviceRole=role_arn,
    )


def line(  # noqa: PLR0917 (what a pipeline is made of)
    bench: Bench,
    name: str,
    stages: list[dict[str, Any]],
    folder: Path,
    mode: str = "QUEUED",
    sources: tuple[dict[str, Any], ...] = (),
) -> Line:
    """A repository, its clone, and a pipeline on it."""
    bench.client("codecommit").create_repository(repositoryName=name)
    role_arn = role(bench, f"{name}-role")
    pipeline = {
        "name": name,
        "roleArn": role_arn,
        "artifactStore": {"type": "S3", "location": BUCKET},
        "stages": [source(name, *sources), *stages],
        "pipelineType": "V2",
        "executionMode": mode,
    }
    bench.client("codepipeline").create_pipeline(pipeline=pipeline)
    git(folder, "clone", "-q", bench.address(name), name)
    return Line(bench, name, folder / name)


def on_push(bench: Bench, name: str) -> str:
    """A rule that starts the pipeline at the pushed commit; its ARN."""
    target = f"arn:aws:codepipeline:us-east-1:{ACCOUNT}:{name}"
    allowed = {"Effect": "Allow", "Action": "codepipeline:StartPipelineExecution", "Resource": target}
    starter = bench.role(f"{name}-push", allowed, service="events")
    pattern = {"source": ["aws.codecommit"], "resources": [f"arn:aws:codecommit:us-east-1:{ACCOUNT}:{name}"]}
    events = bench.client("events")
    arn = events.put_rule(Name=f"{name}-push", EventPattern=json.dumps(pattern), State="ENABLED")["RuleArn"]
    revision = '{"actionName":"Source","revisionType":"COMMIT_ID","revisionValue":"<commit>"}'
    transformer = {
        "InputPathsMap": {"commit": "$.detail.commitId"},
        "InputTemplate": '{"sourceRevisions":[' + revision + "]}",
    }
    events.put_targets(
        Rule=f"{name}-push", Targets=[{"Id": "t", "Arn": target, "RoleArn": starter, "InputTransformer": transformer}]
    )
    return str(arn)


def function(bench: Bench, name: str, body: str) -> None:
    """A Lambda function with ``handler(event, context)``."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("handler.py", body)
    bench.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="handler.handler",
        Role=role(bench, f"{name}-role"),
        Code={"ZipFile": raw.getvalue()},
        Timeout=30,
    )
