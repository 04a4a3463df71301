"""On "SageMaker Model Package State Change": write down what was registered, and hold decisions to it.

From a version that was registered from an approved data set on, retraining uses that data set: nothing else ever writes that down.

An approved version becomes the deployed one. An approval by the person who started the run or pushed its code, or of a version that
is not what was registered, is refused: the version becomes Rejected, with the reason. A rejected version that is deployed gives way
to the newest approved one. A rollback is another approval of an earlier version: so it is made by whoever may approve, held to the
same, and nobody but this function writes the pointer. A rehearsal's version is Rejected as soon as it is registered, and whoever approves
it is refused. Every registration and every decision is an entry of the audit trail.
"""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import boto3
from botocore.exceptions import ClientError

from lambdas.record_approval import registration
from lambdas.record_approval.objections import objections
from lambdas.record_approval.registration import NotOurs, Registration
from mlops.bundled import names, rehearsal
from mlops.bundled.announced import Announced, Retraining
from mlops.bundled.audit import Trail
from mlops.bundled.claims import Claims, Start
from mlops.bundled.decided import card_after
from mlops.bundled.deployment import Pointer
from mlops.bundled.people import arn_of
from mlops.bundled.pointer import REFUSED, ROLLBACK, newest_approved, pointer_of, withdrawn
from mlops.bundled.reviews import APPROVED

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
_LONGEST = 1000  # characters of a reason; ApprovalDescription takes 1,024


class Detail(TypedDict):
    """Which version changed, and to what status."""

    ModelPackageArn: str
    ModelApprovalStatus: str
    ApprovalDescription: NotRequired[str]


class Event(TypedDict):
    """EventBridge's "SageMaker Model Package State Change", as far as it is read."""

    id: str  # the same one, however often the event comes
    time: str
    detail: Detail


class _Once(TypedDict):
    once: str
    since: str


class Answer(TypedDict):
    """What came of it; ``sha256`` of a version that was registered, ``refused`` why a decision does not count."""

    outcome: str
    model_package_arn: str
    sha256: NotRequired[str]
    refused: NotRequired[str]


def handler(event: Event, _context: object) -> Answer:
    """Event: EventBridge's, for the model package group whose versions the project makes or uses."""
    detail = event["detail"]
    package = _package(detail["ModelPackageArn"])
    if package is None:
        return _done("gone with its rehearsal", detail["ModelPackageArn"])
    if detail["ModelApprovalStatus"] == "PendingManualApproval":
        return _register(event, package) if _owns() else _done("another project's", package["ModelPackageArn"])
    trail = _trail(os.environ["OWNER"])
    if detail["ModelApprovalStatus"] == "Approved":
        registered = registration.awaited(trail, package)
        return _audited(event, package, registered, _approve(package, registered))
    registered, answer = registration.found(trail, package), _give_way(package)
    ours = f":assumed-role/mlops-{os.environ['OWNER']}-record-approval/" in _by(
        package
    )  # its entry is that of the refusal
    return _log(answer) if ours else _audited(event, package, registered, answer)


def _package(arn: str) -> "DescribeModelPackageOutputTypeDef | None":
    """The version; None of one that went when its rehearsal ended, before its last event came."""
    try:
        return _SAGEMAKER.describe_model_package(ModelPackageName=arn)
    except ClientError:
        registered = registration.found(_trail(os.environ["OWNER"]), {"ModelPackageArn": arn})
        if registered is None or not registered.rehearsed:
            raise
        return None


def _register(event: Event, package: "DescribeModelPackageOutputTypeDef") -> Answer:
    trail, arn = _trail(os.environ["PROJECT"]), package["ModelPackageArn"]
    if (before := registration.found(trail, package)) is not None:
        return _rehearsed(package) if before.rehearsed else _done("registered already", arn)
    try:
        registration.ensure_untouched(package, os.environ["PROJECT"])
        start = registration.start_of(_SAGEMAKER, _claims(), package, os.environ["TRAINING_PIPELINE"])
        details = registration.details_of(_S3, package, start, trail)
    except NotOurs as error:
        _reject(package, str(error))
        _audit(
            trail.append(
                registration.ACTION,
                _subject(package),
                by=_by(package),
                outcome="refused",
                reason=str(error),
                **_of(event),
            )
        )
        return _log(Answer(outcome="refused", model_package_arn=arn, refused=str(error)))
    played = details["dataset_review"] == rehearsal.STATUS
    outcome, at = "a rehearsal: never approved" if played else "waits for approval", event["time"]
    details["retraining"] = _choose(package, start, details, at)
    _audit(
        trail.append(
            registration.ACTION,
            _subject(package),
            by=start.by,
            reason=start.reason,
            outcome=outcome,
            at=at,
            details=details,
            **_of(event),
        )
    )
    if played:
        return _rehearsed(package)
    return _log(Answer(outcome="registered", model_package_arn=arn, sha256=details["sha256"]))


def _rehearsed(package: "DescribeModelPackageOutputTypeDef") -> Answer:
    """Whoever looks at the registry sees at once that nobody has to decide on it."""
    _reject(package, rehearsal.WHY)
    return _done("a rehearsal", package["ModelPackageArn"])


def _choose(package: "DescribeModelPackageOutputTypeDef", start: Start, details: Mapping[str, Any], at: str) -> str:
    """Have retraining use the version's data set, where others have approved that; what came of it, for the record."""
    if details["dataset_review"] != APPROVED:
        return f"does not use its data set, which is {details['dataset_review']}"
    number = package["ModelPackageVersion"]
    value = Announced(start.dataset_uri, start.dataset_id, number, at, [*details["people"]])
    kept = Retraining(_SSM, names.parameter(os.environ["PROJECT"], names.LATEST_DATASET)).use(value)
    return "uses its data set" if kept else "uses that of a newer version"


def _approve(package: "DescribeModelPackageOutputTypeDef", registered: Registration | None) -> Answer:
    arn = package["ModelPackageArn"]
    if package["ModelApprovalStatus"] != "Approved":
        return _done("nothing to do", arn)  # a later decision has overtaken the event
    why = package.get("ApprovalDescription", "").removeprefix(ROLLBACK)
    found = "; ".join(objections(_S3, package, registered, why))
    if found or registered is None:
        if _owns():
            _reject(package, found)
        return _log(Answer(outcome="refused", model_package_arn=arn, refused=found))
    if os.environ["DEPLOYS"] != "yes":
        return _done("approved", arn)
    return _deploy(package, registered)


def _deploy(package: "DescribeModelPackageOutputTypeDef", registered: Registration) -> Answer:
    why = package.get("ApprovalDescription", "")
    action = "rollback" if why.startswith(ROLLBACK) else "approved"
    value = _pointer(package, registered, _by(package), package["LastModifiedTime"].isoformat(), action)
    moved = Pointer(_SSM, _name()).move(value | {"reason": why.removeprefix(ROLLBACK)})
    return _done(moved, package["ModelPackageArn"])


def _give_way(rejected: "DescribeModelPackageOutputTypeDef") -> Answer:
    """A rejected version that is deployed gives way to the newest approved one that is what was registered."""
    arn = rejected["ModelPackageArn"]
    if os.environ["DEPLOYS"] != "yes":
        return Answer(outcome="rejected", model_package_arn=arn)
    pointer = Pointer(_SSM, _name())
    current, _ = pointer.read()
    if not current or current["model_package_arn"] != arn or rejected["ModelApprovalStatus"] != "Rejected":
        return Answer(outcome="nothing to do", model_package_arn=arn)  # not deployed, or overtaken by a later decision
    by, at = _by(rejected), rejected["LastModifiedTime"].isoformat()
    why = rejected.get("ApprovalDescription", "")
    before = newest_approved(_approved(), but=arn)
    package = _SAGEMAKER.describe_model_package(ModelPackageName=before) if before else None
    registered = registration.found(_trail(os.environ["OWNER"]), package) if package else None
    if package is None or registered is None or any(objections(_S3, package, registered, "a rejection")):
        return Answer(outcome=pointer.move(withdrawn(by, at, why)), model_package_arn=arn)
    value = _pointer(package, registered, by, at, "rejection")
    moved = pointer.move(value | {"reason": f"version {rejected['ModelPackageVersion']} rejected: {why}"})
    return Answer(outcome=moved, model_package_arn=package["ModelPackageArn"])


def _pointer(
    package: "DescribeModelPackageOutputTypeDef", registered: Registration, by: str, at: str, action: str
) -> dict[str, Any]:
    value = pointer_of(package, str(registered.details["sha256"]), by, at, action)
    return value | {"specification_sha256": registered.details["specification_sha256"]}


def _audited(
    event: Event, package: "DescribeModelPackageOutputTypeDef", registered: Registration | None, answer: Answer
) -> Answer:
    """Record the decision after it has had its effect: where that fails, the event comes again, and the effect is the same one."""
    detail = event["detail"]
    why = detail.get("ApprovalDescription") or package.get("ApprovalDescription", "")
    known: Mapping[str, Any] = registered.details if registered else {}
    facts = {
        "package": package["ModelPackageArn"],
        "people": known.get("people", []),
        **{name: known.get(name, "") for name in ("sha256", "dataset_id", "started_by", "start_kind")},
        "attributed": bool(known.get("attributed")),
    }
    if "refused" in answer:
        facts["refused"] = answer["refused"]
    entry = _trail(os.environ["PROJECT"]).append(
        _ACTIONS[detail["ModelApprovalStatus"] == "Approved", why.startswith(ROLLBACK)],
        _subject(package),
        by=_by(package),
        reason=why.removeprefix(ROLLBACK),
        outcome=_outcome(answer, known),
        at=event["time"],
        details=facts,
        **_of(event),
    )
    _audit(entry)
    return answer


def _of(event: Event) -> _Once:
    """What makes an entry the only one of its event."""
    return {"once": event["id"], "since": event["time"]}


def _outcome(answer: Answer, known: Mapping[str, Any]) -> str:
    if "refused" in answer:
        return f"refused: {answer['refused']}"
    marked = known and not known["attributed"]
    return f"{answer['outcome']}; nobody's request started its run" if marked else answer["outcome"]


def _audit(entry: Any) -> None:
    print(json.dumps({"audit": f"{entry.number}:{entry.sha256}"}))  # a function's log keeps the trail's head


def _reject(package: "DescribeModelPackageOutputTypeDef", why: str) -> None:
    _SAGEMAKER.update_model_package(
        ModelPackageArn=package["ModelPackageArn"],
        ModelApprovalStatus="Rejected",
        ApprovalDescription=f"{REFUSED}{why}"[:_LONGEST],
        **card_after(package, "Rejected"),
    )


def _approved() -> list["ModelPackageSummaryTypeDef"]:
    pages = _SAGEMAKER.get_paginator("list_model_packages")
    found = pages.paginate(ModelPackageGroupName=os.environ["MODEL_PACKAGE_GROUP"], ModelApprovalStatus="Approved")
    return [item for page in found for item in page["ModelPackageSummaryList"]]


def _owns() -> bool:
    """Whether the group's versions are the project's own."""
    return os.environ["OWNER"] == os.environ["PROJECT"]


def _by(package: "DescribeModelPackageOutputTypeDef") -> str:
    return arn_of(package.get("LastModifiedBy") or package.get("CreatedBy") or {})


def _subject(package: "DescribeModelPackageOutputTypeDef") -> str:
    return f"version {package['ModelPackageVersion']}"


def _trail(scope: str) -> Trail:
    return Trail(_S3, os.environ["AUDIT_BUCKET"], scope)


def _claims() -> Claims:
    return Claims(_S3, os.environ["AUDIT_BUCKET"], os.environ["PROJECT"])


def _name() -> str:
    return names.parameter(os.environ["PROJECT"], names.DEPLOYED_MODEL)


def _done(outcome: str, arn: str) -> Answer:
    return _log(Answer(outcome=outcome, model_package_arn=arn))


def _log(answer: Answer) -> Answer:
    print(json.dumps(answer))
    return answer
