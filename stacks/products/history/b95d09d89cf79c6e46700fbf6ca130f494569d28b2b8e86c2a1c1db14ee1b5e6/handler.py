"""On "CloudWatch Alarm State Change" to ALARM: retrain, notify, both or nothing, as the project has chosen."""

import json
import os
from datetime import UTC, datetime

import boto3
from botocore.exceptions import ClientError
from message import body, subject
from policy import Policy, decide

_SAGEMAKER = boto3.client("sagemaker")
_SSM = boto3.client("ssm")
_SNS = boto3.client("sns")
_MARK = "drift-policy-"  # display names of the executions that this function starts
_RUNNING = {"Executing", "Stopping"}


def handler(event: dict, _context: object) -> dict:
    """Event: EventBridge's, for this project's alarms."""
    alarm, latest, runs = event["detail"]["alarmName"], _latest(), _runs()
    decision = decide(
        Policy(os.environ["ON_DRIFT"], float(os.environ["COOLDOWN_HOURS"]), int(os.environ["WEEKLY_BUDGET"])),
        schema_broken=alarm.endswith("-schema") or latest.get("schema_violations", 0) > 0,
        running=any(run["PipelineExecutionStatus"] in _RUNNING for run in runs),
        automatic=[run["StartTime"] for run in runs if run.get("PipelineExecutionDisplayName", "").startswith(_MARK)],
        now=datetime.now(UTC),
    )
    started = _retrain(event) if decision.retrain else ""
    if decision.notify:
        outcome = f"started: {started}" if started else f"not started: {decision.reason}"
        _SNS.publish(
            TopicArn=os.environ["TOPIC_ARN"],
            Subject=subject(os.environ["PROJECT"], alarm, latest),
            Message=body(event, os.environ["PROJECT"], latest, outcome),
        )
    answer = {"alarm": alarm, "retrain": started, "notified": decision.notify, "reason": decision.reason}
    print(json.dumps(answer))  # noqa: T201 (a function's log)
    return answer


def _latest() -> dict:
    """The newest batch's summary; empty where none has been written or this function may not read it."""
    try:
        answer = _SSM.get_parameter(Name=f"/mlops/{os.environ['PROJECT']}/latest-drift")
    except ClientError as error:
        print(json.dumps({"summary": error.response["Error"]["Code"]}))  # noqa: T201
        return {}
    return json.loads(answer["Parameter"]["Value"])


def _runs() -> list[dict]:
    pages = _SAGEMAKER.get_paginator("list_pipeline_executions")
    found = pages.paginate(PipelineName=os.environ["TRAINING_PIPELINE"])
    return [run for page in found for run in page["PipelineExecutionSummaries"]]


def _retrain(event: dict) -> str:
    """Train on the newest data set; the event's id is the token, so that a repeated delivery starts nothing twice."""
    name = f"/mlops/{os.environ['PROJECT']}/latest-dataset"
    try:
        dataset = json.loads(_SSM.get_parameter(Name=name)["Parameter"]["Value"])
    except _SSM.exceptions.ParameterNotFound:
        raise ValueError(f"no data set to retrain on: {name} is not set") from None
    parameters = {"DatasetUri": dataset["uri"], "DatasetId": dataset["id"], "StartedBy": "drift-policy"}
    parameters["GitCommit"] = dataset.get("git_commit", "unknown")
    answer = _SAGEMAKER.start_pipeline_execution(
        PipelineName=os.environ["TRAINING_PIPELINE"],
        PipelineExecutionDisplayName=f"{_MARK}{event['id'][:8]}",
        PipelineParameters=[{"Name": key, "Value": value} for key, value in parameters.items()],
        ClientRequestToken=event["id"],
    )
    return answer["PipelineExecutionArn"]
