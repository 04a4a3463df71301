"""API requests of the jobs, with the security settings of every job in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlops.bundled.wheels import LAUNCHER
from pipelines.sdk import ExecutionVariables, Join, ParameterInteger, ParameterString

PROCESSING = "/opt/ml/processing"
OURS, SAGEMAKER = "ours", "sagemaker"  # monitoring engines
SOURCE_ARCHIVE = "/opt/ml/input/data/code/sourcedir.tar.gz"
# A job's first act: what it was given as code has to be what was published (``mlops.bundled.code_tree.digest``; wheels, which the
# launcher verifies, aside). It stands in the definition itself, since a check that lies beside the code could be replaced with it,
# and in three texts, since an argument has 256 characters at most, and no line break.
_VERIFY = (
    "import sys;exec(''.join(sys.argv[1:4]))",
    (
        "import hashlib,os,runpy;r,d,*a=sys.argv[4:];j=os.path.join;"
        "t={os.path.relpath(j(w,f),r):j(w,f)for w,_,F in os.walk(r)for f in F};"
    ),
    (
        "h=hashlib.sha256(b''.join(b'%d:%b%d:%b'%(len(n),n.encode(),len(c),c)for n,p in sorted(t.items())"
        "if n[:7]!='wheels/'for c in[open(p,'rb').read()])).hexdigest();"
    ),
    (
        "h==d or sys.exit('the code is not what was published: sha256 '+h);"
        "sys.argv=a;sys.path.insert(0,r);runpy.run_path(a[0],run_name='__main__')"
    ),
)


@dataclass(frozen=True)
class Environment:
    """Parameters that describe where a pipeline runs; none has a default that would fit one account only."""

    role: Any
    image: Any
    code: Any
    code_sha256: Any
    monitor_code: Any
    monitor_code_sha256: Any
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
            code_sha256=ParameterString("CodeSha256"),
            monitor_code=ParameterString("MonitorCodeUri"),
            monitor_code_sha256=ParameterString("MonitorCodeSha256"),
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
        return verified(self.code_sha256, LAUNCHER, "run.py", name, *flags)


def verified(sha256: Any, program: str, *arguments: Any) -> list[Any]:
    """The command that starts a program of the job's code, once the code has the digest that it was published under.

    The code's folder comes onto the path then, not by PYTHONPATH: from there Python imports before the first line runs.
    """
    code = f"{PROCESSING}/input/code"
    return ["python3", "-c", *_VERIFY, code, sha256, f"{code}/{program}", *arguments]


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
