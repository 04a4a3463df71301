"""What each kind of action does; every call to another service is made as the pipeline's role."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from embedded_aws.codebuild.build import Result, Sources, reason
from embedded_aws.codepipeline import s3_actions
from embedded_aws.codepipeline.actions import Action, ActionFailed, Outcome, Stopped
from embedded_aws.codepipeline.answers import Answers, Jobs
from embedded_aws.codepipeline.cloudformation_action import deploy
from embedded_aws.service import Call, Document, ServiceError
from embedded_aws.zips import pack_texts, read_entry

_NEEDED = {
    "CodeCommit": ("RepositoryName", "BranchName"),
    "CodeBuild": ("ProjectName",),
    "Lambda": ("FunctionName",),
    "CloudFormation": ("ActionMode", "StackName"),
}


class Builds(Protocol):
    """CodeBuild, as far as sources and artifacts go."""

    def prepare(self, token: str, sources: Sources) -> None:
        """Before StartBuild with this token."""

    def result(self, id_: str) -> Result:
        """After the build's end."""


class Repositories(Protocol):
    """CodeCommit, as far as a source action needs it beside the API."""

    def archive(self, call: Call, name: str, reference: str) -> tuple[str, bytes]:
        """(commit, zip of its files)."""

    def describe_commit(self, call: Call, name: str, commit: str) -> Document:
        """Author and message."""


class Runners:
    """The kinds of actions that run here."""

    def __init__(self, repositories: Repositories, builds: Builds, jobs: Jobs) -> None:
        self._repositories, self._builds, answers = repositories, builds, Answers(jobs)
        self._known: Mapping[tuple[str, str], Callable[[Action], Outcome]] = {
            ("Source", "CodeCommit"): self._code_commit,
            ("Source", "S3"): s3_actions.fetch,
            ("Build", "CodeBuild"): self._build,
            ("Test", "CodeBuild"): self._build,
            ("Deploy", "S3"): s3_actions.deploy,
            ("Deploy", "CloudFormation"): _cloudformation,
            ("Invoke", "Lambda"): answers.invoke,
            ("Approval", "Manual"): answers.approve,
        }

    def run(self, action: Action) -> Outcome:
        """Run one action to its end.

        Raises:
            ActionFailed: it failed, or its kind is not supported here. Stopped: it was abandoned.
        """
        from botocore.exceptions import ClientError

        kind = action.declaration["actionTypeId"]
        runner = self._known.get((kind["category"], kind["provider"]))
        if runner is None:
            raise ActionFailed(
                "ConfigurationError",
                f"not supported by the embedded AWS: {kind['category']} action of {kind['provider']}",
            )
        missing = [name for name in _NEEDED.get(kind["provider"], ()) if name not in action.configuration]
        if missing:
            raise ActionFailed("ConfigurationError", f"the action's configuration has no {missing[0]}")
        try:
            return runner(action)
        except ServiceError as error:
            raise ActionFailed("ConfigurationError", error.message) from error
        except ClientError as error:
            details = error.response["Error"]
            code = "PermissionError" if "AccessDenied" in details["Code"] else "JobFailed"
            raise ActionFailed(code, f"{error.operation_name}: {details['Message']}") from error

    def _code_commit(self, action: Action) -> Outcome:
        name, branch = action.configuration["RepositoryName"], action.configuration["BranchName"]
        if action.configuration.get("OutputArtifactFormat", "CODE_ZIP") != "CODE_ZIP":
            raise ActionFailed(
                "ConfigurationError", "not supported by the embedded AWS: OutputArtifactFormat other than CODE_ZIP"
            )
        tip = action.client("codecommit").get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"]
        commit, archive = self._repositories.archive(action.call, name, action.override("COMMIT_ID") or tip)
        described = self._repositories.describe_commit(action.call, name, commit)
        message = described["message"].strip()
        variables = {
            "CommitId": commit,
            "BranchName": branch,
            "RepositoryName": name,
            "CommitMessage": message,
            "AuthorDate": described["author"]["date"],
            "CommitterDate": described["committer"]["date"],
        }
        revision = {"revisionId": commit, "revisionSummary": message[:200], "revisionChangeIdentifier": commit}
        return Outcome({action.outputs[0]: archive}, variables, commit, message[:200], revision)

    def _build(self, action: Action) -> Outcome:
        names = list(action.inputs)
        primary = action.configuration.get("PrimarySource") or names[0]
        version = _source_version(action)
        others = {name: content for name, content in action.inputs.items() if name != primary}
        self._builds.prepare(action.id, Sources(action.inputs[primary], others, version, piped=True))
        codebuild = action.client("codebuild")
        extra = json.loads(action.configuration.get("EnvironmentVariables", "[]"))
        started = codebuild.start_build(
            projectName=action.configuration["ProjectName"],
            idempotencyToken=action.id,
            environmentVariablesOverride=extra,
        )["build"]
        action.note(external_id=started["id"])
        document = _followed(action, codebuild, started)
        if document["buildStatus"] != "SUCCEEDED":
            code = "JobTimedOut" if document["buildStatus"] == "TIMED_OUT" else "JobFailed"
            raise ActionFailed(code, reason(document), started["id"])
        result = self._builds.result(started["id"])
        return Outcome(_named(action.outputs, result.artifacts), result.variables, started["id"])


def _source_version(action: Action) -> str:
    found, first = action.execution.artifact_revisions, next(iter(action.inputs))
    return next((str(item["revisionId"]) for item in found if item["name"] == first), "")


def _followed(action: Action, codebuild: Any, started: Document) -> Document:
    while True:
        document: Document = codebuild.batch_get_builds(ids=[started["id"]])["builds"][0]
        if document["buildComplete"]:
            return document
        try:
            action.wait()
        except Stopped:
            codebuild.stop_build(id=started["id"])
            raise


def _named(wanted: Sequence[str], made: Mapping[str, bytes]) -> dict[str, bytes]:
    """One output artifact is the build's primary one; several are its secondary ones by name."""
    found = {name: made[""] for name in wanted if "" in made and len(wanted) == 1}
    found |= {name: made[name] for name in wanted if name in made}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise ActionFailed("JobFailed", f"the build made no artifact {missing[0]}")
    return found


def _cloudformation(action: Action) -> Outcome:
    given = action.configuration
    outputs = deploy(action.client("cloudformation"), given, lambda path: _entry(action, path), action.wait)
    artifacts: dict[str, bytes] = {}
    if action.outputs and "OutputFileName" in given:
        artifacts[action.outputs[0]] = pack_texts({given["OutputFileName"]: json.dumps(outputs)})
    return Outcome(artifacts, outputs, given["StackName"])


def _entry(action: Action, path: str) -> bytes:
    """``Artifact::file`` of an input artifact."""
    artifact, _, name = path.partition("::")
    if artifact not in action.inputs:
        raise ActionFailed("ConfigurationError", f"{path}: {artifact} is no input artifact of the action")
    return read_entry(action.inputs[artifact], name)
