"""Lambda step PublishPredictions, the inference pipeline's last: bring a batch's predictions to where they are read.

Nobody else may write there, the pipeline's own role included. SageMaker runs any steps of a pipeline on the results of an earlier
execution, any of its versions, and what has failed or was stopped once more: each could leave out a check. So whoever writes asks
whether this is a whole execution, whose gates are the present ones, and whether the model that has predicted is the registered one.
"""

import json
import os
import re
from collections.abc import Iterator
from typing import TypedDict

import boto3

from mlops.bundled import rehearsal, s3_json
from mlops.bundled.artifact import digest_of, verify
from mlops.bundled.executions import CHANGED, ensure_whole, outdated
from mlops.bundled.requests import Refused
from mlops.bundled.served import is_served, served
from mlops.bundled.specification import digest, specification

_SAGEMAKER = boto3.client("sagemaker")
_S3 = boto3.client("s3")
_LAST = "metadata.json"  # who finds it finds what it names


class Event(TypedDict):
    """The step's input; of the version what ResolveModel has answered, of the model its name."""

    execution: str
    predictions: str
    place: str
    model: str
    model_package_arn: str
    model_sha256: str
    specification_sha256: str
    rehearsal: str


class Published(TypedDict):
    """The step's output parameter: where the predictions are."""

    predictions: str


def handler(event: Event, _context: object) -> Published:
    """Event: the execution, where it has left its predictions, where they belong, and what they were made with.

    Raises:
        ValueError: a selective or an old execution, another model than the registered one, or a place that is not this batch's;
            nothing is written.
    """
    try:
        _ensure_checked(event["execution"])
    except Refused as error:
        raise ValueError(f"RefusedInput: no predictions are published: {error}") from None
    _ensure_own(event)
    _ensure_registered(event)
    if event["rehearsal"] != rehearsal.NO:
        print(json.dumps({"rehearsal": event["predictions"]}))
        return Published(predictions=event["predictions"])
    copied = _copy(event["predictions"], event["place"])
    print(json.dumps({"published": copied, "place": event["place"]}))
    return Published(predictions=event["place"])


def _ensure_checked(execution: str) -> None:
    """A whole execution, whose first step has seen the then present definition; since then nothing but the team's code has changed."""
    if f":pipeline/{os.environ['INFERENCE_PIPELINE']}/execution/" not in execution:
        raise Refused(f"this is no execution of {os.environ['INFERENCE_PIPELINE']}", "start that one")
    ensure_whole(_SAGEMAKER, execution)
    if outdated(_SAGEMAKER, execution):
        raise Refused(CHANGED, "start again")


def _ensure_own(event: Event) -> None:
    """Its own folder, by index date and execution: the date is the starter's, and could lead into another batch's (``DATE/OTHER?``)."""
    own = re.escape(event["execution"].rsplit("/", 1)[-1])
    if not re.fullmatch(rf"s3://[a-z0-9.-]+/predictions/[0-9W-]{{8,10}}/{own}", event["place"]):
        raise ValueError(
            "RefusedInput: no predictions are published: AsOf is no date written YYYY-MM-DD: start again with one"
        )


def _ensure_registered(event: Event) -> None:
    """The model's container is the registered one, nobody has rejected or changed the version since, its artifact is the same."""
    package = _SAGEMAKER.describe_model_package(ModelPackageName=event["model_package_arn"])
    version, status = package["ModelPackageVersion"], package["ModelApprovalStatus"]
    if status != "Approved":
        raise ValueError(f"model version {version} is {status} by now: its predictions are not published")
    # pointers of versions that were deployed before registrations held specifications name none
    if event["specification_sha256"] not in {"none", digest(specification(package))}:
        raise ValueError(f"model version {version} was changed since it was registered: no predictions are published")
    wanted = served(package)
    if not is_served(_SAGEMAKER.describe_model(ModelName=event["model"]), wanted):
        raise ValueError(f"the model {event['model']} is not what version {version} was registered as")
    verify(package, digest_of(_S3, wanted["ModelDataUrl"]), event["model_sha256"])


def _copy(source: str, place: str) -> int:
    """Number of objects; within S3, whatever their size."""
    (bucket, prefix), (target, folder) = s3_json.split(f"{source.rstrip('/')}/"), s3_json.split(place.rstrip("/"))
    names = sorted(_names(bucket, prefix), key=lambda name: (name == _LAST, name))
    if not names:
        raise ValueError(f"{source}: nothing is there to publish")
    for name in names:
        _S3.copy({"Bucket": bucket, "Key": f"{prefix}{name}"}, target, f"{folder}/{name}")
    return len(names)


def _names(bucket: str, prefix: str) -> Iterator[str]:
    pages = _S3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    yield from (item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", []))
