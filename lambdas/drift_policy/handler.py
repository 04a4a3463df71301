"""On "CloudWatch Alarm State Change" to ALARM: retrain, notify, both or nothing, as the project has chosen."""

import json
import os
from datetime import UTC, datetime

import boto3
from policy import Decision, Policy, decide

_SAGEMAKER = boto3.client("sagemaker")
_SSM = boto3.client("ssm")
_SNS = boto3.client("sns")
_MARK = "drift-policy-"  # display names of the executions that this function starts


def handler(event: dict, _context: object) -> dict:
    """Event: EventBridge's, for this project's alarms."""
    alarm = event["detail"]["alarmName"]
    runs = _runs()
    decision = decide(
        Policy(os.environ["ON_DRIFT"], float(os.environ["COOLDOWN_HOURS"]), int(os.environ["WEEKLY_BUDGET"])),
        schema_broken=alarm.endswith("-schema"),
        running=any(run["PipelineExecutionStatus"] == "Executing" for run in runs),
        automatic=[run["StartTime"] for run in runs if run.get("PipelineExecutionDisplayName", "").startswith(_MARK)],
        now=datetime.now(UTC),
    )
    started = _retrain(event) if decision.retrain else ""
    if decision.notify:
        _notify(event, decision, started)
    answer = {"alarm": alarm, "retrain": started, "notified": decision.notify, "reason": decision.reason}
    print(json.dumps(answer))  # noqa: T201 (a function's log)
    return answer


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


def _notify(event: dict, decision: Decision, started: str) -> None:
    detail, project = event["detail"], os.environ["PROJECT"]
    lines = [
        f"Project {project}: alarm {detail['alarmName']} is in ALARM since {event['time']}.",
        f"Why: {detail['state']['reason']}",
        f"Retraining: {started or 'not started: ' + decision.reason}",
        f"Look at it: mlops run list {os.environ['INFERENCE_PIPELINE']}",
    ]
    _SNS.publish(
        TopicArn=os.environ["TOPIC_ARN"], Subject=f"{project}: {detail['alarmName']}"[:100], Message="\n".join(lines)
    )
