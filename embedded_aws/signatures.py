"""What a request says about its signature: AWS Signature Version 4, which nothing proves yet.

A request is signed by its ``Authorization`` header or, presigned, by its query. Nothing else counts as a signature: no older
version, no second algorithm, no form.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qsl

from embedded_aws.service import ServiceError

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_UNSIGNED_BODIES = {UNSIGNED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}  # S3 alone takes these
CHUNKED = f"STREAMING-{ALGORITHM}-PAYLOAD"
_SKEW, _WEEK = timedelta(minutes=15), 604800
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM} +Credential=(?P<key>[^/,\s]+)/(?P<day>[0-9]{{8}})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request"
    r", *SignedHeaders=(?P<names>[^,\s]+), *Signature=(?P<signature>[0-9a-f]{64})"
)
_SCOPE = re.compile(r"(?P<key>[^/,\s]+)/(?P<day>[0-9]{8})/(?P<region>[^/,\s]+)/(?P<service>[^/,\s]+)/aws4_request")
_ONCE = ("authorization", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-target")
_IN_QUERY = {
    name.lower(): name
    for name in (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
        "X-Amz-Security-Token",
    )
}
_OTHER_SIGNATURES = {"awsaccesskeyid", "signature", "x-amz-region-set"}
HEX, _SECONDS = re.compile(r"[0-9a-f]{64}"), re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True)
class Request:
    """The head of a request as it arrived: path and query still encoded, names of headers in lower case."""

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]

    def every(self, name: str) -> list[str]:
        """Values of a header, one a line."""
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str:
        """A header's value; empty where it is missing."""
        return next(iter(self.every(name)), "")

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The query, decoded as the services decode it."""
        return parse_qsl(self.query, keep_blank_values=True, encoding="utf-8", errors="strict")


@dataclass(frozen=True)
class Claim:
    """Who says that he signed, when, and what; nothing of it is proved yet."""

    key: str
    token: str
    time: str
    region: str
    service: str
    names: str  # of the signed headers
    signature: str
    body: str  # what the signature covers in the body's place; empty: the body's digest, which has to be computed
    presigned: bool = False


def claim(request: Request, now: datetime | None = None) -> Claim | None:
    """The claim of a request's head; None where it is not signed at all.

    Raises:
        ServiceError: it is signed in another way than AWS does it, twice, too early or too late.
    """
    if any(len(request.every(name)) > 1 for name in _ONCE):
        raise _malformed("a header stands there twice")
    in_query = [name for name, _ in request.pairs if name.lower() in _IN_QUERY]
    if any(name.lower() in _OTHER_SIGNATURES for name, _ in request.pairs):
        raise _malformed(
            "only Signature Version 4 is accepted; boto3 presigns with it where signature_version is 's3v4'"
        )
    if request.header("authorization"):
        found = _of_header(request, in_query)
    elif in_query:
        if len(set(in_query)) != len(in_query) or not set(in_query) <= set(_IN_QUERY.values()):
            raise _malformed("a parameter of the signature stands there twice, or in other letters")
        found = _of_query(request)
    else:
        return None
    _timely(request, found, now or datetime.now(UTC))
    unsigned = {name for name, _ in request.headers if name.startswith("x-amz-")} - set(found.names.split(";"))
    if "host" not in found.names.split(";") or unsigned:
        raise ServiceError("AccessDenied", "There were headers present in the request which were not signed", 403)
    return found


def _of_header(request: Request, in_query: Sequence[str]) -> Claim:
    match = _AUTHORIZATION.fullmatch(request.header("authorization"))
    if match is None or in_query:
        raise _malformed("the Authorization header is no Signature Version 4, or not the only signature")
    time = request.header("x-amz-date")
    if time[:8] != match["day"]:
        raise _malformed("the date of the credential's scope is not that of X-Amz-Date")
    return Claim(
        match["key"],
        request.header("x-amz-security-token"),
        time,
        match["region"],
        match["service"],
        match["names"],
        match["signature"],
        _covered(request, match["service"]),
    )


def _of_query(request: Request) -> Claim:
    given = dict(request.pairs)
    scope = _SCOPE.fullmatch(given.get("X-Amz-Credential", ""))
    if (
        given.get("X-Amz-Algorithm") != ALGORITHM
        or scope is None
        or not HEX.fullmatch(given.get("X-Amz-Signature", ""))
    ):
        raise _malformed("the query's signature is incomplete")
    time = given.get("X-Amz-Date", "")
    if time[:8] != scope["day"]:
        raise _malformed("the date of the credential's scope is not that of X-Amz-Date")
    covered = _covered(request, scope["service"]) or (UNSIGNED if scope["service"] == "s3" else "")
    return Claim(
        scope["key"],
        given.get("X-Amz-Security-Token", ""),
        time,
        scope["region"],
        scope["service"],
        given.get("X-Amz-SignedHeaders", ""),
        given["X-Amz-Signature"],
        covered,
        presigned=True,
    )


def _covered(request: Request, service: str) -> str:
    stated = request.header("x-amz-content-sha256")
    known = not stated or HEX.fullmatch(stated) or stated in {CHUNKED, f"{CHUNKED}-TRAILER"}
    if not known and not (service == "s3" and stated in _UNSIGNED_BODIES):
        raise _malformed("X-Amz-Content-SHA256 is neither a digest nor a form of signature that is accepted here")
    return stated


def _timely(request: Request, found: Claim, now: datetime) -> None:
    try:
        at = datetime.strptime(found.time, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise _malformed("X-Amz-Date is no time") from None
    if at > now + _SKEW:
        raise ServiceError("RequestTimeTooSkewed", f"Signature not yet current: {found.time}", 403)
    if not found.presigned:
        if at < now - _SKEW:
            raise ServiceError("RequestTimeTooSkewed", f"Signature expired: {found.time}", 403)
        return
    lasts = dict(request.pairs).get("X-Amz-Expires", "")
    if not (_SECONDS.fullmatch(lasts) and int(lasts) <= _WEEK):
        raise _malformed("X-Amz-Expires has to be between 1 and 604800 seconds")
    if now > at + timedelta(seconds=int(lasts)):
        raise ServiceError("AccessDenied", "Request has expired", 403)


def _malformed(why: str) -> ServiceError:
    return ServiceError("IncompleteSignature", f"The request signature does not conform to AWS standards: {why}.", 403)
