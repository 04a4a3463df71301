"""What each kind of action does; every call to another service is made as the pipeline's role."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from embedded_aws.codebuild.build import Result, Sources, reason
from embedded_aws.codepipeline.cloudformation_action import deploy
from embedded_aws.codepipeline.records import ExecutionRecord
from embedded_aws.service import Call, Document, ServiceError
from embedded_aws.zips import pack_texts, read_entry

_POLL = 0.2  # seconds
_CONTINUATION = 1.0  # seconds until a function that asked for it is called again
_APPROVAL_DAYS = 7
_NEEDED = {
    "CodeCommit": ("RepositoryName", "BranchName"),
    "CodeBuild": ("ProjectName",),
    "Lambda": ("FunctionName",),
    "CloudFormation": ("ActionMode", "StackName"),
}


class ActionFailed(Exception):
    """An action's own failure, with what the service behind it said."""

    def __init__(self, code: str, message: str, external_id: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.external_id = code, message, external_id


class Stopped(Exception):
    """The execution was stopped and this action abandoned."""


@dataclass(frozen=True)
class Outcome:
    """What a finished action gives: artifacts as bytes by name, variables, the revision it has fetched."""

    artifacts: Mapping[str, bytes] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    external_id: str = ""
    summary: str = ""
    revision: Document | None = None


@dataclass(frozen=True)
class Action:
    """One action that runs; ``client`` makes boto3 clients of the role, ``note`` keeps attributes of its record meanwhile."""

    id: str
    call: Call
    execution: ExecutionRecord
    declaration: Document
    configuration: Mapping[str, str]
    inputs: Mapping[str, bytes]
    locations: Mapping[str, Document]  # input artifact -> {"bucketName", "objectKey"}
    reserved: Mapping[str, Document]  # output artifact -> where its function may put it
    client: Callable[[str], Any]
    note: Callable[..., object]
    abandoned: Callable[[], bool]

    @property
    def outputs(self) -> list[str]:
        """Names of the artifacts that it makes."""
        return [item["name"] for item in self.declaration.get("outputArtifacts", [])]

    def wait(self, seconds: float = _POLL) -> None:
        """A moment's pause.

        Raises:
            Stopped: the execution is to end now.
        """
        time.sleep(seconds)
        if self.abandoned():
            raise Stopped


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


class Jobs(Protocol):
    """Jobs of functions and decisions of people, by their id or token."""

    def open(self, id_: str) -> None:
        """Wait for its result."""

    def answer(self, id_: str) -> Document | None:
        """The result, once."""


class Runners:
    """The kinds of actions that run here."""

    def __init__(self, repositories: Repositories, builds: Builds, jobs: Jobs) -> None:
        self._repositories, self._builds, self._jobs = repositories, builds, jobs
        self._known: Mapping[tuple[str, str], Callable[[Action], Outcome]] = {
            ("Source", "CodeCommit"): self._code_commit,
            ("Source", "S3"): _s3_source,
            ("Build", "CodeBuild"): self._build,
            ("Test", "CodeBuild"): self._build,
            ("Deploy", "S3"): _s3_deploy,
            ("Deploy", "CloudFormation"): _cloudformation,
            ("Invoke", "Lambda"): self._invoke,
            ("Approval", "Manual"): self._approve,
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
        commit, archive = self._repositories.archive(action.call, name, _override(action, "COMMIT_ID") or tip)
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

    def _invoke(self, action: Action) -> Outcome:
        functions, token = action.client("lambda"), ""
        while True:
            job = _job(action, token)
            self._jobs.open(job["id"])
            answer = functions.invoke(
                FunctionName=action.configuration["FunctionName"],
                InvocationType="RequestResponse",
                Payload=json.dumps({"CodePipeline.job": job}).encode(),
            )
            body = answer["Payload"].read().decode(errors="replace")
            if answer.get("FunctionError"):
                raise ActionFailed("JobFailed", f"the function failed: {body[:500]}", job["id"])
            result = self._await(action, job["id"])
            if result["kind"] == "failure":
                raise ActionFailed(result["type"], result["message"], job["id"])
            token = result.get("continuationToken", "")
            if not token:
                return Outcome(
                    _fetched(action), result.get("outputVariables", {}), job["id"], result.get("summary", "")
                )
            action.wait(_CONTINUATION)

    def _await(self, action: Action, id_: str) -> Document:
        while (result := self._jobs.answer(id_)) is None:
            action.wait()
        return result

    def _approve(self, action: Action) -> Outcome:
        self._jobs.open(action.id)
        action.note(token=action.id)
        topic = action.configuration.get("NotificationArn")
        if topic:
            text = {"approval": {"pipelineName": action.execution.pipeline_name, "token": action.id}}
            text["approval"]["customData"] = action.configuration.get("CustomData", "")
            action.client("sns").publish(TopicArn=topic, Subject="APPROVAL NEEDED", Message=json.dumps(text))
        until = time.monotonic() + _APPROVAL_DAYS * 86400
        while (result := self._jobs.answer(action.id)) is None:
            if time.monotonic() > until:
                raise ActionFailed("JobTimedOut", "nobody has decided within seven days")
            action.wait()
        if result["status"] != "Approved":
            raise ActionFailed("Rejected", f"rejected by {result['by']}: {result['summary']}")
        return Outcome(summary=f"approved by {result['by']}: {result['summary']}")


def _override(action: Action, kind: str) -> str:
    for item in action.execution.source_revisions:
        if item["actionName"] == action.declaration["name"] and item["revisionType"] == kind:
            return str(item["revisionValue"])
    return ""


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


def _s3_source(action: Action) -> Outcome:
    bucket, key = action.configuration["S3Bucket"], action.configuration["S3ObjectKey"]
    version = _override(action, "S3_OBJECT_VERSION_ID")
    answer = action.client("s3").get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
    found = answer.get("VersionId") or answer["ETag"].strip('"')
    variables = {"BucketName": bucket, "ObjectKey": key, "VersionId": found, "ETag": answer["ETag"].strip('"')}
    revision = {"revisionId": found, "revisionSummary": f"Amazon S3 version id: {found}"}
    return Outcome({action.outputs[0]: answer["Body"].read()}, variables, found, revision=revision)


def _s3_deploy(action: Action) -> Outcome:
    s3, bucket = action.client("s3"), action.configuration["BucketName"]
    name, content = next(iter(action.inputs.items()))
    key = action.configuration.get("ObjectKey", "")
    if action.configuration.get("Extract", "true").lower() != "true":
        s3.put_object(Bucket=bucket, Key=key or name, Body=content)
        return Outcome(summary=f"s3://{bucket}/{key or name}")
    with zipfile.ZipFile(io.BytesIO(content)) as files:
        for entry in sorted(item for item in files.namelist() if not item.endswith("/")):
            s3.put_object(Bucket=bucket, Key=f"{key.rstrip('/')}/{entry}".lstrip("/"), Body=files.read(entry))
    return Outcome(summary=f"s3://{bucket}/{key}")


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


def _job(action: Action, token: str) -> Document:
    """The job that a function gets, as CodePipeline words it."""
    keys = action.client("s3")._request_signer._credentials.get_frozen_credentials()
    configuration = {
        name: action.configuration[name] for name in ("FunctionName", "UserParameters") if name in action.configuration
    }
    data: Document = {
        "actionConfiguration": {"configuration": configuration},
        "inputArtifacts": [_artifact(name, where) for name, where in action.locations.items()],
        "outputArtifacts": [_artifact(name, where) for name, where in action.reserved.items()],
        "artifactCredentials": {
            "accessKeyId": keys.access_key,
            "secretAccessKey": keys.secret_key,
            "sessionToken": keys.token or "",
            "expirationTime": int((time.time() + 3600) * 1000),
        },
    }
    if token:
        data["continuationToken"] = token
    return {"id": str(uuid.uuid4()), "accountId": action.call.account, "data": data}


def _artifact(name: str, where: Document) -> Document:
    return {"name": name, "revision": None, "location": {"type": "S3", "s3Location": where}}


def _fetched(action: Action) -> dict[str, bytes]:
    """Artifacts that a function has put where it was told."""
    s3 = action.client("s3")
    return {
        name: s3.get_object(Bucket=where["bucketName"], Key=where["objectKey"])["Body"].read()
        for name, where in action.reserved.items()
    }
