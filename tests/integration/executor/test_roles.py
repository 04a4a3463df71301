"""What AWS does in a role that it was given is done here in that role: a right that the role lacks is missed in a run, in AWS's words."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.integration.executor.lab import LOGS, READS, Lab, definition

_WRITES = {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::lab/runs/*"}
_JOBS = {
    "Action": ["sagemaker:CreateProcessingJob", "sagemaker:DescribeProcessingJob", "sagemaker:AddTags"],
    "Resource": "arn:aws:sagemaker:*:*:processing-job/*",
}
_PASSES = {"Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/*"}
_ALL = {"reads": READS, "writes": _WRITES, "logs": LOGS, "jobs": _JOBS, "passes": _PASSES}
_SAYS = "open('/opt/ml/processing/out/f', 'w').write('done')"


def _role(lab: Lab, name: str, without: str = "") -> str:
    kept: list[Mapping[str, Any]] = [{"Effect": "Allow", **it} for key, it in _ALL.items() if key != without]
    return lab.role(name, *kept)


def _run(lab: Lab, role: str, steps: list[Any]) -> Any:
    name = role.rpartition("/")[2]
    lab.sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition=definition(steps), RoleArn=role, ClientRequestToken="x" * 32
    )
    return lab.wait(lab.start(name))


@pytest.mark.parametrize(
    ("without", "action"),
    [
        ("", ""),
        ("reads", "s3:ListBucket"),
        ("writes", "s3:PutObject"),
        ("jobs", "sagemaker:CreateProcessingJob"),
    ],
)
def test_a_job_reads_writes_and_is_made_in_its_role(lab: Lab, without: str, action: str) -> None:
    """Each right that a processing step takes, taken away."""
    role = _role(lab, f"job-without-{without or 'nothing'}-{lab.backend}", without)
    step = lab.script("Work", _SAYS, outputs={"out": lab.uri("runs/x")}, arguments={"RoleArn": role})
    outcome = _run(lab, role, [step])
    if not without:
        assert outcome.status == "Succeeded", outcome.steps
        return
    assert outcome.status == "Failed"
    reason = outcome.reason("Work")
    assert f"assumed-role/{role.rpartition('/')[2]}/SageMaker is not authorized to perform: {action}" in reason


def test_a_function_is_called_in_the_pipelines_role(lab: Lab) -> None:
    """lambda:InvokeFunction is the pipeline's role's, not the starter's."""
    role = _role(lab, f"calls-nobody-{lab.backend}")
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:nobody-{lab.backend}"
    outcome = _run(lab, role, [{"Name": "Call", "Type": "Lambda", "FunctionArn": arn, "Arguments": {}}])
    assert outcome.status == "Failed"
    assert "is not authorized to perform: lambda:InvokeFunction" in outcome.reason("Call")


def test_a_role_that_does_not_exist_runs_nothing(lab: Lab) -> None:
    """As AWS says it, at the start."""
    name = f"no-role-{lab.backend}"
    lab.sagemaker.create_pipeline(
        PipelineName=name,
        PipelineDefinition=definition([lab.script("Work", _SAYS)]),
        RoleArn="arn:aws:iam::000000000000:role/not-there",
        ClientRequestToken="x" * 32,
    )
    with pytest.raises(lab.sagemaker.exceptions.ClientError, match=r"Could not assume role .*not-there"):
        lab.start(name)
