"""Lambda step ResolveChampion: which version must a new one not be worse than?

The deployed version, whoever or whatever has started the run. Where a project has no pointer (it trains only, or nothing was approved
yet) it is the newest approved version of its group, and where there is none either, none. A damaged or replaced artifact ends the run.
"""

import json
import os
from typing import TYPE_CHECKING, TypedDict

import boto3
from botocore.exceptions import ClientError

from mlops.bundled import names, parameters, s3_json
from mlops.bundled.artifact import digest_of, model_uri, verify

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeModelPackageOutputTypeDef

_SSM = boto3.client("ssm")
_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")
_GONE = {"403", "404", "AccessDenied", "NoSuchKey"}  # a missing object is denied to who may not list
_ROWS = "rows.parquet"  # of a fold, as the seed code writes it
_WAY_OUT = "put the artifact back, or reject that version, before a new one is trained"


class Event(TypedDict):
    """The step's input."""

    record_uri: str


class Champion(TypedDict):
    """The step's output parameters, ``none`` where there is no champion."""

    version: str
    sha256: str
    model_package_arn: str
    uri: str
    rows_uri: str


def handler(event: Event, _context: object) -> Champion:
    """Event: {"record_uri": S3 URI to write the answer to}; answers with version, digest, and an object that exists in any case.

    ``uri`` is the model's archive, ``rows_uri`` the folder of the test rows that it was measured on; or the record where there is
    none: a Processing input needs something that is there.
    """
    arn, record = _champion(), event["record_uri"]
    answer = Champion(version="none", sha256="none", model_package_arn=arn or "none", uri=record, rows_uri=record)
    if arn:
        package = _SAGEMAKER.describe_model_package(ModelPackageName=arn)
        uri = model_uri(package)
        digest = _verified(package, uri)
        answer |= {"version": str(package["ModelPackageVersion"]), "sha256": digest, "uri": uri}
        answer["rows_uri"] = _measured_on(uri) or record
    s3_json.write(_S3, record, answer)
    print(json.dumps({"champion": answer}))
    return answer


def _verified(package: "DescribeModelPackageOutputTypeDef", uri: str) -> str:
    version = package["ModelPackageVersion"]
    try:
        digest = digest_of(_S3, uri)
        verify(package, digest)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise ValueError(f"the deployed model version {version}: {uri} cannot be read ({code}); {_WAY_OUT}") from None
    except ValueError as error:
        raise ValueError(f"{error}; {_WAY_OUT}") from None
    return digest


def _measured_on(uri: str) -> str:
    """The test rows of the run that has made the model at ``uri``; empty where they are gone."""
    run, inside, _ = uri.partition("/model/")
    if not inside:
        return ""
    folder = f"{run}/split/test"
    bucket, key = s3_json.split(f"{folder}/{_ROWS}")
    try:
        _S3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise
        return ""
    return folder


def _champion() -> str:
    """ARN of the version to compare with; empty where there is none."""
    pointer = parameters.read(_SSM, names.parameter(os.environ["PROJECT"], names.DEPLOYED_MODEL))
    return _newest_approved() if pointer is None else str(pointer["model_package_arn"])


def _newest_approved() -> str:
    pages = _SAGEMAKER.get_paginator("list_model_packages")
    found = pages.paginate(ModelPackageGroupName=os.environ["MODEL_PACKAGE_GROUP"], ModelApprovalStatus="Approved")
    versions = [item for page in found for item in page["ModelPackageSummaryList"]]
    newest = max(versions, key=lambda item: item["ModelPackageVersion"], default=None)
    return newest["ModelPackageArn"] if newest else ""
