"""On "SageMaker Model Package State Change": record a new version's digest; an approved version becomes the deployed one.

A rejected version that is deployed gives way to the newest approved one. A rollback is another approval of an earlier version: so it is
made by whoever may approve, and nobody but this function writes the pointer. Every decision is an entry of the audit trail.
"""

import json
import os
from typing import TYPE_CHECKING, NotRequired, TypedDict

import boto3

from mlops.bundled import names
from mlops.bundled.artifact import DIGEST, digest_of, model_uri, recorded, verify
from mlops.bundled.audit import Trail
from mlops.bundled.deployment import Pointer
from mlops.bundled.pointer import ROLLBACK, newest_approved, pointer_of, withdrawn

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeModelPackageOutputTypeDef, ModelPackageSummaryTypeDef

_SSM = boto3.client("ssm")
_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")
_ACTIONS = {  # (approved, as part of a rollback)
    (True, False): "approve",
    (False, False): "reject",
    (False, True): "rollback: status taken back",
    (True, True): "rollback",
}


class Detail(TypedDict):
    """Which version changed, to what status, by whom and why."""

    ModelPackageArn: str
    ModelApprovalStatus: str
    LastModifiedBy: NotRequired[str]
    ApprovalDescription: NotRequired[str]


class Event(TypedDict):
    """EventBridge's "SageMaker Model Package State Change", as far as it is read."""

    time: str
    detail: Detail


class Answer(TypedDict):
    """What came of it; ``sha256`` of a version that was registered."""

    outcome: str
    model_package_arn: str
    sha256: NotRequired[str]


def handler(event: Event, _context: object) -> Answer:
    """Event: EventBridge's, for this project's model package group."""
    detail = event["detail"]
    package = _SAGEMAKER.describe_model_package(ModelPackageName=detail["ModelPackageArn"])
    digest = _digest(package)
    by = detail.get("LastModifiedBy") or _last_modified_by(package)
    if detail["ModelApprovalStatus"] == "Approved":
        return _audited(event, package, by, _deploy(package, digest, by))
    if detail["ModelApprovalStatus"] == "Rejected":
        return _audited(event, package, by, _give_way(package, by))
    return _log(Answer(outcome="registered", model_package_arn=package["ModelPackageArn"], sha256=digest))


def _audited(event: Event, package: "DescribeModelPackageOutputTypeDef", by: str, answer: Answer) -> Answer:
    """Record the decision after it has had its effect: where that fails, the event comes again, and the effect is the same one."""
    detail = event["detail"]
    why = detail.get("ApprovalDescription") or package.get("ApprovalDescription", "")
    rolls_back, approves = why.startswith(ROLLBACK), detail["ModelApprovalStatus"] == "Approved"
    action = _ACTIONS[approves, rolls_back]
    trail = Trail(_S3, os.environ["AUDIT_BUCKET"], os.environ["PROJECT"])
    entry = trail.append(
        action,
        f"version {package['ModelPackageVersion']}",
        by=by,
        reason=why.removeprefix(ROLLBACK),
        outcome=answer["outcome"],
        at=event["time"],
    )
    print(json.dumps({"audit": f"{entry.number}:{entry.sha256}"}))  # a function's log keeps the trail's head
    return answer


def _digest(package: "DescribeModelPackageOutputTypeDef") -> str:
    """The artifact's digest, recorded with the version when it is seen first; a version that has one must still have it."""
    found = digest_of(_S3, model_uri(package))
    verify(package, found)
    if not recorded(package):
        _SAGEMAKER.update_model_package(
            ModelPackageArn=package["ModelPackageArn"], CustomerMetadataProperties={DIGEST: found}
        )
    return found


def _give_way(rejected: "DescribeModelPackageOutputTypeDef", by: str) -> Answer:
    pointer, arn = Pointer(_SSM, _name()), rejected["ModelPackageArn"]
    current, _ = pointer.read()
    if not current or current["model_package_arn"] != arn or rejected["ModelApprovalStatus"] != "Rejected":
        return _done("nothing to do", arn)  # not deployed, or a later decision has overtaken the event
    at, why = rejected["LastModifiedTime"].isoformat(), rejected.get("ApprovalDescription", "")
    before = newest_approved(_approved(), but=arn)
    if not before:
        return _done(pointer.move(withdrawn(by, at, why)), arn)
    package = _SAGEMAKER.describe_model_package(ModelPackageName=before)
    value = pointer_of(package, _digest(package), by, at, "rejection")
    return _done(pointer.move(value | {"reason": f"version {rejected['ModelPackageVersion']} rejected: {why}"}), before)


def _deploy(package: "DescribeModelPackageOutputTypeDef", digest: str, by: str) -> Answer:
    at = package["LastModifiedTime"].isoformat()
    if package["ModelApprovalStatus"] != "Approved":
        return _done("nothing to do", package["ModelPackageArn"])  # a later decision has overtaken the event
    why = package.get("ApprovalDescription", "")
    action = "rollback" if why.startswith(ROLLBACK) else "approved"
    value = pointer_of(package, digest, by, at, action) | {"reason": why.removeprefix(ROLLBACK)}
    return _done(Pointer(_SSM, _name()).move(value), package["ModelPackageArn"])


def _approved() -> list["ModelPackageSummaryTypeDef"]:
    pages = _SAGEMAKER.get_paginator("list_model_packages")
    found = pages.paginate(ModelPackageGroupName=os.environ["MODEL_PACKAGE_GROUP"], ModelApprovalStatus="Approved")
    return [item for page in found for item in page["ModelPackageSummaryList"]]


def _last_modified_by(package: "DescribeModelPackageOutputTypeDef") -> str:
    return package.get("LastModifiedBy", {}).get("IamIdentity", {}).get("Arn", "unknown")


def _name() -> str:
    return names.parameter(os.environ["PROJECT"], names.DEPLOYED_MODEL)


def _done(outcome: str, arn: str) -> Answer:
    return _log(Answer(outcome=outcome, model_package_arn=arn))


def _log(answer: Answer) -> Answer:
    print(json.dumps(answer))
    return answer
