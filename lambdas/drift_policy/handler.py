"""On "CloudWatch Alarm State Change" to ALARM: retrain, notify, both or nothing, as the project has chosen.

In a rehearsal it decides as it would, on the rehearsal's own batch and data; what it starts then counts for no later decision.
"""

import hashlib
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, TypedDict, cast

import boto3
from botocore.exceptions import ClientError

from lambdas.drift_policy.message import Event, body, subject
from lambdas.drift_policy.policy import Policy, decide
from lambdas.drift_policy.rehearsed import RETRAINING, data_of, is_under_way
from mlops.bundled import alarms, names, parameters, requests
from mlops.bundled.announced import NONE, parsed
from mlops.bundled.batch_summary import Summary
from mlops.bundled.reviews import APPROVED, review
from mlops.bundled.written import Odd

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import PipelineExecutionSummaryTypeDef


class Answer(TypedDict):
    """What was done about an alarm; ``retrain`` is the ARN of the run, empty where none was started."""

    alarm: str
    retrain: str
    notified: bool
    reason: str


class NoDataset(ValueError):
    """There is nothing to retrain on; the message says what is missing."""


class _Mail(Protocol):
    """SNS as far as it is used here."""

    def publish(self, *, TopicArn: str, Subject: str, Message: str) -> object:  # noqa: N803 (boto3's names)
        """Send a message."""


_SAGEMAKER = boto3.client("sagemaker")
_SSM = boto3.client("ssm")
_SNS: _Mail = boto3.client("sns")
_RUNNING = {"Executing", "Stopping"}


def handler(event: Event, _context: object) -> Answer:
    """Event: EventBridge's, for this project's alarms."""
    project, given, runs = os.environ["PROJECT"], event["detail"]["alarmName"], _runs()
    alarm, rehearsal = alarms.alarm(project, given), alarms.rehearsed(project, given)
    latest, name = _latest(rehearsal=rehearsal), alarm.name(project, rehearsal=rehearsal)
    decision = decide(
        Policy(os.environ["ON_DRIFT"], float(os.environ["COOLDOWN_HOURS"]), int(os.environ["WEEKLY_BUDGET"])),
        schema_broken=latest is not None and latest["schema_violations"] > 0,
        for_a_person=alarm.for_a_person,
        running=any(run["PipelineExecutionStatus"] in _RUNNING and not is_under_way(_SAGEMAKER, run) for run in runs),
        automatic=[
            run["StartTime"] for run in runs if run.get("PipelineExecutionDisplayName", "").startswith(names.AUTOMATIC)
        ],
        now=datetime.now(UTC),
    )
    started, reason = "", decision.reason
    try:
        started = _retrain(_token(event, latest), name, latest, rehearsal=rehearsal) if decision.retrain else ""
    except NoDataset as error:
        if not decision.notify:
            raise  # nobody would hear of it
        reason = str(error)
    if decision.notify:
        outcome = f"started: {started}" if started else f"not started: {reason}"
        _SNS.publish(
            TopicArn=os.environ["TOPIC_ARN"],
            Subject=subject(project, alarm, latest, rehearsal=rehearsal),
            Message=body(event, project, latest, outcome, rehearsal=rehearsal),
        )
    answer = Answer(alarm=name, retrain=started, notified=decision.notify, reason=reason)
    print(json.dumps(answer))
    return answer


def _latest(*, rehearsal: bool) -> Summary | None:
    """The newest batch's summary; None where none has been written or this function may not read it."""
    lacks = "ParameterNotFound"
    kind = names.LATEST_REHEARSAL if rehearsal else names.LATEST_DRIFT
    try:
        found = parameters.read(_SSM, names.parameter(os.environ["PROJECT"], kind))
    except ClientError as error:
        found, lacks = None, error.response["Error"]["Code"]
    if found is None:
        print(json.dumps({"summary": lacks}))
    return cast("Summary | None", found)


def _runs() -> list["PipelineExecutionSummaryTypeDef"]:
    pages = _SAGEMAKER.get_paginator("list_pipeline_executions")
    found = pages.paginate(PipelineName=os.environ["TRAINING_PIPELINE"])
    return [run for page in found for run in page["PipelineExecutionSummaries"]]


def _token(event: Event, latest: Summary | None) -> str:
    """The same for all alarms of one batch and for an event that is delivered twice: they start one retraining together."""
    run = latest["report_uri"].rsplit("/", 2)[0] if latest else event["id"]
    return hashlib.sha256(run.encode()).hexdigest()[:32]


def _retrain(token: str, alarm: str, latest: Summary | None, *, rehearsal: bool) -> str:
    """Train on the data set that retraining uses, or in a rehearsal on that of its batch, on this function's own request."""
    given = _played(latest) if rehearsal else _dataset()
    given[requests.PARAMETER] = _request(token, given, alarm)
    answer = _SAGEMAKER.start_pipeline_execution(
        PipelineName=os.environ["TRAINING_PIPELINE"],
        PipelineExecutionDisplayName=f"{RETRAINING if rehearsal else names.AUTOMATIC}{token[:8]}",
        PipelineParameters=[{"Name": key, "Value": value} for key, value in given.items()],
        ClientRequestToken=token,
    )
    return answer["PipelineExecutionArn"]


def _dataset() -> dict[str, str]:
    """The data set of the newest version that was registered from an approved one, where others approve of it still, as parameters.

    Raises:
        NoDataset: there is none.
    """
    name = names.parameter(os.environ["PROJECT"], names.LATEST_DATASET)
    try:
        found = parsed(_SSM.get_parameter(Name=name)["Parameter"]["Value"])
        s3 = boto3.client("s3")
        judged = review(s3, os.environ["DATASETS_BUCKET"], os.environ["REQUESTS_BUCKET"], found.id, found.uri)
    except _SSM.exceptions.ParameterNotFound:
        raise NoDataset(NONE) from None
    except Odd as error:
        raise NoDataset(f"{name} is not what a registration writes ({error}): {NONE}") from None
    except requests.Refused as error:
        raise NoDataset(f"the data set of version {found.version} cannot be used: {error}") from None
    if judged.status != APPROVED:
        raise NoDataset(f"data set {found.id} of version {found.version} is {judged.status} by now: {NONE}")
    return {"DatasetUri": found.uri, "DatasetId": found.id}


def _played(latest: Summary | None) -> dict[str, str]:
    given = data_of(latest, os.environ["REQUESTS_BUCKET"])
    if given is None:
        raise NoDataset("no data set to retrain on: the rehearsal's batch has left none")
    return given


def _request(token: str, given: dict[str, str], alarm: str) -> str:
    who, pipeline = boto3.client("sts").get_caller_identity(), os.environ["TRAINING_PIPELINE"]
    request = requests.of_now(
        who["UserId"],
        who["Arn"],
        token,
        pipeline,
        given,
        definition=requests.definition_digest(
            _SAGEMAKER.describe_pipeline(PipelineName=pipeline)["PipelineDefinition"]
        ),
        purpose="retrain",
        reason=f"alarm {alarm}",
    )
    return requests.write(boto3.client("s3"), os.environ["REQUESTS_BUCKET"], request)
