"""Jobs made directly through the API, outside any pipeline."""

import itertools
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.executor.lab import IMAGE, ROLE, Lab, python

_numbers = itertools.count(1)


def _create(lab: Lab, code: str, **more: Any) -> str:
    name = more.pop("name", f"direct-{next(_numbers)}-{lab.backend}")
    lab.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE,
        AppSpecification={"ImageUri": IMAGE, "ContainerEntrypoint": python(code)},
        ProcessingResources={
            "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
        **more,
    )
    return name


def _ended(lab: Lab, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while True:
        job = dict(lab.sagemaker.describe_processing_job(ProcessingJobName=name))
        if job["ProcessingJobStatus"] not in {"InProgress", "Stopping"}:
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.03)


def test_stop(lab: Lab) -> None:
    """A stopped job ends as Stopped, at once, and cannot be stopped again."""
    name = _create(lab, "import time;time.sleep(60)")
    lab.sagemaker.stop_processing_job(ProcessingJobName=name)
    job = _ended(lab, name)
    assert job["ProcessingJobStatus"] == "Stopped"
    assert job["ProcessingEndTime"] >= job["ProcessingStartTime"] >= job["CreationTime"]
    with pytest.raises(ClientError, match="is Stopped: it cannot be stopped"):
        lab.sagemaker.stop_processing_job(ProcessingJobName=name)


def test_queued_jobs_can_be_stopped(lab: Lab) -> None:
    """More jobs than the machine has places: those that wait are stopped without waiting for a place."""
    names = [_create(lab, "import time;time.sleep(60)") for _ in range(12)]
    for name in names:
        lab.sagemaker.stop_processing_job(ProcessingJobName=name)
    assert {_ended(lab, name)["ProcessingJobStatus"] for name in names} == {"Stopped"}


def test_names_are_unique(lab: Lab) -> None:
    """A name is used once."""
    name = _create(lab, "pass")
    with pytest.raises(lab.sagemaker.exceptions.ResourceInUse):
        _create(lab, "pass", name=name)
    assert _ended(lab, name)["ProcessingJobStatus"] == "Completed"


def test_unknown_job(lab: Lab) -> None:
    """A job that does not exist is ResourceNotFound."""
    with pytest.raises(lab.sagemaker.exceptions.ResourceNotFound):
        lab.sagemaker.describe_training_job(TrainingJobName="nobody")


def test_listing(lab: Lab) -> None:
    """Jobs are found by part of their name and by status."""
    good, bad = (
        _create(lab, "pass", name=f"list-good-{lab.backend}"),
        _create(lab, "1/0", name=f"list-bad-{lab.backend}"),
    )
    for name in (good, bad):
        _ended(lab, name)
    found = lab.sagemaker.list_processing_jobs(NameContains="list-", StatusEquals="Failed")["ProcessingJobSummaries"]
    assert [job["ProcessingJobName"] for job in found] == [bad]
    found = lab.sagemaker.list_processing_jobs(NameContains="list-", SortBy="Name", SortOrder="Ascending")
    assert [job["ProcessingJobName"] for job in found["ProcessingJobSummaries"]] == [bad, good]


def test_refused_requests_leave_no_job(lab: Lab) -> None:
    """What cannot run here, and what breaks the API's shapes, is refused when the job is created."""
    outputs = {"Outputs": [{"OutputName": "f", "AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": "g"}}]}
    with pytest.raises(ClientError, match="not supported locally: output f: AppManaged outputs"):
        _create(lab, "pass", name="refused", ProcessingOutputConfig=outputs)
    with pytest.raises(lab.sagemaker.exceptions.ResourceNotFound):
        lab.sagemaker.describe_processing_job(ProcessingJobName="refused")
