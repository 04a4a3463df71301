"""What the API allows and this machine does not do: refused by name before anything runs, never ignored.

Values of a definition that are known at run time only are ``UNKNOWN`` here and judged when the job is created.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from embedded_aws.sagemaker.jobs.data_processing import is_path
from embedded_aws.sagemaker.jobs.workspace import OPT_ML

UNKNOWN: Any = object()


def unsupported(kind: str, job: Mapping[str, Any]) -> Iterator[str]:
    """What a request for a job of ``kind`` (``ProcessingJob``, ...) asks for that cannot be done here."""
    yield from {"ProcessingJob": _processing, "TrainingJob": _training, "TransformJob": _transform}[kind](job)


def _processing(job: Mapping[str, Any]) -> Iterator[str]:
    yield from _one_instance(_get(job, "ProcessingResources", "ClusterConfig"))
    for item in _items(job, "ProcessingInputs"):
        yield from (f"input {item.get('InputName')}: {problem}" for problem in _processing_input(item))
    for item in _items(_get(job, "ProcessingOutputConfig"), "Outputs"):
        name = f"output {item.get('OutputName')}"
        if "FeatureStoreOutput" in item or item.get("AppManaged") is True:
            yield f"{name}: AppManaged outputs (FeatureStoreOutput)"
        elif "S3Output" not in item:
            yield f"{name}: no S3Output"
        else:
            yield from (f"{name}: {problem}" for problem in _local_path(_get(item, "S3Output")))


def _processing_input(item: Mapping[str, Any]) -> Iterator[str]:
    if "DatasetDefinition" in item:
        yield "DatasetDefinition (Athena, Redshift)"
        return
    if "S3Input" not in item:
        yield "no S3Input"
        return
    if item.get("AppManaged") is True:
        yield "AppManaged"
    given = _get(item, "S3Input")
    yield from _local_path(given)
    yield from _not_in(given, "S3DataType", {"S3Prefix"})
    yield from _not_in(given, "S3InputMode", {"File"})
    yield from _not_in(given, "S3CompressionType", {"None"})


def _training(job: Mapping[str, Any]) -> Iterator[str]:
    resources, algorithm = _get(job, "ResourceConfig"), _get(job, "AlgorithmSpecification")
    yield from _one_instance(resources)
    for owner, member in (
        (resources, "InstanceGroups"),
        (algorithm, "AlgorithmName"),
        (job, "DebugRuleConfigurations"),
        (job, "ProfilerRuleConfigurations"),
        (job, "ServerlessJobConfig"),
        (job, "ModelPackageConfig"),
    ):
        if owner.get(member):
            yield member
    yield from _local_path(_get(job, "CheckpointConfig"))
    yield from _not_in(algorithm, "TrainingInputMode", {"File", "FastFile"})
    yield from _not_in(_get(job, "OutputDataConfig"), "CompressionType", {"GZIP"})
    for channel in _items(job, "InputDataConfig"):
        yield from (f"channel {channel.get('ChannelName')}: {problem}" for problem in _channel(channel))


def _channel(channel: Mapping[str, Any]) -> Iterator[str]:
    source = _get(channel, "DataSource")
    if "S3DataSource" not in source:
        yield f"{', '.join(source) or 'a data source'} that is not S3DataSource"
        return
    yield from _not_in(_get(source, "S3DataSource"), "S3DataType", {"S3Prefix"})
    yield from _not_in(channel, "CompressionType", {"None"})
    yield from _not_in(channel, "InputMode", {"File", "FastFile"})
    yield from _not_in(channel, "RecordWrapperType", {"None"})


def _transform(job: Mapping[str, Any]) -> Iterator[str]:
    given = _get(job, "TransformInput")
    yield from _not_in(_get(given, "DataSource", "S3DataSource"), "S3DataType", {"S3Prefix"})
    yield from _not_in(given, "CompressionType", {"None"})
    yield from _not_in(given, "SplitType", {"None", "Line"})
    for member, path in _get(job, "DataProcessing").items():
        if member != "JoinSource" and isinstance(path, str) and not is_path(path):
            yield f"{member} {path}"
    if job.get("DataCaptureConfig"):
        yield "DataCaptureConfig"


def _one_instance(resources: Mapping[str, Any]) -> Iterator[str]:
    count = resources.get("InstanceCount", 1)
    if isinstance(count, int) and count > 1:
        yield f"more than one instance (InstanceCount {count})"


def _local_path(given: Mapping[str, Any]) -> Iterator[str]:
    path = given.get("LocalPath", OPT_ML)
    if isinstance(path, str) and (not f"{path}/".startswith(f"{OPT_ML}/") or ".." in path.split("/")):
        yield f"LocalPath {path} outside {OPT_ML}"


def _not_in(owner: Mapping[str, Any], member: str, allowed: set[str]) -> Iterator[str]:
    value = owner.get(member)
    if isinstance(value, str) and value not in allowed:
        yield f"{member} {value}"


def _get(value: Any, *path: str) -> Mapping[str, Any]:
    for key in path:
        value = value.get(key, {}) if isinstance(value, Mapping) else {}
    return value if isinstance(value, Mapping) else {}


def _items(value: Mapping[str, Any], member: str) -> list[Mapping[str, Any]]:
    found = value.get(member) or []
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
