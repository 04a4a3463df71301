"""Actions that wait for an answer from outside: functions' jobs and people's approvals."""

import json
import time
import uuid
from typing import Protocol

from embedded_aws.codepipeline.actions import Action, ActionFailed, Outcome
from embedded_aws.service import Document

_CONTINUATION = 1.0  # seconds until a function that asked for it is called again
_APPROVAL_DAYS = 7


class Jobs(Protocol):
    """Jobs of functions and decisions of people, by their id or token."""

    def open(self, id_: str) -> None:
        """Wait for its result."""

    def answer(self, id_: str) -> Document | None:
        """The result, once."""


class Answers:
    """Functions and approvals."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def invoke(self, action: Action) -> Outcome:
        """Call a function until it has given its last result."""
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

    def approve(self, action: Action) -> Outcome:
        """Wait for somebody's decision."""
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
        action.note(by=result["by"])
        if result["status"] != "Approved":
            raise ActionFailed("Rejected", result["summary"])
        return Outcome(summary=result["summary"])


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
