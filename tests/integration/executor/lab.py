"""A small laboratory: a running embedded AWS, one bucket, and pipelines written by hand."""

import hashlib
import itertools
import json
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import boto3
import pytest
from botocore.config import Config

from embedded_aws.sagemaker.jobs.launcher import namespace_works
from mlops.platform import server
from mlops.platform.server import Running

ACCOUNT = "000000000000"
IMAGE = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/quick:1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/anybody"
BACKENDS = ("namespace", "rewriting")
FINAL = {"Succeeded", "Failed", "Stopped"}
# no preloaded libraries: these tests need none and start in a tenth of the time
IMAGES = """
[[image]]
uri = "*quick:*"

[[image]]
uri = "*server:*"
serve = ["python3", "/opt/ml/model/server.py"]

[[image]]
uri = "*model-monitor-analyzer*"
command = ["python3", "-m", "mlops.monitoring"]
"""
# what every job's role needs: its inputs, and its log
READS = {"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": ["arn:aws:s3:::lab", "arn:aws:s3:::lab/*"]}
LOGS = {
    "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": "arn:aws:logs:*:*:log-group:/aws/sagemaker/*",
}
_SERVICES = ["sagemaker.amazonaws.com", "lambda.amazonaws.com"]
_numbers = itertools.count(1)


@contextmanager
def embedded(state: Path, backend: str, *, persist: bool = False) -> Iterator[server.Running]:
    """A server on ``state`` with this job backend; skips, visibly, where the machine cannot do it."""
    with backend_chosen(backend), server.start(state, persist=persist, owner=True) as running:
        yield running


def not_here(why: str) -> NoReturn:
    """Skip, by name, where the machine has no namespaces; where it has them, that no box can be made is a fault of ours."""
    version = tuple(int(part) for part in re.findall(r"[0-9]+", platform.release())[:2])
    tried = shutil.which("unshare") and subprocess.run(["unshare", "-Urm", "true"], check=False).returncode == 0
    if sys.platform == "linux" and version >= (5, 12) and tried:
        pytest.fail(f"this machine has user namespaces, and yet: {why}")
    pytest.skip(f"NOT TESTED HERE: {why}")


@contextmanager
def backend_chosen(backend: str) -> Iterator[None]:
    """MLOPS_JOB_BACKEND for servers started meanwhile."""
    if backend == "namespace" and not namespace_works():
        not_here("this machine lets nobody make user namespaces, so the namespace backend cannot run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLOPS_JOB_BACKEND", backend)
        yield


@dataclass
class Outcome:
    """A finished execution."""

    arn: str
    description: dict[str, Any]
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """PipelineExecutionStatus."""
        return str(self.description["PipelineExecutionStatus"])

    @property
    def statuses(self) -> dict[str, str]:
        """Step name -> StepStatus."""
        return {name: step["StepStatus"] for name, step in self.steps.items()}

    def reason(self, step: str) -> str:
        """FailureReason of a step."""
        return str(self.steps[step].get("FailureReason", ""))


class Lab:
    """Everything through boto3."""

    bucket = "lab"

    def __init__(self, running: Running, backend: str) -> None:
        self.running, self.backend = running, backend
        self.s3.create_bucket(Bucket=self.bucket)
        self.role("anybody", {"Effect": "Allow", "Action": "*", "Resource": "*"})

    def role(self, name: str, *statements: Mapping[str, Any]) -> str:
        """ARN of a role that SageMaker and Lambda may assume, with these rights."""
        trust = {"Effect": "Allow", "Principal": {"Service": _SERVICES}, "Action": "sts:AssumeRole"}
        iam = self.client("iam")
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps({"Statement": list(statements)}))
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    @property
    def endpoint(self) -> str:
        """Where it answers."""
        return self.running.endpoint

    @cached_property
    def session(self) -> boto3.Session:
        """The account's root."""
        return boto3.Session(ACCOUNT, self.running.root_secret, region_name="us-east-1")

    def client(self, service: str) -> Any:
        """A client of the account's root."""
        config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 0})
        return self.session.client(service, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]

    @cached_property
    def s3(self) -> Any:
        """S3."""
        return self.client("s3")

    @cached_property
    def sagemaker(self) -> Any:
        """SageMaker."""
        return self.client("sagemaker")

    def put(self, key: str, body: str | bytes) -> str:
        """Write an object; its URI."""
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return self.uri(key)

    def uri(self, key: str) -> str:
        """S3 URI of a key."""
        return f"s3://{self.bucket}/{key}"

    def read(self, key: str) -> bytes:
        """An object's bytes."""
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key.removeprefix(self.uri("")))["Body"].read())

    def keys(self, prefix: str) -> list[str]:
        """Keys below a prefix."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def create(self, steps: list[Any], parameters: list[Any] | None = None, name: str | None = None) -> str:
        """Create a pipeline; its name."""
        name = name or f"p{next(_numbers)}-{self.backend}"
        self.sagemaker.create_pipeline(
            PipelineName=name,
            PipelineDefinition=definition(steps, parameters),
            RoleArn=ROLE,
            ClientRequestToken="x" * 32,
        )
        return name

    def start(self, pipeline: str, values: Mapping[str, str] | None = None, **more: Any) -> str:
        """Start an execution; its ARN."""
        given = [{"Name": key, "Value": value} for key, value in (values or {}).items()]
        answer = self.sagemaker.start_pipeline_execution(PipelineName=pipeline, PipelineParameters=given, **more)
        return str(answer["PipelineExecutionArn"])

    def wait(self, arn: str, timeout: float = 60) -> Outcome:
        """Wait for the end of an execution."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            if found["PipelineExecutionStatus"] in FINAL:
                return Outcome(arn, found, self.steps(arn))
            assert time.monotonic() < deadline, f"{arn} still {found['PipelineExecutionStatus']}: {self.steps(arn)}"
            time.sleep(0.03)

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        """Step summaries by name."""
        pages = self.sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=arn)
        return {step["StepName"]: step for page in pages for step in page["PipelineExecutionSteps"]}

    def script(self, name: str, text: str, **more: Any) -> dict[str, Any]:
        """A Processing step that runs a script from S3."""
        uri = self.put(f"code/{hashlib.sha256(text.encode()).hexdigest()[:16]}/main.py", text)
        inputs = {"code": uri, **more.pop("inputs", {})}
        return processing(name, ["python3", "/opt/ml/processing/code/main.py"], inputs=inputs, **more)

    def until(self, arn: str, step: str, status: str, timeout: float = 30) -> None:
        """Wait until a step has a status."""
        deadline = time.monotonic() + timeout
        while self.steps(arn).get(step, {}).get("StepStatus") != status:
            assert time.monotonic() < deadline, f"{step} is not {status}: {self.steps(arn)}"
            time.sleep(0.03)

    def run(
        self, steps: list[Any], parameters: list[Any] | None = None, values: Mapping[str, str] | None = None
    ) -> Outcome:
        """Create, start, wait."""
        return self.wait(self.start(self.create(steps, parameters), values))

    def job(self, outcome: Outcome, step: str) -> dict[str, Any]:
        """Description of the job behind a step."""
        kind, metadata = next(iter(outcome.steps[step]["Metadata"].items()))
        name = metadata["Arn"].rsplit("/", 1)[-1]
        call = {
            "ProcessingJob": self.sagemaker.describe_processing_job,
            "TrainingJob": self.sagemaker.describe_training_job,
            "TransformJob": self.sagemaker.describe_transform_job,
        }[kind]
        described = dict(call(**{f"{kind}Name": name}))
        described.pop("ResponseMetadata")
        return described

    def log(self, group: str, job: str) -> list[str]:
        """What a job wrote."""
        logs = self.client("logs")
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job)["logStreams"]
        names = [stream["logStreamName"] for stream in streams]
        found = [logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True) for name in names]
        return [event["message"] for answer in found for event in answer["events"]]


def definition(steps: list[Any], parameters: list[Any] | None = None) -> str:
    """Definition text."""
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters or [], "Steps": steps})


def processing(name: str, command: list[Any], **more: Any) -> dict[str, Any]:
    """A Processing step; ``inputs`` and ``outputs`` map names to S3 URIs (under /opt/ml/processing/NAME)."""
    inputs, outputs = more.pop("inputs", {}), more.pop("outputs", {})
    arguments: dict[str, Any] = {
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": command},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
        "ProcessingInputs": [_input(key, uri) for key, uri in inputs.items()],
        "ProcessingOutputConfig": {"Outputs": [_output(key, uri) for key, uri in outputs.items()]},
        **more.pop("arguments", {}),
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **more}


def _input(name: str, uri: Any) -> dict[str, Any]:
    given = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": given}


def _output(name: str, uri: Any) -> dict[str, Any]:
    given = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": given}


def python(code: str) -> list[str]:
    """Command of a Python one-liner (an element of a command has at most 256 characters)."""
    assert len(code) <= 256
    return ["python3", "-c", code]


def own(*parts: Any) -> dict[str, Any]:
    """A URI below a prefix of the execution's own."""
    values = ["s3://lab/out", {"Get": "Execution.PipelineExecutionId"}, *parts]
    return {"Std:Join": {"On": "/", "Values": values}}
