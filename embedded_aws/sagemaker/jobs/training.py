"""Training jobs: channels, hyperparameters and SM_* variables as SageMaker's training toolkit has them."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from embedded_aws.gateway import Gateway
from embedded_aws.sagemaker.jobs import archive
from embedded_aws.sagemaker.jobs.images import TAG, Image
from embedded_aws.sagemaker.jobs.job import Job
from embedded_aws.sagemaker.jobs.kinds import DAY, Plan, logged_error, refuse_uninstallable, unpack_source
from embedded_aws.sagemaker.jobs.workspace import Workspace
from embedded_aws.service import Document, ServiceError

# of the metrics that MetricDefinitions find (Developer Guide, "Use Amazon CloudWatch metrics to monitor and analyze training jobs")
_NAMESPACE = "/aws/sagemaker/TrainingJobs"
_METRICS = 1000  # a request


class Training:
    """CreateTrainingJob in script mode."""

    name, resource, log_group = "TrainingJob", "training-job", "/aws/sagemaker/TrainingJobs"

    def image(self, job: Job) -> str:
        """Image URI."""
        return str(job.description["AlgorithmSpecification"].get("TrainingImage", ""))

    def timeout(self, job: Job) -> int:
        """MaxRuntimeInSeconds."""
        return int(job.description.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DAY))

    def isolated(self, job: Job) -> bool:
        """EnableNetworkIsolation."""
        return bool(job.description.get("EnableNetworkIsolation", False))

    def prepare(self, job: Job, space: Workspace, aws: Gateway, image: Image) -> Plan:
        """Channels, settings files, SM_* variables; the user's script from its source archive."""
        given = job.description
        channels = {item["ChannelName"]: item for item in given.get("InputDataConfig", [])}
        for name, channel in channels.items():
            aws.download(channel["DataSource"]["S3DataSource"]["S3Uri"], space.path(f"/opt/ml/input/data/{name}"))
        parameters = {key: str(value) for key, value in given.get("HyperParameters", {}).items()}
        _training_settings(given, space, channels, parameters)
        _fetch_checkpoints(given, space, aws)
        own = {key: _decoded(value) for key, value in parameters.items()}
        entry = given["AlgorithmSpecification"].get("ContainerEntrypoint")
        env = {**given.get("Environment", {}), **_training_variables(given, channels, own)}
        if entry:
            arguments = given["AlgorithmSpecification"].get("ContainerArguments", [])
            return Plan([*entry, *arguments], env, "/opt/ml", [space.root / "input"])
        program = own.get("sagemaker_program") or env.get("SAGEMAKER_PROGRAM")
        source = own.get("sagemaker_submit_directory") or env.get("SAGEMAKER_SUBMIT_DIRECTORY")
        if not program or not source:
            return self._without_script(image, self.image(job), env, space)
        refuse_uninstallable(image, env, isolated=self.isolated(job))
        code = unpack_source(str(source), space, aws, space.path("/opt/ml/code"))
        if (code / "requirements.txt").is_file():
            space.note(
                f"requirements.txt is not installed here: image {image.uri} stands for a fixed environment (images.toml)"
            )
        env |= {"SM_MODULE_DIR": str(source), "SM_MODULE_NAME": Path(str(program)).stem, "PYTHONPATH": "/opt/ml/code"}
        runner = ["python3"] if str(program).endswith(".py") else ["/bin/sh"]
        argv = [*runner, f"/opt/ml/code/{program}", *_as_arguments(own)]
        env["SM_USER_ENTRY_POINT"] = str(program)
        return Plan(argv, env, "/opt/ml/code", [code, space.root / "input" / "config"])

    def _without_script(self, image: Image, uri: str, env: dict[str, str], space: Workspace) -> Plan:
        """The image's own program, which reads hyperparameters.json itself."""
        if not image.command:
            raise ServiceError(
                "ValidationException",
                f"not supported locally: image {image.uri} without a script (sagemaker_program and "
                "sagemaker_submit_directory) has no algorithm of its own on this machine",
            )
        tag = uri.rpartition(":")[2]
        command = [tag if part == TAG else self._copied(part, space) for part in image.command]
        return Plan(command, env, "/opt/ml", [space.root / "input" / "config", space.root / "code"])

    @staticmethod
    def _copied(part: str, space: Workspace) -> str:
        """A script of the image's own is run from a copy: paths in it may have to be rewritten."""
        if not part.endswith(".py") or not Path(part).is_file():
            return part
        target = space.path("/opt/ml/code")
        target.mkdir(parents=True, exist_ok=True)
        (target / Path(part).name).write_bytes(Path(part).read_bytes())
        return f"/opt/ml/code/{Path(part).name}"

    def outputs(self, job: Job) -> list[str]:
        """Model, output data, checkpoints."""
        checkpoints = [_checkpoint_path(job.description)] if job.description.get("CheckpointConfig") else []
        return ["/opt/ml/model", "/opt/ml/output/data", *checkpoints]

    def finish(self, job: Job, space: Workspace, aws: Gateway) -> Document:
        """Publish model.tar.gz and output.tar.gz; the metrics found in the log."""
        given = job.description
        artifacts = model_artifacts(given)
        aws.write(artifacts["S3ModelArtifacts"], archive.pack(space.root / "model"), job.output_key)
        checkpoints = given.get("CheckpointConfig")
        if checkpoints:
            aws.upload(_checkpoints(given, space), checkpoints["S3Uri"], space.root, job.output_key)
        data = space.root / "output" / "data"
        if data.is_dir() and any(data.iterdir()):
            aws.write(f"{_prefix(given)}/output.tar.gz", archive.pack(data), job.output_key)
        found = _metrics(given, space)
        _publish(given["TrainingJobName"], found, space, aws)
        return {
            "ModelArtifacts": artifacts,
            "FinalMetricDataList": [{**points[-1], "MetricName": name} for name, points in found.items()],
        }

    def failure(self, space: Workspace, code: int) -> Document:
        """What the script wrote to /opt/ml/output/failure, else the error in its log."""
        message = space.text("/opt/ml/output/failure") or logged_error(space) or "see the logs"
        return {"FailureReason": f"AlgorithmError: {message}, exit code: {code}"[:1024]}


def model_artifacts(job: Document) -> Document:
    """Where the model will be; a job's description has it from the beginning, as the API's model wants it."""
    return {"S3ModelArtifacts": f"{_prefix(job)}/model.tar.gz"}


def _prefix(job: Document) -> str:
    return f"{job['OutputDataConfig']['S3OutputPath'].rstrip('/')}/{job['TrainingJobName']}/output"


def _fetch_checkpoints(job: Document, space: Workspace, aws: Gateway) -> None:
    """What an earlier attempt has left; there may be nothing yet."""
    if "CheckpointConfig" in job:
        folder = _checkpoints(job, space)
        folder.mkdir(parents=True, exist_ok=True)
        if aws.fingerprint(job["CheckpointConfig"]["S3Uri"]):
            aws.download(job["CheckpointConfig"]["S3Uri"], folder)


def _checkpoints(job: Document, space: Workspace) -> Path:
    return space.path(_checkpoint_path(job))


def _checkpoint_path(job: Document) -> str:
    return str(job["CheckpointConfig"].get("LocalPath") or "/opt/ml/checkpoints")


def _instances(resources: Mapping[str, Any]) -> tuple[int, str]:
    """(count, type) of a job's cluster."""
    return int(resources.get("InstanceCount", 1)), str(resources.get("InstanceType", "local"))


def _training_settings(
    job: Document, space: Workspace, channels: Mapping[str, Document], parameters: Mapping[str, str]
) -> None:
    config = {
        name: {
            "TrainingInputMode": item.get("InputMode")
            or job["AlgorithmSpecification"].get("TrainingInputMode", "File"),
            "S3DistributionType": item["DataSource"]["S3DataSource"].get("S3DataDistributionType", "FullyReplicated"),
            "RecordWrapperType": item.get("RecordWrapperType", "None"),
            **({"ContentType": item["ContentType"]} if "ContentType" in item else {}),
        }
        for name, item in channels.items()
    }
    space.write_json("/opt/ml/input/config/hyperparameters.json", dict(parameters))
    space.write_json("/opt/ml/input/config/inputdataconfig.json", config)
    space.write_json("/opt/ml/input/config/resourceconfig.json", _cluster(job))


def _cluster(job: Document) -> Document:
    _, kind = _instances(job.get("ResourceConfig", {}))
    group = {"instance_group_name": "homogeneousCluster", "instance_type": kind, "hosts": ["algo-1"]}
    return {
        "current_host": "algo-1",
        "hosts": ["algo-1"],
        "network_interface_name": "lo",
        "current_instance_type": kind,
        "current_group_name": group["instance_group_name"],
        "instance_groups": [group],
    }


def _training_variables(job: Document, channels: Mapping[str, Document], own: Mapping[str, Any]) -> dict[str, str]:
    count, kind = _instances(job.get("ResourceConfig", {}))
    shown = {key: value for key, value in own.items() if not key.startswith("sagemaker_")}
    return {
        "SM_MODEL_DIR": "/opt/ml/model",
        "SM_OUTPUT_DIR": "/opt/ml/output",
        "SM_OUTPUT_DATA_DIR": "/opt/ml/output/data",
        "SM_INPUT_DIR": "/opt/ml/input",
        "SM_INPUT_CONFIG_DIR": "/opt/ml/input/config",
        "SM_CHANNELS": json.dumps(sorted(channels)),
        "SM_HPS": json.dumps(shown, sort_keys=True),
        "SM_USER_ARGS": json.dumps(_as_arguments(own)),
        "SM_OUTPUT_INTERMEDIATE_DIR": "/opt/ml/output/intermediate",
        "SM_NETWORK_INTERFACE_NAME": "lo",
        "SM_CURRENT_HOST": "algo-1",
        "SM_HOSTS": '["algo-1"]',
        "SM_NUM_CPUS": "1",
        "SM_NUM_GPUS": "0",
        "SM_CURRENT_INSTANCE_TYPE": kind,
        "SM_INSTANCE_COUNT": str(count),
        "SM_LOG_LEVEL": "20",
        "TRAINING_JOB_NAME": job["TrainingJobName"],
        **{f"SM_CHANNEL_{name.upper()}": f"/opt/ml/input/data/{name}" for name in channels},
        **{f"SM_HP_{key.upper().replace('-', '_')}": _as_variable(value) for key, value in shown.items()},
    }


def _decoded(value: str) -> Any:
    """Hyperparameters that the SDK sent as JSON text (quoted strings, numbers), decoded; anything else as it is."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def _as_arguments(own: Mapping[str, Any]) -> list[str]:
    """``--name value`` in the order of names, one-letter names with one dash, as SageMaker's training toolkit does."""
    shown = sorted((key, value) for key, value in own.items() if not key.startswith("sagemaker_"))
    return [part for key, value in shown for part in (f"--{key}" if len(key) > 1 else f"-{key}", _as_argument(value))]


def _as_argument(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return str(value)


def _as_variable(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))


def _metrics(job: Document, space: Workspace) -> dict[str, list[Document]]:
    """Every value of every metric that MetricDefinitions find in the log, by its name; what is no number is none."""
    text, now = space.log.read_text(errors="replace") if space.log.is_file() else "", time.time()
    found = {}
    for definition in job["AlgorithmSpecification"].get("MetricDefinitions", []):
        values = [number for match in re.finditer(definition["Regex"], text) if (number := _number(match)) is not None]
        if values:
            found[str(definition["Name"])] = [{"Value": value, "Timestamp": now} for value in values]
    return found


def _publish(job: str, found: Mapping[str, Sequence[Document]], space: Workspace, aws: Gateway) -> None:
    """To CloudWatch, as the job's role. A role that may not has a job without metrics: AWS documents the right, and no failure."""
    from botocore.exceptions import ClientError

    own = [{"Name": "TrainingJobName", "Value": job}]
    data = [
        {"MetricName": name, "Dimensions": own, "Value": point["Value"], "Timestamp": datetime.now(UTC)}
        for name, points in found.items()
        for point in points
    ]
    try:
        for begin in range(0, len(data), _METRICS):
            aws.client("cloudwatch").put_metric_data(Namespace=_NAMESPACE, MetricData=data[begin : begin + _METRICS])
    except ClientError as error:
        space.note(f"no metrics were written to CloudWatch: {error.response['Error']['Message']}")


def _number(match: "re.Match[str]") -> float | None:
    try:
        return float(match.group(1) if match.re.groups else match.group(0))
    except (TypeError, ValueError):
        return None
