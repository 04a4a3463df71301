"""Lambda step AuthorizeRun, the training pipeline's first: who has started this execution, on whose word, and may it run?

An execution with a start request has to be the one that the request describes, and the only one that uses it. One without (Studio's
button) runs, put down to nobody. Neither an old version of the pipeline nor a selective execution runs: what they leave out could be
this very step.
"""

import json
import os
from typing import NotRequired, TypedDict

import boto3

from lambdas.authorize_run.starters import Starter, starter
from mlops.bundled import announced, names, rehearsal, requests
from mlops.bundled.asked import Begun, asked
from mlops.bundled.claims import NOBODY, PERSON, Claims, Start, Taken
from mlops.bundled.executions import present_definition
from mlops.bundled.requests import Refused
from mlops.bundled.reviews import APPROVED, Review, review

_SAGEMAKER = boto3.client("sagemaker")
_S3, _SSM = boto3.client("s3"), boto3.client("ssm")
_CODEBUILD, _CODEPIPELINE = boto3.client("codebuild"), boto3.client("codepipeline")

_RETRAINING = "a run that no person has started uses the data set of a version that was registered from an approved one"
_APPROVE = "have it approved ('mlops dataset approve'), and train a version on it ('mlops train --dataset NAME@V')"


class Event(TypedDict):
    """The step's input; ``code`` is the digest of the code that the execution runs."""

    execution: str
    request: str
    code: str
    dataset_id: str
    dataset_uri: str


class Authorized(TypedDict):
    """The step's output parameters."""

    started_by: str
    start_kind: str
    start_request: str
    dataset_review: str
    execution: NotRequired[str]


def handler(event: Event, _context: object) -> Authorized:
    """Event: the execution's ARN, the request's key or ``none``, code and data set; raises ValueError where it may not run."""
    try:
        start = _start(event)
    except (Refused, Taken) as error:
        raise ValueError(f"RefusedInput: {error}") from None
    _claims().note(start)
    answer = Authorized(
        started_by=start.by,
        start_kind=start.kind,
        start_request=start.request or requests.NONE,
        dataset_review=start.review,
    )
    print(json.dumps({"authorized": {**answer, "execution": start.execution}}))
    return answer


def _start(event: Event) -> Start:
    """How this execution begins, once everything about it has been looked at."""
    found = _SAGEMAKER.describe_pipeline_execution(PipelineExecutionArn=event["execution"])
    definition = requests.definition_digest(present_definition(_SAGEMAKER, event["execution"]))
    received = asked(_SAGEMAKER, _S3, os.environ["REQUESTS_BUCKET"], Begun(found, event["request"], definition))
    request = received.request if received else None
    buckets = os.environ["DATASETS_BUCKET"], os.environ["REQUESTS_BUCKET"]
    judged = review(_S3, *buckets, event["dataset_id"], event["dataset_uri"])
    if request is None:
        who = Starter(NOBODY, NOBODY, frozenset())
    else:
        if judged.status != rehearsal.STATUS:  # nobody signs for what comes of one
            _ensure_tables(request.tables, judged.tables)
        who = starter(_CODEBUILD, _CODEPIPELINE, request)
        if not judged.usable and not request.allow_unapproved:
            raise Refused(
                f"data set {event['dataset_id']} is {judged.status}, and the request does not allow that",
                "have somebody else approve it ('mlops dataset approve'), or start with --allow-unapproved --reason",
            )
        _claims().take(request.token, event["execution"])
    return Start(
        execution=event["execution"],
        kind=who.kind,
        by=who.by,
        people=sorted(who.people | _behind(who, judged, event)),
        code=event["code"],
        definition=definition,
        dataset_id=event["dataset_id"],
        dataset_uri=event["dataset_uri"],
        review=judged.status,
        request=request.key if request else "",
        request_version=received.version_id if received else "",
        reason=request.reason if request else "",
        tables=judged.tables,
    )


def _ensure_tables(asked: str, there: str) -> None:
    """The request names the tables that are there, so that nobody adds one to what another has asked for."""
    if not there:
        return  # a version of the registry: its manifest pins them
    if not asked:
        raise Refused("the start request does not say which tables it is for")
    if asked != there:
        raise Refused("the tables of the data set are not those of the start request: some were added or lack")


def _behind(who: Starter, judged: Review, event: Event) -> frozenset[str]:
    """Of a run that no person has started: who brought its data in, and who had trained on them before.

    Raises:
        Refused: its data are not what retraining uses: approved by others, and those of a registered version.
    """
    if who.kind in {PERSON, NOBODY} or judged.status == rehearsal.STATUS:
        return frozenset()
    if judged.status != APPROVED:
        raise Refused(f"{_RETRAINING}, and data set {event['dataset_id']} is {judged.status}", _APPROVE)
    name = names.parameter(os.environ["PROJECT"], names.LATEST_DATASET)
    pages = _SSM.get_paginator("get_parameter_history").paginate(Name=name)
    values = [announced.known(item["Value"]) for page in pages for item in page["Parameters"]]
    told = [value for value in values if value is not None and value.uri == event["dataset_uri"]]
    if not told:
        raise Refused(f"{_RETRAINING}, and no version was registered from data set {event['dataset_id']}", _APPROVE)
    return judged.importers.union(*(value.people for value in told))


def _claims() -> Claims:
    return Claims(_S3, os.environ["AUDIT_BUCKET"], os.environ["PROJECT"])
