"""Lambda step ResolveModel, the inference pipeline's first: may this batch run, and which model version does it use?

The deployed one: the pointer in SSM, read once, so that a rollback during a batch changes nothing. It has to be what was registered:
a damaged or replaced artifact is refused here, before anything is computed, and so is a version whose image, environment or
metadata were changed. So is an old version of the pipeline, and a selective execution, which takes over what others were told.
The batch's model is made of what is answered here, and not of the version's name: that may be changed meanwhile. Whose batch it is,
and whether it is a rehearsal, is written down first.
"""

import json
import os
from typing import TYPE_CHECKING, Any, TypedDict

import boto3

from lambdas.resolve_model.starting import noted
from mlops.bundled import names, parameters, rehearsal
from mlops.bundled.artifact import digest_of, model_uri, verify
from mlops.bundled.claims import Taken
from mlops.bundled.executions import present_definition
from mlops.bundled.requests import Refused
from mlops.bundled.served import PROGRAM, SUBMIT_DIRECTORY, served
from mlops.bundled.specification import digest, specification

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeModelPackageOutputTypeDef

_SSM = boto3.client("ssm")
_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")


class Event(TypedDict):
    """The step's input: the request's key or ``none``, the data set; ``code`` is the digest of the code that the execution runs."""

    execution: str
    request: str
    code: str
    dataset_id: str
    dataset_uri: str


class Resolved(TypedDict):
    """The step's output parameters: the version, its container, its baselines; ``rehearsal`` is yes or no.

    ``specification_sha256`` is ``none`` of versions that were deployed before registrations held specifications.
    """

    model_package_arn: str
    model_version: str
    model_sha256: str
    specification_sha256: str
    image: str
    model_data_url: str
    program: str
    submit_directory: str
    statistics_uri: str
    constraints_uri: str
    predictions_uri: str
    rehearsal: str


def handler(event: Event, _context: object) -> Resolved:
    """Event: the batch's ARN, its request and its data; answers with the deployed version, its container and baselines.

    Raises:
        ValueError: nothing is deployed, it is not what was registered, or the execution may not run.
    """
    try:
        definition = present_definition(_SAGEMAKER, event["execution"])
        start = noted(_SAGEMAKER, _S3, event, definition)
    except (Refused, Taken) as error:
        raise ValueError(f"RefusedInput: {error}") from None
    pointer = _deployed()
    arn = str(pointer["model_package_arn"])
    package = _SAGEMAKER.describe_model_package(ModelPackageName=arn)
    if package["ModelApprovalStatus"] != "Approved":
        raise ValueError(
            f"model version {package['ModelPackageVersion']} is {package['ModelApprovalStatus']}, not approved"
        )
    sha256 = _verified(package, pointer)
    baselines, container = package["DriftCheckBaselines"]["ModelDataQuality"], served(package)
    answer = Resolved(
        model_package_arn=arn,
        model_version=str(package["ModelPackageVersion"]),
        model_sha256=sha256,
        specification_sha256=str(pointer.get("specification_sha256") or "none"),
        image=container["Image"],
        model_data_url=container["ModelDataUrl"],
        program=container["Environment"][PROGRAM],
        submit_directory=container["Environment"][SUBMIT_DIRECTORY],
        statistics_uri=baselines["Statistics"]["S3Uri"],
        constraints_uri=baselines["Constraints"]["S3Uri"],
        predictions_uri=_predictions(package),
        rehearsal=rehearsal.YES if start.rehearsed else rehearsal.NO,
    )
    print(json.dumps({"resolved": answer}))
    return answer


def _verified(package: "DescribeModelPackageOutputTypeDef", pointer: dict[str, Any]) -> str:
    """Digest of the artifact, which is the registered one, as is everything else that the version says."""
    # pointers of versions that were deployed before registrations held specifications have none
    registered = pointer.get("specification_sha256")
    if registered and digest(specification(package)) != registered:
        raise ValueError(f"model version {package['ModelPackageVersion']} was changed since it was registered")
    found = digest_of(_S3, model_uri(package))
    verify(package, found, str(pointer.get("sha256", "")))
    return found


def _predictions(package: "DescribeModelPackageOutputTypeDef") -> str:
    """The folder with the predictions of the version's evaluation.

    For one that was registered before evaluations kept them a folder that is there and holds none: the monitor says what it lacks.
    """
    own = package.get("CustomerMetadataProperties", {}).get("prediction_baseline")
    return own or package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"].rpartition("/")[0]


def _deployed() -> dict[str, Any]:
    project = os.environ["PROJECT"]
    pointer = parameters.read(_SSM, names.parameter(project, names.DEPLOYED_MODEL))
    if not pointer or not pointer["model_package_arn"]:
        raise ValueError(f"project {project} has no deployed model: approve a version first")
    return pointer
