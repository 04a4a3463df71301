"""Why an approval does not count: what stands there is not what was registered, or the person signs for himself."""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lambdas.record_approval.registration import Registration, card_differs
from mlops.bundled import rehearsal
from mlops.bundled.artifact import model_uri, version_of
from mlops.bundled.claims import shown
from mlops.bundled.people import arn_of, people
from mlops.bundled.specification import differences, specification, told

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ANEW = "train a new version"
_UNUSABLE = {"pending", "rejected"}
Package = Mapping[str, Any]
_OWN = ("execution", "record-approval", "record-card")  # roles of the project that can have changed a version


def objections(s3: "S3Client", package: Package, registered: Registration | None, reason: str) -> Iterator[str]:
    """Each in a line; none where the approval counts. ``reason`` is the approver's."""
    if registered is None:
        yield f"the audit trail has no registration of this version: {_ANEW}"
        return
    if registered.rehearsed:
        yield rehearsal.WHY
        return
    yield from _changed(s3, package, registered.details)
    yield from _signed_for_himself(package, registered)
    if not registered.attributed and registered.details["dataset_review"] in _UNUSABLE:
        review = registered.details["dataset_review"]
        yield f"its data set is {review}, and nobody has asked to train on it all the same: have it approved and {_ANEW}"
    elif not registered.attributed and os.environ["UNATTRIBUTED_VERSIONS"] == "refuse":
        yield f"nobody's request started its run, and the project refuses such versions: {_ANEW} with 'mlops train'"
    elif not (registered.attributed or reason.strip()):
        yield "nobody's request started its run: an approval of such a version needs a reason"


def _changed(s3: "S3Client", package: Package, registered: Mapping[str, Any]) -> Iterator[str]:
    places = differences(registered["specification"], specification(package))
    if places:
        yield f"{told(places)} changed since the registration: {_ANEW}"
        return  # the artifact that is named there may be another one
    try:
        found, _ = version_of(s3, model_uri(package))
    except ValueError as error:
        yield f"the artifact is damaged: {error}"
        return
    if found != registered["sha256"]:
        yield f"the artifact is damaged or was replaced: sha256 {found}, registered was {registered['sha256']}: {_ANEW}"
    if card_differs(package, registered["card"]):
        yield f"its model card is not the one that the evaluation has written: {_ANEW}"


def _signed_for_himself(package: Package, registered: Registration) -> Iterator[str]:
    """By person: whoever started the run or pushed its code; an approver who cannot be told is none."""
    approver = package.get("LastModifiedBy", {})
    names = people(approver)
    if not names:
        yield "who approved it cannot be told: approve it as somebody with a name"
    elif any(f":assumed-role/mlops-{os.environ['OWNER']}-{purpose}/" in arn_of(approver) for purpose in _OWN):
        yield "a function of the project has changed it since, so who approved it cannot be told: approve it again"
    elif names & registered.people:
        yield f"{shown(names & registered.people)} started its run or pushed its code: another person must approve it"
