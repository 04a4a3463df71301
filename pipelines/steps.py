"""API requests of the jobs, with the security settings of every job in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlops.bundled.wheels import LAUNCHER
from pipelines.sdk import ExecutionVariables, Join, ParameterInteger, ParameterString

PROCESSING = "/opt/ml/processing"
OURS, SAGEMAKER = "ours", "sagemaker"  # monitoring engines
SOURCE_ARCHIVE = "/opt/ml/input/data/code/sourcedir.tar.gz"


@dataclass(frozen=True)
class Environment:
    """Parameters that describe where a pipeline runs; none has a default that would fit one account only."""

    role: Any
    image: Any
    code: Any
    monitor_code: Any
    output: Any
    key: Any
    instance: Any
    volume: Any
    minutes: Any
    monitor_image: Any = None  # Model Monitor's analyzer; None where the platform's own one judges the data

    @staticmethod
    def declare(engine: str = OURS) -> "Environment":
        """The parameters for a monitoring engine, all without defaults but the instance's."""
        return Environment(
            role=ParameterString("ExecutionRoleArn"),
            image=ParameterString("ImageUri"),
            code=ParameterString("CodeUri"),
            monitor_code=ParameterString("MonitorCodeUri"),
            output=ParameterString("OutputUri"),
            key=ParameterString("KmsKeyArn"),
            instance=ParameterString("InstanceType", default_value="ml.m5.xlarge"),
            volume=ParameterInteger("VolumeSizeInGB", default_value=30),
            minutes=ParameterInteger("MaxRuntimeInSeconds", default_value=7200),
            monitor_image=ParameterString("MonitorImageUri") if engine == SAGEMAKER else None,
        )

    def parameters(self) -> list[Any]:
        """All of them, for the pipeline."""
        return [parameter for parameter in vars(self).values() if parameter is not None]

    def folder(self, *parts: str) -> Any:
        """A prefix of this execution's own: concurrent executions never share one."""
        return Join(on="/", values=[self.output, ExecutionVariables.PIPELINE_EXECUTION_ID, *parts])

    def processing(
        self,
        command: Sequence[Any],
        *,
        inputs: Mapping[str, Any],
        outputs: Mapping[str, Any],
        code: Any = None,
        variables: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """CreateProcessingJob: no network, encrypted volume, output and traffic; ``inputs`` and ``outputs`` name -> S3 prefix."""
        mounted = {"code": self.code if code is None else code, **inputs}
        return {
            "RoleArn": self.role,
            "AppSpecification": {
                "ImageUri": self.image,
                "ContainerEntrypoint": [part for part in command if not isinstance(part, tuple)],
                **_arguments(command),
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": self.instance,
                    "InstanceCount": 1,
                    "VolumeSizeInGB": self.volume,
                    "VolumeKmsKeyId": self.key,
                }
            },
            "NetworkConfig": {"EnableNetworkIsolation": True, "EnableInterContainerTrafficEncryption": True},
            "StoppingCondition": {"MaxRuntimeInSeconds": self.minutes},
            "ProcessingInputs": [_input(name, uri) for name, uri in mounted.items()],
            "ProcessingOutputConfig": {
                "Outputs": [_output(name, uri) for name, uri in outputs.items()],
                "KmsKeyId": self.key,
            },
            **({"Environment": dict(variables)} if variables else {}),
        }

    def step(self, name: str, *flags: Any) -> list[Any]:
        """The command of a step of the seed code, started by the platform; ``flags`` are (flag, value) pairs."""
        return ["python3", f"{PROCESSING}/input/code/{LAUNCHER}", "run.py", name, *flags]


def _arguments(command: Sequence[Any]) -> dict[str, Any]:
    given = [part for pair in command if isinstance(pair, tuple) for part in pair]
    return {"ContainerArguments": given} if given else {}


def _input(name: str, uri: Any) -> dict[str, Any]:
    local = {
        "baseline_statistics": f"{PROCESSING}/baseline/stats",
        "baseline_constraints": f"{PROCESSING}/baseline/constraints",
    }.get(name, f"{PROCESSING}/input/{name}")
    return {
        "InputName": name,
        "AppManaged": False,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": local,
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": "FullyReplicated",
            "S3CompressionType": "None",
        },
    }


def _output(name: str, uri: Any) -> dict[str, Any]:
    # the analyzer writes to the root of its output folder, the steps of the seed code to a folder a name
    own = {"monitoring", "prediction_monitoring", "baseline_report"}
    local = f"{PROCESSING}/output" if name in own else f"{PROCESSING}/output/{name}"
    return {
        "OutputName": name,
        "AppManaged": False,
        "S3Output": {"S3Uri": uri, "LocalPath": local, "S3UploadMode": "EndOfJob"},
    }


def output_uri(step: Any, name: str) -> Any:
    """Reference to the S3 prefix of a Processing step's output."""
    return step.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri


def channel(name: str, uri: Any) -> dict[str, Any]:
    """A training channel."""
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": "File"}
