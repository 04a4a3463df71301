"""What AWS does in a role that it was given is done here in that role: a right that the role lacks is missed in a run, in AWS's words."""

import json
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
        ("passes", "iam:PassRole"),
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


def test_a_role_that_does_not_trust_sagemaker_runs_nothing(lab: Lab) -> None:
    """Whatever it may: its trust decides who acts in it. Nothing is begun, so the pipeline can be removed."""
    name, iam = f"elsewhere-{lab.backend}", lab.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    lab.sagemaker.create_pipeline(
        PipelineName=name,
        PipelineDefinition=definition([lab.script("Work", _SAYS)]),
        RoleArn=made["Role"]["Arn"],
        ClientRequestToken="x" * 32,
    )
    with pytest.raises(lab.sagemaker.exceptions.ClientError, match="Could not assume role"):
        lab.start(name)
    assert lab.sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"] == []
    lab.sagemaker.delete_pipeline(PipelineName=name)


def test_an_arn_is_read_as_it_is_judged(lab: Lab) -> None:
    """One that goes on after the name, of another account, region or kind is no pipeline: a right to one is a right to no other."""
    name = lab.create([lab.script("Work", _SAYS)])
    own = f"arn:aws:sagemaker:us-east-1:000000000000:pipeline/{name}"
    assert lab.sagemaker.describe_pipeline(PipelineName=own)["PipelineArn"] == own
    for arn in (
        f"arn:aws:sagemaker:us-east-1:000000000000:pipeline/other/execution/{name}",
        own.replace("000000000000", "111122223333"),
        own.replace("us-east-1", "eu-west-1"),
        own.replace("pipeline/", "model/"),
    ):
        for call in ("start_pipeline_execution", "describe_pipeline", "list_pipeline_executions", "delete_pipeline"):
            more = {"ClientRequestToken": "x" * 32} if call == "delete_pipeline" else {}
            with pytest.raises(lab.sagemaker.exceptions.ClientError, match=r"does not exist|does not match"):
                getattr(lab.sagemaker, call)(PipelineName=arn, **more)


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
