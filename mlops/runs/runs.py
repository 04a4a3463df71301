"""Pipeline executions: start, follow, stop, resume, and their logs; only through the SageMaker API."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlops.aws import Aws, listed
from mlops.errors import MlopsError, RefusedInput

FINAL = {"Succeeded", "Failed", "Stopped"}
REFUSED_MARK = "RefusedInput: "  # how validation steps word bad input
_EXIT_CODE = re.compile(r", exit code: \d+$")  # what SageMaker adds to a job's reason
_JOB_GROUPS = {
    "ProcessingJob": "/aws/sagemaker/ProcessingJobs",
    "TrainingJob": "/aws/sagemaker/TrainingJobs",
    "TransformJob": "/aws/sagemaker/TransformJobs",
}

StepListener = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Run:
    """A finished execution with its steps, in the order in which they started."""

    arn: str
    status: str
    reason: str
    steps: list[dict[str, Any]]

    def step(self, name: str) -> dict[str, Any]:
        """Summary of one step."""
        return next(step for step in self.steps if step["StepName"] == name)

    def metadata(self, name: str) -> dict[str, Any]:
        """Metadata of one step: its kind's dictionary, for example ``{"Arn": ...}``."""
        return dict(next(iter(self.step(name)["Metadata"].values())))

    def ensure_succeeded(self) -> "Run":
        """Self; raises RefusedInput where a step refused the input, else MlopsError where the run failed."""
        if self.status == "Succeeded":
            return self
        failed = [step for step in self.steps if step["StepStatus"] == "Failed"]
        reason = "; ".join(f"{step['StepName']}: {step.get('FailureReason', 'no reason given')}" for step in failed)
        refused = refusal_in(reason or self.reason)
        if refused:
            raise RefusedInput(refused)
        raise MlopsError(f"run {execution_id(self.arn)} {self.status.lower()}: {reason or self.reason or 'no reason'}")


def refusal_in(reason: str) -> str:
    """Why the input was refused, of a step's reason; empty where it failed otherwise."""
    return _EXIT_CODE.sub("", reason.partition(REFUSED_MARK)[2].strip())


def refused_step(steps: Iterable[Mapping[str, Any]]) -> tuple[str, str] | None:
    """(name, why) of the step that has refused the run or its input; None where none has."""
    found = ((step["StepName"], refusal_in(step.get("FailureReason", ""))) for step in steps)
    return next((it for it in found if it[1]), None)


def job_of(step: Mapping[str, Any]) -> str:
    """Name of the Processing job that a step has run: of its own, or of the check that it is."""
    found = next(iter(step["Metadata"].values()))
    return str(found.get("CheckJobArn") or found["Arn"]).rsplit("/", 1)[-1]


def answered(step: Mapping[str, Any], name: str) -> str:
    """An output parameter of a Lambda step; empty where it has none of that name."""
    given = step.get("Metadata", {}).get("Lambda", {}).get("OutputParameters", [])
    return next((str(item["Value"]) for item in given if item["Name"] == name), "")


def execution_id(arn: str) -> str:
    """The last part of an execution's ARN."""
    return arn.rsplit("/", 1)[-1]


class Runs:
    """Executions as one identity sees them."""

    def __init__(self, aws: Aws) -> None:
        self._sagemaker = aws.client("sagemaker")
        self._logs = aws.client("logs")

    def start(self, pipeline: str, parameters: Mapping[str, str] | None = None, name: str | None = None) -> str:
        """Start an execution; returns its ARN."""
        given = [{"Name": key, "Value": value} for key, value in (parameters or {}).items()]
        extra = {"PipelineExecutionDisplayName": name} if name else {}
        answer = self._sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given, **extra)
        return str(answer["PipelineExecutionArn"])

    def follow(self, arn: str, listener: StepListener | None = None, interval: float = 0.15) -> Run:
        """Wait for the end, telling ``listener`` about every step whenever its status has changed."""
        seen: dict[str, str] = {}
        while True:
            answer = self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            steps = self.steps(arn)
            for step in steps:
                if listener and seen.get(step["StepName"]) != step["StepStatus"]:
                    seen[step["StepName"]] = step["StepStatus"]
                    listener(step)
            status = answer["PipelineExecutionStatus"]
            if status in FINAL:
                return Run(arn, status, answer.get("FailureReason", ""), steps)
            time.sleep(interval)

    def steps(self, arn: str) -> list[dict[str, Any]]:
        """Step summaries, earliest first."""
        operation, members = "list_pipeline_execution_steps", "PipelineExecutionSteps"
        return listed(self._sagemaker, operation, members, PipelineExecutionArn=arn, SortOrder="Ascending")

    def executions(self, pipeline: str | None = None) -> list[dict[str, Any]]:
        """Executions of one pipeline or of all, newest first, each with its ``PipelineName``."""
        names = [pipeline] if pipeline else self.pipelines()
        operation, members = "list_pipeline_executions", "PipelineExecutionSummaries"
        found = [
            {"PipelineName": name, **summary}
            for name in names
            for summary in listed(self._sagemaker, operation, members, PipelineName=name)
        ]
        return sorted(found, key=lambda run: run["StartTime"], reverse=True)

    def find(self, text: str) -> str:
        """The ARN of the execution whose ARN or id is, or begins with, ``text``.

        Raises:
            RefusedInput: none or several match.
        """
        if text.startswith("arn:"):
            return text
        arns = [run["PipelineExecutionArn"] for run in self.executions()]
        matching = [arn for arn in arns if execution_id(arn).startswith(text)]
        if len(matching) != 1:
            found = f"{len(matching)} runs match" if matching else "no run matches"
            raise RefusedInput(f"run {text}: {found}; see 'mlops run list'")
        return str(matching[0])

    def describe(self, arn: str) -> dict[str, Any]:
        """DescribePipelineExecution."""
        return dict(self._sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn))

    def stop(self, arn: str) -> None:
        """Ask for the execution's end."""
        self._sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)

    def resume(self, arn: str) -> None:
        """Run again what failed, was stopped or never started; finished steps are kept."""
        self._sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)

    def logs(self, step: dict[str, Any]) -> list[str]:
        """Log lines of the job behind a step; empty for steps that have no job, and for jobs that have written nothing."""
        for kind, group in _JOB_GROUPS.items():
            if kind in step.get("Metadata", {}):
                return self._read(group, execution_id(step["Metadata"][kind]["Arn"]))
        return []

    def _read(self, group: str, job: str) -> list[str]:
        wanted = {"logGroupName": group, "logStreamNamePrefix": f"{job}/"}
        try:
            streams = listed(self._logs, "describe_log_streams", "logStreams", **wanted)
        except self._logs.exceptions.ResourceNotFoundException:
            return []  # a log group appears with its first line
        return [line for stream in streams for line in self._stream(group, stream["logStreamName"])]

    def _stream(self, group: str, name: str) -> Iterator[str]:
        token: dict[str, str] = {}
        while True:
            answer = self._logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True, **token)
            yield from (event["message"] for event in answer["events"])
            if token.get("nextToken") == answer["nextForwardToken"]:
                return
            token = {"nextToken": answer["nextForwardToken"]}

    def pipelines(self) -> list[str]:
        """Names of all pipelines."""
        return [item["PipelineName"] for item in listed(self._sagemaker, "list_pipelines", "PipelineSummaries")]
