"""On "SageMaker Model Package State Change": an approved version becomes the deployed one; a rejected deployed version gives way."""

import json
import os

import boto3
from pointer import newest_approved, pointer_of

_SSM = boto3.client("ssm")
_SAGEMAKER = boto3.client("sagemaker")


def handler(event: dict, _context: object) -> dict:
    """Event: EventBridge's, for this project's model package group."""
    detail = event["detail"]
    arn, status = detail["ModelPackageArn"], detail["ModelApprovalStatus"]
    if status == "Approved":
        return _deploy(arn, detail.get("LastModifiedBy", "unknown"), event["time"])
    if status == "Rejected" and _deployed_arn() == arn:
        before = newest_approved(_approved(), but=arn)
        if before:
            return _deploy(before, detail.get("LastModifiedBy", "unknown"), event["time"])
        _SSM.delete_parameter(Name=_name())
        return _log("withdrawn", arn)
    return _log("nothing to do", arn)


def _deploy(arn: str, by: str, at: str) -> dict:
    package = _SAGEMAKER.describe_model_package(ModelPackageName=arn)
    value = json.dumps(pointer_of(package, by, at), sort_keys=True)
    _SSM.put_parameter(Name=_name(), Value=value, Type="String", Overwrite=True)
    return _log("deployed", arn)


def _approved() -> list[dict]:
    pages = _SAGEMAKER.get_paginator("list_model_packages")
    found = pages.paginate(ModelPackageGroupName=os.environ["MODEL_PACKAGE_GROUP"], ModelApprovalStatus="Approved")
    return [item for page in found for item in page["ModelPackageSummaryList"]]


def _deployed_arn() -> str:
    try:
        return json.loads(_SSM.get_parameter(Name=_name())["Parameter"]["Value"])["model_package_arn"]
    except _SSM.exceptions.ParameterNotFound:
        return ""


def _name() -> str:
    return f"/mlops/{os.environ['PROJECT']}/deployed-model"


def _log(what: str, arn: str) -> dict:
    answer = {"outcome": what, "model_package_arn": arn}
    print(json.dumps(answer))  # noqa: T201 (a function's log)
    return answer
