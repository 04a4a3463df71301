"""AWS Signature Version 4 as the server checks it: botocore's own signer, run over the request that arrived.

A request is signed by its ``Authorization`` header or, presigned, by its query. Nothing else counts as a signature: no older
version, no second algorithm, no form.
"""

import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials

from embedded_aws.service import ServiceError

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
_UNSIGNED_BODIES = {UNSIGNED, "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}  # S3 alone takes these
_CHUNKED = f"STREAMING-{ALGORITHM}-PAYLOAD"
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
_HEX, _SECONDS = re.compile(r"[0-9a-f]{64}"), re.compile(r"[1-9][0-9]{0,5}")


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
        or not _HEX.fullmatch(given.get("X-Amz-Signature", ""))
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
    known = not stated or _HEX.fullmatch(stated) or stated in {_CHUNKED, f"{_CHUNKED}-TRAILER"}
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


def verify_head(request: Request, found: Claim, secret: str, body: bytes = b"") -> None:
    """That the claim's signature is made with this secret; where the claim needs no body, before it is read.

    Raises:
        ServiceError: it is not.
    """
    signer, signed = _signer(request, found, secret)
    covered = found.body or sha256(body).hexdigest()
    signed.headers["X-Amz-Content-SHA256"] = covered
    text = signer.string_to_sign(signed, signer.canonical_request(signed))
    if not hmac.compare_digest(signer.signature(text, signed), found.signature):
        raise _mismatch()


def verify_body(request: Request, found: Claim, secret: str, body: bytes) -> None:
    """That the body is the one that was signed; the head has been verified.

    Raises:
        ServiceError: it is another.
    """
    if _HEX.fullmatch(found.body) and not hmac.compare_digest(sha256(body).hexdigest(), found.body):
        raise ServiceError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            400,
        )
    if found.body.startswith(_CHUNKED):
        signer, signed = _signer(request, found, secret)
        _Chunks(signer, signed, found).verify(body)


class _Chunks:
    """The signatures of an aws-chunked body, each over the one before it."""

    def __init__(self, signer: Any, signed: Any, found: Claim) -> None:
        self._signer, self._signed, self._found = signer, signed, found
        self._before = found.signature

    def verify(self, body: bytes) -> None:
        """Every chunk, and the trailer where one is announced."""
        rest = self._chunks(body)
        if not self._found.body.endswith("-TRAILER"):
            if rest.strip(b"\r\n"):
                raise _mismatch()
            return
        *lines, last = [line for line in rest.split(b"\r\n") if line] or [b""]
        name, _, signature = last.partition(b":")
        if name != b"x-amz-trailer-signature":
            raise _mismatch()
        self._check("TRAILER", [sha256(b"".join(line + b"\n" for line in lines)).hexdigest()], signature)

    def _chunks(self, body: bytes) -> bytes:
        """What follows the last chunk, which is empty."""
        for header, chunk, rest in _chunks(body):
            digests = [sha256(b"").hexdigest(), sha256(chunk).hexdigest()]
            self._check("PAYLOAD", digests, header.partition(b";chunk-signature=")[2])
            if not chunk:
                return rest
        raise _mismatch()

    def _check(self, kind: str, digests: list[str], given: bytes) -> None:
        scope = self._signer.credential_scope(self._signed)
        text = "\n".join([f"{ALGORITHM}-{kind}", self._found.time, scope, self._before, *digests])
        self._before = self._signer.signature(text, self._signed)
        if not hmac.compare_digest(self._before.encode(), given.strip()):
            raise _mismatch()


def _chunks(body: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(header, data, what follows) of each chunk."""
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        header = body[at:end]
        size = header.partition(b";")[0]
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            raise _mismatch()
        begin, length = end + 2, int(size, 16)
        at = begin + length + (2 if length else 0)
        yield header, body[begin : begin + length], b"" if length else body[begin:]


class _Verifier(SigV4Auth):
    """Signs the headers that the client says it signed, whatever botocore would choose."""

    def __init__(self, credentials: Credentials, service: str, region: str, kept: Any) -> None:
        super().__init__(credentials, service, region)
        self._kept = kept

    def headers_to_sign(self, request: Any) -> Any:  # noqa: ARG002 (botocore's signature)
        return self._kept


class _S3Verifier(_Verifier):
    """S3 signs its path as it is sent."""

    def _normalize_url_path(self, path: str) -> str:
        return path


def _signer(request: Request, found: Claim, secret: str) -> tuple[_Verifier, AWSRequest]:
    """botocore's signer, and the request as botocore has it."""
    kept = HTTPHeaders()
    for name in found.names.split(";"):
        values = request.every(name)
        if not values:
            raise _mismatch()
        for value in values:
            kept.add_header(name, value)
    pairs: Any = [
        item for item in request.pairs if item[0] != "X-Amz-Signature"
    ]  # pairs, as a name may stand there twice
    signed = AWSRequest(method=request.method, url=f"http://{request.header('host')}{request.path}", params=pairs)
    signed.context["timestamp"] = found.time
    kind = _S3Verifier if found.service == "s3" else _Verifier
    return kind(Credentials(found.key, secret), found.service, found.region, kept), signed


def _malformed(why: str) -> ServiceError:
    return ServiceError("IncompleteSignature", f"The request signature does not conform to AWS standards: {why}.", 403)


def _mismatch() -> ServiceError:
    return ServiceError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
        403,
    )
