"""The real training pipeline, killed in the middle and resumed, gives what an undisturbed run gives."""

import contextlib
import hashlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops.projects.names import Project
from mlops.runs.runs import Runs
from mlops.runs.training import Training, registered_version
from tests.integration.desk import Desk
from tests.integration.test_demo import processes_of

PROJECT = "adherence"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    here = Desk(tmp_path)
    here.done("up")
    here.done("deploy")
    here.done("project", "create", PROJECT)
    yield here
    here.done("down", "--quiet")


def wait_for(runs: Runs, arn: str, step: str) -> None:
    """Until the step is executing."""
    deadline = time.monotonic() + 60
    while step not in {item["StepName"] for item in runs.steps(arn) if item["StepStatus"] == "Executing"}:
        assert time.monotonic() < deadline, f"{step} did not start"
        time.sleep(0.02)


def job_of(runs: Runs, arn: str, step: str) -> str:
    """Name of the step's training job, which appears shortly after the step has started."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = next(item for item in runs.steps(arn) if item["StepName"] == step)
        if "Metadata" in found:
            return str(found["Metadata"]["TrainingJob"]["Arn"]).rsplit("/", 1)[-1]
        time.sleep(0.02)
    pytest.fail(f"{step} has no job")


def artifact(desk: Desk, version: int) -> str:
    """SHA-256 of a version's model archive."""
    found = json.loads(desk.done("model", "show", PROJECT, str(version), "--json"))
    uri = found["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return hashlib.sha256(desk.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()).hexdigest()


def starts(runs: Runs, arn: str) -> dict[str, Any]:
    return {step["StepName"]: step["StartTime"] for step in runs.steps(arn)}


def test_a_killed_server_loses_no_finished_step(desk: Desk, patients: Path) -> None:
    """kill -9 of the server while it trains: no process stays, and resume runs only what was not finished."""
    training = Training(desk.aws, Project(PROJECT, desk.aws.account))
    undisturbed = training.finish(training.start(training.upload(patients)))
    arn = training.start(training.upload(patients))
    wait_for(training.runs, arn, "TrainModel")
    before = starts(training.runs, arn)
    os.kill(json.loads((desk.folder / ".mlops" / "server.json").read_text())["pid"], signal.SIGKILL)
    deadline = time.monotonic() + 45  # a function in the middle of a call ends with the call's last retry
    while processes_of(desk.folder):
        assert time.monotonic() < deadline, processes_of(desk.folder)
        time.sleep(0.05)
    desk.done("up")
    runs = Runs(desk.aws)
    assert runs.describe(arn)["PipelineExecutionStatus"] == "Failed"
    desk.done("run", "resume", arn)
    after = starts(runs, arn)
    kept = {"ValidateData", "BuildFeatures", "SplitData"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["TrainModel"] > before["TrainModel"]
    version = registered_version(runs.follow(arn))
    assert version > undisturbed
    assert artifact(desk, version) == artifact(desk, undisturbed)


def test_a_killed_job_fails_its_step_and_can_be_resumed(desk: Desk, patients: Path) -> None:
    """kill -9 of a job: the step fails and says so; resume finishes the run."""
    training = Training(desk.aws, Project(PROJECT, desk.aws.account))
    arn = training.start(training.upload(patients))
    wait_for(training.runs, arn, "TrainModel")
    kill_job(desk, job_of(training.runs, arn, "TrainModel"))
    run = training.runs.follow(arn)
    assert run.status == "Failed"
    assert "exit code: 137" in run.step("TrainModel")["FailureReason"]
    desk.done("run", "resume", arn)
    assert training.runs.describe(arn)["PipelineExecutionStatus"] == "Succeeded"


def kill_job(desk: Desk, name: str) -> None:
    """SIGKILL to the processes that write the job's log."""
    server = json.loads((desk.folder / ".mlops" / "server.json").read_text())["pid"]
    deadline = time.monotonic() + 5
    while not (found := [pid for pid in writers(f"{name}/log") if pid != server]):
        assert time.monotonic() < deadline, "no process writes the job's log"
    for pid in found:
        os.kill(pid, signal.SIGKILL)


def writers(ending: str) -> list[int]:
    """Processes whose standard output is a file that ends so."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it may end while we look
            if str((entry / "fd" / "1").readlink()).endswith(ending):
                found.append(int(entry.name))
    return found
