"""A version's registration: where it comes from, found by asking the services, and the audit entry that later decisions are held to."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.bundled import rehearsal, s3_json
from mlops.bundled.artifact import DIGEST, model_uri, version_of
from mlops.bundled.audit import REGISTERED, Trail
from mlops.bundled.claims import Claims, Start
from mlops.bundled.executions import CHANGED, outdated
from mlops.bundled.people import arn_of
from mlops.bundled.requests import Refused
from mlops.bundled.reviews import Review, review
from mlops.bundled.specification import digest, specification

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

ACTION, DELIVERED, AUTHORIZE = REGISTERED, "deliver", "AuthorizeRun"
# seconds for what comes a moment later; after a failure Lambda tries again in a minute, then in two
_WAIT, _PAUSE = 20.0, 0.25
_RUNNING = {"Executing", "Stopping"}  # executions whose steps may still say something
_ADDED = {"model_package_details"}  # to a card, by SageMaker
Package = Mapping[str, Any]


class NotOurs(Exception):
    """The version was not made by a run of the project's own training pipeline; the message says what is wrong."""


class NotYet(Exception):
    """What the registration needs is not there yet: the event has to come again."""


@dataclass(frozen=True)
class Registration:
    """What was registered: the audit entry's details."""

    details: Mapping[str, Any]

    @property
    def people(self) -> frozenset[str]:
        """Who started the run, or pushed its code."""
        return frozenset(self.details["people"])

    @property
    def attributed(self) -> bool:
        """Whether it is known who or what started the run."""
        return bool(self.details["attributed"])

    @property
    def rehearsed(self) -> bool:
        """Whether a rehearsal has made it."""
        return bool(self.details["dataset_review"] == rehearsal.STATUS)


def found(trail: Trail, package: Package) -> Registration | None:
    """The version's registration in the trail; None where there is none."""
    arn = package["ModelPackageArn"]
    entry = trail.newest(lambda it: it.action == ACTION and it.details.get("package") == arn)
    return Registration(entry.details) if entry else None


def awaited(trail: Trail, package: Package, seconds: float = _WAIT) -> Registration | None:
    """As ``found``, for a decision that may come a moment after the registration."""
    deadline = time.monotonic() + seconds
    while (registered := found(trail, package)) is None and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return registered


def ensure_untouched(package: Package, project: str) -> None:
    """What is written down is what the run has registered: nobody may have changed or decided it before.

    Raises:
        NotOurs: it is no longer pending, or somebody else than the project's own roles has changed it.
    """
    by = arn_of(package.get("LastModifiedBy") or package.get("CreatedBy") or {})
    own = [f":assumed-role/mlops-{project}-{purpose}/" for purpose in ("execution", "record-card")]
    if package["ModelApprovalStatus"] != "PendingManualApproval":
        raise NotOurs("it was decided before its registration was written down")
    if package.get("LastModifiedBy") and not any(role in by for role in own):
        raise NotOurs("somebody changed it before its registration was written down")


def details_of(s3: "S3Client", package: Package, start: Start, trail: Trail) -> dict[str, Any]:
    """The whole specification, the artifact as it is now, and who is behind it.

    Raises:
        NotOurs: the artifact is not the one that the run evaluated, or its data set has been rejected meanwhile.
    """
    reviewed = _review_anew(s3, start)
    content, (sha256, version_id) = specification(package), version_of(s3, model_uri(package))
    evaluated = package.get("CustomerMetadataProperties", {}).get(DIGEST, "")
    if evaluated and evaluated != sha256:
        raise NotOurs(f"its artifact has sha256 {sha256}, the run evaluated {evaluated}")
    code = origin(trail, start.code)
    return {
        "package": package["ModelPackageArn"],
        "sha256": sha256,
        "version_id": version_id,
        "specification": content,
        "specification_sha256": digest(content),
        "card": _card(s3, package),
        "dataset_id": start.dataset_id,
        "dataset_review": reviewed,
        "run": start.execution,
        "code": start.code,
        "started_by": start.by,
        "start_kind": start.kind,
        "request": start.request,
        "request_version": start.request_version,
        "attributed": start.attributed and code.known,
        "people": sorted({*start.people, *code.people}),
    }


def _review_anew(s3: "S3Client", start: Start) -> str:
    """What others say of the data set now: a run may have been stopped and retried after they have changed their minds."""
    try:
        buckets = os.environ["DATASETS_BUCKET"], os.environ["DATA_BUCKET"]
        judged = review(s3, *buckets, start.dataset_id, start.dataset_uri)
    except Refused as error:
        raise NotOurs(str(error)) from None
    if judged.tables != start.tables:
        raise NotOurs("tables were added to its data set since its run began, or lack")
    if Review(start.review).usable and not judged.usable:
        raise NotOurs(f"its data set is {judged.status} by now, and was {start.review} when its run began: start again")
    return judged.status


@dataclass(frozen=True)
class Origin:
    """Who has pushed a code; ``known`` is false where some of it came in by nobody's delivery."""

    people: frozenset[str]
    known: bool


def origin(trail: Trail, code: str) -> Origin:
    """Of the code with this digest, from the entries that publish-code has written."""
    found = [it.details for it in trail.entries() if it.action == DELIVERED and it.details.get("code") == code]
    people = {person for it in found for person in it.get("pushers", [])}
    return Origin(frozenset(people), bool(found) and all(it.get("known", False) for it in found))


def start_of(sagemaker: "SageMakerClient", claims: Claims, package: Package, pipeline: str) -> Start:
    """How the run began that has registered the version; asked of SageMaker, since metadata are the caller's word.

    Raises:
        NotOurs: no such run, not this pipeline's, selective, one that its first function has not accepted, or one of a definition
            that the project has no longer (a retried execution runs what it began with).
        NotYet: the run goes on, and none of its steps has said which version it has made.
    """
    arn = str(package.get("CustomerMetadataProperties", {}).get("pipeline_execution_arn", ""))
    if f":pipeline/{pipeline}/execution/" not in arn:
        raise NotOurs(f"it was not registered by a run of {pipeline}")
    execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    selective: object = execution.get("SelectiveExecutionConfig")
    if selective:
        raise NotOurs("it was registered by a selective execution")
    if not _registered_by(sagemaker, arn, package["ModelPackageArn"]):
        raise NotOurs(f"the run that it names, {arn.rsplit('/', 1)[-1]}, has registered another version or none")
    start = claims.start(arn)
    if start is None:
        raise NotOurs(f"its run began without the step {AUTHORIZE}: an old version of the pipeline")
    if outdated(sagemaker, arn):
        raise NotOurs(f"its run: {CHANGED}: start again, so that its model meets what the project asks for now")
    return start


def _registered_by(sagemaker: "SageMakerClient", execution: str, package: str) -> bool:
    """Whether a step of the execution has made this version; the step may end a moment after the version appears.

    Raises:
        NotYet: the execution goes on, and none of its steps has made any.
    """
    deadline = time.monotonic() + _WAIT
    while True:
        # first whether it goes on: what it says until it ends is in the steps that are asked for afterwards
        status = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)["PipelineExecutionStatus"]
        pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
        steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
        made = [step.get("Metadata", {}).get("RegisterModel", {}).get("Arn", "") for step in steps]
        if package in made:
            return True
        if any(made) or status not in _RUNNING:
            return False
        if time.monotonic() > deadline:
            raise NotYet(f"no step of {execution} has said which version it has made: the event comes again")
        time.sleep(_PAUSE)


def _card(s3: "S3Client", package: Package) -> dict[str, Any]:
    """The card that the evaluation has written; empty where the version has none."""
    folder = package.get("CustomerMetadataProperties", {}).get("prediction_baseline", "")
    if not folder:
        return {}
    try:
        return s3_json.read(s3, f"{folder}/registry_card.json")
    except s3.exceptions.NoSuchKey:
        return {}


def card_differs(package: Package, registered: Mapping[str, Any]) -> bool:
    """Whether the card that the registry shows is another than the evaluation's; SageMaker adds what it knows of the package itself."""
    content = package.get("ModelCard", {}).get("ModelCardContent", "")
    found = json.loads(content) if content else {}
    return {name: value for name, value in found.items() if name not in _ADDED or name in registered} != dict(
        registered
    )
