"""Lambda step ResolveModel: which model version does this batch use?

Without a version in the event it is the deployed one: the pointer in SSM, read once, so that a rollback during a batch changes nothing.
A damaged or replaced artifact is refused here, before anything is computed.
"""

import json
import os
from typing import TYPE_CHECKING, NotRequired, TypedDict

import boto3

from mlops.bundled import names, parameters
from mlops.bundled.artifact import digest_of, model_uri, verify

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeModelPackageOutputTypeDef

_SSM = boto3.client("ssm")
_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")


class Event(TypedDict):
    """The step's input."""

    model_package_arn: NotRequired[str]


class Resolved(TypedDict):
    """The step's output parameters."""

    model_package_arn: str
    model_version: str
    model_sha256: str
    statistics_uri: str
    constraints_uri: str
    predictions_uri: str


def handler(event: Event, _context: object) -> Resolved:
    """Event: {"model_package_arn": ARN or "deployed"}; answers with the version and its baselines."""
    wanted = event.get("model_package_arn") or "deployed"
    arn = _deployed() if wanted == "deployed" else wanted
    package = _SAGEMAKER.describe_model_package(ModelPackageName=arn)
    if package["ModelApprovalStatus"] != "Approved":
        raise ValueError(
            f"model version {package['ModelPackageVersion']} is {package['ModelApprovalStatus']}, not approved"
        )
    digest = digest_of(_S3, model_uri(package))
    verify(package, digest)
    baselines = package["DriftCheckBaselines"]["ModelDataQuality"]
    answer = Resolved(
        model_package_arn=arn,
        model_version=str(package["ModelPackageVersion"]),
        model_sha256=digest,
        statistics_uri=baselines["Statistics"]["S3Uri"],
        constraints_uri=baselines["Constraints"]["S3Uri"],
        predictions_uri=_predictions(package),
    )
    print(json.dumps({"resolved": answer}))
    return answer


def _predictions(package: "DescribeModelPackageOutputTypeDef") -> str:
    """The folder with the predictions of the version's evaluation.

    For one that was registered before evaluations kept them a folder that is there and holds none: the monitor says what it lacks.
    """
    own = package.get("CustomerMetadataProperties", {}).get("prediction_baseline")
    return own or package["DriftCheckBaselines"]["ModelDataQuality"]["Statistics"]["S3Uri"].rpartition("/")[0]


def _deployed() -> str:
    project = os.environ["PROJECT"]
    pointer = parameters.read(_SSM, names.parameter(project, names.DEPLOYED_MODEL))
    arn = pointer["model_package_arn"] if pointer else ""
    if not arn:
        raise ValueError(f"project {project} has no deployed model: approve a version first")
    return str(arn)
