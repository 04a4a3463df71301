"""Requests to start a training: an object below the writer's own unique id, which the bucket's policy lets nobody else write.

``requests/<aws:userid>/<token>.json`` in the project's data bucket. A request names every parameter of the execution and is used
once: the run's first function claims its token for the execution (``mlops.bundled.claims``). What a request says of its writer is
compared with its key; a parameter of the pipeline is nobody's word but the caller's, so none says who started a run.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlops.bundled import s3_json
from mlops.bundled.people import person_of_arn, person_of_id

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PARAMETER, NONE = "StartRequest", "none"  # the pipeline's parameter, and its value where there is no request
PREFIX = "requests/"
_KEY = re.compile(rf"^{PREFIX}(?P<writer>[A-Za-z0-9:+=,.@_-]+)/(?P<token>[0-9a-f]{{32}})\.json$")


AGAIN = "start it with 'mlops train', which writes a request of its own"


class Refused(Exception):
    """A request that cannot be used; the message says why, and what to do (``then``)."""

    def __init__(self, why: str, then: str = AGAIN) -> None:
        super().__init__(f"{why}: {then}")


@dataclass(frozen=True)
class Request:
    """``writer`` is IAM's unique id of who wrote it, ``by`` the ARN that he says he has; ``parameters`` without the request itself."""

    writer: str
    token: str
    by: str
    pipeline: str
    parameters: Mapping[str, str]
    purpose: str
    reason: str
    allow_unapproved: bool
    at: str

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


def read(s3: "S3Client", bucket: str, key: str) -> tuple[Request, str]:
    """The request at ``key`` and its VersionId.

    Raises:
        Refused: it is no key of a request, nothing is there, or what is there is none.
    """
    from botocore.exceptions import ClientError

    match = _KEY.match(key)
    if match is None:
        raise Refused(f"{PARAMETER} is {_shape(key)}, not requests/<id>/<token>.json or {NONE}")
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        raise Refused(f"the start request {key} cannot be read ({error.response['Error']['Code']})") from None
    try:
        content: dict[str, Any] = json.loads(answer["Body"].read())
        return Request(**{**content, **match.groupdict()}), str(answer.get("VersionId", ""))
    except (TypeError, ValueError):
        raise Refused(f"{key} is no start request") from None


def of_now(writer: str, by: str, token: str, pipeline: str, parameters: Mapping[str, str], **why: Any) -> Request:
    """A request made now; ``why`` are purpose, reason and allow_unapproved."""
    given: dict[str, Any] = {"purpose": "train", "reason": "", "allow_unapproved": False} | why
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Request(writer=writer, by=by, token=token, pipeline=pipeline, parameters=dict(parameters), at=at, **given)


def _shape(text: str) -> str:
    return f"a text of {len(text)} characters" if text else "empty"
