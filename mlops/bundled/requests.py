"""Requests to start a training: an object below the writer's own unique id, which the bucket's policy lets nobody else write.

``requests/<aws:userid>/<token>.json`` in the project's data bucket. A request names every parameter of the execution, the tables that
it reads and the definition that runs, holds for an hour, and is used once: the run's first function claims its token for the execution
(``mlops.bundled.claims``). Who wrote it is what its key says; what it says of its writer only adds somebody. A parameter of the pipeline
is nobody's word but the caller's, so none says who started a run.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mlops.bundled import s3_json, written
from mlops.bundled.people import person_of_arn, person_of_id
from mlops.bundled.written import Odd

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PARAMETER, NONE = "StartRequest", "none"  # the pipeline's parameter, and its value where there is no request
PREFIX = "requests/"
HOLDS = timedelta(hours=1)  # from the moment in which S3 has taken it; whoever wants to start later asks again
_KEY = re.compile(rf"{PREFIX}(?P<writer>[A-Za-z0-9:+=,.@_-]+)/(?P<token>[0-9a-f]{{32}})\.json")
_ARN = re.compile(r"arn:[\w-]+:(?:sts|iam)::\d{12}:[\w+=,.@/-]+", re.ASCII)
_PIPELINE, _PARAMETER, _PURPOSE = (
    re.compile(r"[A-Za-z0-9-]{1,256}"),
    re.compile(r"[A-Za-z0-9_-]{1,256}"),
    re.compile(r"[a-z]{1,32}"),
)
_LONGEST = 1024  # characters of a parameter's value, as SageMaker takes it

AGAIN = "start it with 'mlops train', which writes a request of its own"


class Refused(Exception):
    """A request that cannot be used; the message says why, and what to do (``then``)."""

    def __init__(self, why: str, then: str = AGAIN) -> None:
        super().__init__(f"{why}: {then}")


@dataclass(frozen=True)
class Request:
    """``writer`` is IAM's unique id of who wrote it, ``by`` the ARN that he says he has; ``parameters`` without the request itself.

    ``tables`` is the digest of the tables below DatasetUri (``dataset_tables.digest``; empty of a version of the registry, whose
    manifest pins them), ``definition`` that of the pipeline's definition.
    """

    writer: str
    token: str
    by: str
    pipeline: str
    parameters: Mapping[str, str]
    purpose: str
    reason: str
    allow_unapproved: bool
    at: str
    definition: str
    tables: str = ""

    @property
    def key(self) -> str:
        """Where it lies."""
        return f"{PREFIX}{self.writer}/{self.token}.json"

    @property
    def person(self) -> str:
        """Who wrote it, on IAM's word."""
        return person_of_id(self.writer)

    @property
    def people(self) -> frozenset[str]:
        """He, and whom he says that he is: a false word adds somebody, it removes nobody."""
        return frozenset({self.person, person_of_arn(self.by)})


def write(s3: "S3Client", bucket: str, request: Request) -> str:
    """Write the request once; its key, which is the value of the pipeline's parameter.

    One of this token that is there already is the writer's own (an event that came twice): it stays.
    """
    content = {name: value for name, value in asdict(request).items() if name not in {"writer", "token"}}
    body = json.dumps(content, sort_keys=True).encode()
    s3_json.put_new(s3, bucket, request.key, body)
    return request.key


@dataclass(frozen=True)
class Received:
    """A request as S3 has it: its VersionId, and when it was written, which is not its writer's word."""

    request: Request
    version_id: str
    written_at: datetime

    def ensure_holds(self, began: datetime) -> None:
        """For an execution that was started at ``began``.

        Raises:
            Refused: it was written too long before.
        """
        if began - self.written_at > HOLDS:
            raise Refused(f"the start request is older than {HOLDS.total_seconds() / 3600:g} h")


def read(s3: "S3Client", bucket: str, key: str) -> Received:
    """The request at ``key``.

    Raises:
        Refused: it is no key of a request, nothing is there, or what is there is none.
    """
    from botocore.exceptions import ClientError

    match = _KEY.fullmatch(key)
    if match is None:
        raise Refused(f"{PARAMETER} is {_shape(key)}, not requests/<id>/<token>.json or {NONE}")
    try:
        found = written.fetched(s3, bucket, key)
        request = parsed(match["writer"], match["token"], found.body)
    except ClientError as error:
        raise Refused(f"the start request {key} cannot be read ({error.response['Error']['Code']})") from None
    except Odd as error:
        raise Refused(f"{key} is no start request ({error})") from None
    return Received(request, found.version_id, found.written_at)


def parsed(writer: str, token: str, body: bytes) -> Request:
    """The request that ``writer`` has written.

    Raises:
        Odd: it is none.
    """
    found = written.document(body)
    allowed = found.get("allow_unapproved", False)
    if not isinstance(allowed, bool):
        raise Odd("its allow_unapproved is neither true nor false")
    return Request(
        writer=writer,
        token=token,
        by=written.matching(found, "by", _ARN),
        pipeline=written.matching(found, "pipeline", _PIPELINE),
        parameters=_parameters(found.get("parameters")),
        purpose=written.matching(found, "purpose", _PURPOSE),
        reason=written.text(found, "reason"),
        allow_unapproved=allowed,
        at=written.text(found, "at", 64),
        definition=written.sha256(found, "definition"),
        tables=written.sha256(found, "tables") if found.get("tables") else "",
    )


def _parameters(found: object) -> dict[str, str]:
    if not isinstance(found, dict) or not all(_PARAMETER.fullmatch(name) for name in found):
        raise Odd("its parameters are no names with their values")
    return {name: written.text(found, name, _LONGEST) for name in found}


def definition_digest(definition: str) -> str:
    """SHA-256 of a pipeline's definition, as DescribePipeline tells it."""
    return hashlib.sha256(definition.encode()).hexdigest()


def of_now(writer: str, by: str, token: str, pipeline: str, parameters: Mapping[str, str], **more: Any) -> Request:
    """A request made now; ``more`` are definition, tables, purpose, reason and allow_unapproved."""
    given: dict[str, Any] = {"purpose": "train", "reason": "", "allow_unapproved": False} | more
    given["reason"] = written.line(given["reason"])[: written.LONGEST]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Request(writer=writer, by=by, token=token, pipeline=pipeline, parameters=dict(parameters), at=at, **given)


def _shape(text: str) -> str:
    return f"a text of {len(text)} characters" if text else "empty"
