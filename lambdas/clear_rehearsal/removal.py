"""Remove what a rehearsal's runs have made; whoever does it a second time finds nothing, and that is no error."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef
    from mypy_boto3_sagemaker import SageMakerClient

_AT_ONCE = 1000  # S3's limit
_GONE = ("does not exist", "could not find")  # SageMaker's words
_WAIT, _PAUSE = 60.0, 0.5  # seconds until a version's registration is written down


class NotYet(Exception):
    """The registration is not written down yet: the event has to come again."""


def without_made(sagemaker: "SageMakerClient", execution: str) -> None:
    """Delete the version and the model that the execution's own steps say that they have made.

    Raises:
        NotYet: the version still waits for its registration, which is to find it.
    """
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
    for step in (it for page in pages for it in page["PipelineExecutionSteps"]):
        made = step.get("Metadata", {})
        try:
            if version := made.get("RegisterModel", {}).get("Arn"):
                _await_registration(sagemaker, version)
                sagemaker.delete_model_package(ModelPackageName=version)
            if model := made.get("Model", {}).get("Arn"):
                sagemaker.delete_model(ModelName=model.rsplit("/", 1)[-1])
        except ClientError as error:
            if not any(words in str(error).lower() for words in _GONE):
                raise


def _await_registration(sagemaker: "SageMakerClient", version: str) -> None:
    """The approval function rejects what a rehearsal has registered, as soon as it has written that down."""
    deadline = time.monotonic() + _WAIT
    while sagemaker.describe_model_package(ModelPackageName=version)["ModelApprovalStatus"] == "PendingManualApproval":
        if time.monotonic() > deadline:
            raise NotYet(f"{version} still waits for its registration")
        time.sleep(_PAUSE)


def emptied(s3: "S3Client", bucket: str, prefix: str, kept: tuple[str, ...] = ()) -> None:
    """Delete every version of every object below the prefix, but for the folders that are kept.

    Raises:
        RuntimeError: S3 has refused one.
    """
    left = tuple(f"{prefix}{name}" for name in kept)
    found = [item for item in _versions(s3, bucket, prefix) if not (left and item["Key"].startswith(left))]
    for begin in range(0, len(found), _AT_ONCE):
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": found[begin : begin + _AT_ONCE], "Quiet": True})
        for error in answer.get("Errors", []):
            raise RuntimeError(f"{bucket}/{error.get('Key')}: {error.get('Code')}")


def _versions(s3: "S3Client", bucket: str, prefix: str) -> Iterator["ObjectIdentifierTypeDef"]:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        for item in (*page.get("Versions", []), *page.get("DeleteMarkers", [])):
            yield {"Key": item["Key"], "VersionId": item["VersionId"]}
