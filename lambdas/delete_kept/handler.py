"""Delete what a project's stack has left, as whoever deletes projects has asked for it: the platform's one way to data's end.

The caller says which project, and no more. What goes stands in the project's SSM parameter, of which Parameter Store records who has
written it. A project that is there is left alone: its stack goes first, by Service Catalog. Each call works for a while and says
whether it is done, so that any amount of data goes by calls that follow each other, whoever makes them; a call that finds nothing
left is done. The trail says what begins before anything goes, and what is gone in the end; the trail itself nobody can delete.
"""

import json
import os
import re
import time
from typing import NamedTuple, TypedDict, final

import boto3

from lambdas.delete_kept.gone import Gone
from mlops.bundled import names
from mlops.bundled.audit import Trail
from mlops.bundled.deletion import Deletion, read

_S3, _SSM, _SAGEMAKER = boto3.client("s3"), boto3.client("ssm"), boto3.client("sagemaker")
_CODECOMMIT, _CATALOG, _LAMBDA = boto3.client("codecommit"), boto3.client("servicecatalog"), boto3.client("lambda")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SECONDS = 30.0  # of work in one call: the caller waits for its answer
_ACTION = "delete data"


@final
class Request(TypedDict):
    """Whose leftovers."""

    project: str


class Asked(NamedTuple):
    """Who has asked, the request's own id, and what for."""

    by: str
    id: str
    what: Deletion


class Answer(TypedDict):
    """Whether all that was asked for is gone, and what this call has removed; or why nothing was."""

    done: bool
    removed: dict[str, int]
    refused: str


def handler(event: Request, _context: object) -> Answer:
    """One call's work."""
    project = str(event.get("project", ""))
    if not _NAME.fullmatch(project) or len(project) > 32:
        return _refused("no project can be called so")
    asked = _asked(project)
    if asked is None:
        return _refused(f"project {project}: nobody has asked for a deletion")
    if _there(project):
        return _refused(f"project {project} is there: its stack goes first, by 'mlops project delete {project}'")
    _note(project, asked, "began")
    gone = Gone(project, os.environ["ACCOUNT"], time.monotonic() + _SECONDS, _S3, _SAGEMAKER, _CODECOMMIT)
    done = gone.delete(asked.what)
    if done:
        _note(project, asked, "gone")
        _SSM.delete_parameter(Name=names.parameter(project, names.DELETION))
    answer = Answer(done=done, removed=dict(gone.removed), refused="")
    print(json.dumps({"project": project, **answer}))
    return answer


def _note(project: str, asked: Asked, how: str) -> None:
    """An entry of the trail, once for each request."""
    beside = asked.what.beside
    if beside:
        Trail(_S3, os.environ["AUDIT_BUCKET"], project).append(
            _ACTION,
            project,
            by=asked.by,
            reason=asked.what.reason,
            outcome=f"{how}: {', '.join(beside)}",
            once=f"{asked.id}:{how}",
        )


def _refused(why: str) -> Answer:
    return Answer(done=False, removed={}, refused=why)


def _asked(project: str) -> Asked | None:
    """What Parameter Store says; None where nobody has asked."""
    try:
        pages = _SSM.get_paginator("get_parameter_history").paginate(Name=names.parameter(project, names.DELETION))
        last = [item for page in pages for item in page["Parameters"]][-1]
    except _SSM.exceptions.ParameterNotFound:
        return None
    id_ = f"{last['Version']}:{last['LastModifiedDate'].isoformat()}"
    return Asked(last["LastModifiedUser"], id_, read(last["Value"]))


def _there(project: str) -> bool:
    """Whether Service Catalog has the project, or, as Studio names its own otherwise, its stack has a function."""
    filters = {"AccessLevelFilter": {"Key": "Account", "Value": "self"}}
    answer = _CATALOG.search_provisioned_products(**filters)
    while True:
        if any(it["Name"] == project for it in answer["ProvisionedProducts"]):
            return True
        if not answer.get("NextPageToken"):
            break
        answer = _CATALOG.search_provisioned_products(**filters, PageToken=answer["NextPageToken"])
    try:
        _LAMBDA.get_function_configuration(FunctionName=f"{project}-publish-code")
    except _LAMBDA.exceptions.ResourceNotFoundException:
        return False
    return True
