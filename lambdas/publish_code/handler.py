"""Custom resource of a project's stack: unpack its code package into the project's bucket and render its pipeline definitions.

It writes down whose code it publishes, and refuses a delivery that the pusher himself has released: it runs no code of the project's,
so that it is the last to look before the code is in use. CodePipeline's event of a rejected release is the one thing else that calls it.
Everything lands under the hash of its content, so a repeated or rolled-back update finds what it wrote before. When the stack goes,
the pointers that the project's other functions have written go too; code stays with the bucket, unless the project never ran. The
deletion is an entry of the audit trail: Parameter Store says who has left the reason for it. What is to go beside the stack is the
platform's function delete-kept's to delete, once the stack is gone: what asks for it stays until then.
"""

import json
import os
import urllib.request
from typing import NotRequired, TypedDict, final

import boto3

from lambdas.publish_code import rejected
from lambdas.publish_code.brought import brings, packaged
from lambdas.publish_code.delivered import Delivery, in_progress
from lambdas.publish_code.package import Properties, clear, publish
from mlops.bundled import names
from mlops.bundled.audit import Trail
from mlops.bundled.deletion import Deletion, read

_S3, _SSM = boto3.client("s3"), boto3.client("ssm")
_DELIVERED = "deliver"
_CODEPIPELINE, _CLOUDFORMATION = boto3.client("codepipeline"), boto3.client("cloudformation")


@final
class Event(TypedDict):
    """CloudFormation's request to a custom resource; RequestType is Create, Update or Delete."""

    StackId: str
    RequestId: str
    LogicalResourceId: str
    RequestType: str
    ResponseURL: str
    ResourceProperties: Properties
    OldResourceProperties: NotRequired[Properties]  # of an Update


@final
class Notice(TypedDict):
    """EventBridge's "CodePipeline Action Execution State Change", as far as it is read."""

    detail: rejected.Detail


class Answer(TypedDict):
    """What CloudFormation wants to hear; ``Data`` are the resource's attributes."""

    StackId: str
    RequestId: str
    LogicalResourceId: str
    PhysicalResourceId: str
    Status: NotRequired[str]
    Reason: NotRequired[str]
    Data: NotRequired[dict[str, str]]


def handler(event: Event | Notice, _context: object) -> Answer | None:
    """Event: CloudFormation's, whose ResponseURL gets the answer; or EventBridge's, of an approval action that has failed."""
    if "RequestType" in event:
        return _answer(event)
    for entry in rejected.note(_CODEPIPELINE, _trail(os.environ["PROJECT"]), event["detail"]):
        print(json.dumps({"audit": f"{entry.number}:{entry.sha256}"}))  # the function's log keeps the trail's head
    return None


def _answer(event: Event) -> Answer:
    given = event["ResourceProperties"]
    answer = Answer(
        StackId=event["StackId"],
        RequestId=event["RequestId"],
        LogicalResourceId=event["LogicalResourceId"],
        PhysicalResourceId=f"{given['Bucket']}/code",
    )
    try:
        answer["Data"] = _forget(event) if event["RequestType"] == "Delete" else _publish(event)
        answer["Status"] = "SUCCESS"
    except Exception as error:  # CloudFormation has to hear of every failure, or it waits an hour
        answer |= {"Status": "FAILED", "Reason": f"{type(error).__name__}: {error}"[:1000]}
    print(json.dumps(answer))
    request = urllib.request.Request(  # noqa: S310 (the URL is CloudFormation's)
        event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310
        return answer


def _publish(event: Event) -> dict[str, str]:
    given, made = event["ResourceProperties"], event["RequestType"] == "Create"
    going_back = not made and _rolls_back(event["StackId"])
    delivery = None if made or going_back else _delivery(event)
    if delivery is not None:
        _require_released(event, delivery)
    found = publish(_S3, given, delivery.commit if delivery else "")
    if not going_back:
        _delivered(event, found, delivery)
    return found


def _delivery(event: Event) -> Delivery | None:
    """The delivery whose code this is; None where something else updates the project, be it during a deployment."""
    pipeline = os.environ["DELIVERY_PIPELINE"]
    found = in_progress(_CODEPIPELINE, pipeline)
    if found is None:
        return None
    given, before = event["ResourceProperties"], event.get("OldResourceProperties", {})
    package = packaged(_CODEPIPELINE, pipeline, found.execution)
    return found if brings(package, found, given, before) else None


def _delivered(event: Event, found: dict[str, str], delivery: Delivery | None) -> None:
    """Whose the code is that is in use from now on; code that no delivery has brought is known as the product's own only at the start."""
    trail, code = _trail(event["ResourceProperties"]["Project"]), found["CodeSha256"]
    if delivery is None and trail.newest(lambda it: it.action == _DELIVERED and it.details.get("code") == code):
        return  # another change of the project: the code is what it was
    own = {"code": code, "pushers": [], "known": event["RequestType"] == "Create"}
    details, once = delivery.details(code) if delivery else own, event["RequestId"]
    by = (delivery.pushed_by or "schedule") if delivery else "CloudFormation"
    trail.append(_DELIVERED, found["GitCommit"], by=by, outcome="published", details=details, once=once)


def _require_released(event: Event, delivery: Delivery) -> None:
    """Where the project wants a release, there is one, by somebody whose code it does not let through; an entry of the trail."""
    if not delivery.gated:
        return
    if not delivery.released_by:
        raise PermissionError(f"nobody is known to have released delivery {delivery.execution}")
    own = delivery.released_by_pusher
    _trail(event["ResourceProperties"]["Project"]).append(
        rejected.RELEASE,
        delivery.commit,
        by=delivery.released_by,
        reason=delivery.release_reason,
        outcome="refused: the pusher released it himself" if own else "released",
        details=delivery.details(""),
        once=event["RequestId"],
    )
    if own:
        raise PermissionError(
            f"{delivery.released_by} pushed what delivery {delivery.execution} brings, and released it: "
            "another person must release it"
        )


def _rolls_back(stack: str) -> bool:
    """Whether CloudFormation brings back what was there before: that is nobody's delivery."""
    status = _CLOUDFORMATION.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    return "ROLLBACK" in status


def _trail(project: str) -> Trail:
    return Trail(_S3, os.environ["AUDIT_BUCKET"], project)


def _forget(event: Event) -> dict[str, str]:
    given = event["ResourceProperties"]
    unused = clear(_S3, given["Bucket"])
    by, asked = _request(given["Project"])
    outcome = "it never ran" if unused else "its data stays" if not asked.beside else "it is gone"
    outcome += f"; to go too: {', '.join(asked.beside)}" if asked.beside else ""
    done = "delete project", given["Project"]
    _trail(given["Project"]).append(*done, by=by, reason=asked.reason, outcome=outcome, once=event["RequestId"])
    for kind in (*names.POINTERS, *(() if asked.beside else (names.DELETION,))):
        try:
            _SSM.delete_parameter(Name=names.parameter(given["Project"], kind))
        except _SSM.exceptions.ParameterNotFound:
            continue  # the project never deployed a model, or never announced a data set
    return {}


def _request(project: str) -> tuple[str, Deletion]:
    """(who has asked for the deletion, and what for)."""
    try:
        pages = _SSM.get_paginator("get_parameter_history").paginate(Name=names.parameter(project, names.DELETION))
        last = [item for page in pages for item in page["Parameters"]][-1]
    except _SSM.exceptions.ParameterNotFound:
        return (
            "CloudFormation",
            Deletion("a creation was rolled back, or the product was terminated without 'mlops project delete'"),
        )
    return last["LastModifiedUser"], read(last["Value"])
