"""Rules on pipeline definitions: what no tool that reads templates looks into."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mlops.bundled.definition import steps
from stacks.rules.findings import Finding, Template, resources
from stacks.rules.secrets import looks_secret

_REMEDY = "PIP_NO_BUILD_ISOLATION"
_SCRIPT_PARAMETERS = {"sagemaker_program", "sagemaker_submit_directory"}
_SCRIPT_VARIABLES = {"SAGEMAKER_PROGRAM", "SAGEMAKER_SUBMIT_DIRECTORY"}


def embedded_definitions(template: Template) -> Iterator[Finding]:
    """Definitions written into a template keep the rules for definitions."""
    for logical_id, properties in resources(template, "AWS::SageMaker::Pipeline"):
        body = (properties.get("PipelineDefinition") or {}).get("PipelineDefinitionBody")
        if isinstance(body, str):
            for finding in check_definition(body, network=True):
                yield finding._replace(resource=logical_id)


def script_mode(template: Template) -> Iterator[Finding]:
    """Models and versions written into a template keep the rule for containers in script mode."""
    for logical_id, properties in resources(template, "AWS::SageMaker::Model"):
        yield from _model_containers(logical_id, properties)
    for logical_id, properties in resources(template, "AWS::SageMaker::ModelPackage"):
        yield from _package_containers(logical_id, properties)


def check_definition(definition: str, *, network: bool) -> list[Finding]:
    """Findings of a definition; with ``network`` every job must name subnets and security groups."""
    content = json.loads(definition)
    found = [finding for step in steps(content) for finding in _step(step, network=network)]
    for parameter in content.get("Parameters", []):
        value = parameter.get("DefaultValue")
        if isinstance(value, str) and looks_secret(parameter["Name"], value):
            found.append(Finding("no-secret", parameter["Name"], "the parameter's default is a secret"))
    return found


def _step(step: Mapping[str, Any], *, network: bool) -> Iterator[Finding]:
    arguments, name = step.get("Arguments", {}), step["Name"]
    kind = step["Type"]
    if kind in {"Processing", "QualityCheck", "ClarifyCheck"}:
        yield from _processing(name, arguments, network=network)
    elif kind in {"Training", "Tuning"}:
        yield from _training(name, arguments, network=network)
    elif kind == "Transform":
        if not arguments.get("TransformResources", {}).get("VolumeKmsKeyId") or not arguments.get(
            "TransformOutput", {}
        ).get("KmsKeyId"):
            yield Finding("job-key", name, "volume or output without the customer's key")
    elif kind == "Model":
        if arguments.get("EnableNetworkIsolation") is not True:
            yield Finding("job-isolation", name, "EnableNetworkIsolation is not on")
        if network and not arguments.get("VpcConfig"):
            yield Finding("job-network", name, "names no subnets")
        yield from _model_containers(name, arguments)
    elif kind == "RegisterModel":
        if arguments.get("ModelApprovalStatus") != "PendingManualApproval":
            yield Finding("self-approval", name, "the pipeline approves its own model")
        yield from _package_containers(name, arguments)
    yield from _literals(name, arguments)


def _processing(name: str, arguments: Mapping[str, Any], *, network: bool) -> Iterator[Finding]:
    cluster = arguments.get("ProcessingResources", {}).get("ClusterConfig", {})
    outputs = arguments.get("ProcessingOutputConfig", {})
    if not cluster.get("VolumeKmsKeyId") or (outputs.get("Outputs") and not outputs.get("KmsKeyId")):
        yield Finding("job-key", name, "volume or output without the customer's key")
    settings = arguments.get("NetworkConfig", {})
    yield from _isolation(name, settings)
    if network and not settings.get("VpcConfig"):
        yield Finding("job-network", name, "names no subnets")


def _training(name: str, arguments: Mapping[str, Any], *, network: bool) -> Iterator[Finding]:
    job = arguments.get("TrainingJobDefinition", arguments)
    if not job.get("ResourceConfig", {}).get("VolumeKmsKeyId") or not job.get("OutputDataConfig", {}).get("KmsKeyId"):
        yield Finding("job-key", name, "volume or output without the customer's key")
    yield from _isolation(name, job)
    if network and not job.get("VpcConfig"):
        yield Finding("job-network", name, "names no subnets")
    environment = job.get("Environment", {})
    own = {*job.get("HyperParameters", {}), *job.get("StaticHyperParameters", {})}
    if job.get("EnableNetworkIsolation") and (own & _SCRIPT_PARAMETERS or environment.keys() & _SCRIPT_VARIABLES):
        yield from _installable(name, environment)


def _model_containers(name: str, model: Mapping[str, Any]) -> Iterator[Finding]:
    """A container that takes a version's image may be in script mode by the version's own variables."""
    given = [model["PrimaryContainer"]] if model.get("PrimaryContainer") else model.get("Containers", [])
    for container in given if model.get("EnableNetworkIsolation") else []:
        environment = container.get("Environment", {})
        if "ModelPackageName" in container or environment.keys() & _SCRIPT_VARIABLES:
            yield from _installable(name, environment)


def _package_containers(name: str, version: Mapping[str, Any]) -> Iterator[Finding]:
    """Whoever makes a model of a version decides about isolation: every one in script mode has to bear it."""
    more = version.get("AdditionalInferenceSpecifications", [])
    for specification in [version.get("InferenceSpecification", {}), *more]:
        for container in specification.get("Containers", []):
            environment = container.get("Environment", {})
            if environment.keys() & _SCRIPT_VARIABLES:
                yield from _installable(name, environment)


def _installable(name: str, environment: Mapping[str, Any]) -> Iterator[Finding]:
    """The image's toolkit can install the code without a network."""
    if environment.get(_REMEDY) != "0":
        message = f"script mode without a network needs the variable {_REMEDY}=0: pip would fetch setuptools"
        yield Finding("script-mode", name, message)


def _isolation(name: str, settings: Mapping[str, Any]) -> Iterator[Finding]:
    if settings.get("EnableNetworkIsolation") is not True:
        yield Finding("job-isolation", name, "EnableNetworkIsolation is not on")
    if settings.get("EnableInterContainerTrafficEncryption") is not True:
        yield Finding("job-traffic", name, "EnableInterContainerTrafficEncryption is not on")


def _literals(name: str, value: Any, key: str = "") -> Iterator[Finding]:
    if isinstance(value, Mapping):
        for member, item in value.items():
            yield from _literals(name, item, member)
    elif isinstance(value, list):
        for item in value:
            yield from _literals(name, item, key)
    elif isinstance(value, str) and looks_secret(key, value):
        yield Finding("no-secret", name, f"{key} is a literal secret")
