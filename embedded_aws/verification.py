"""Whether a claimed signature holds: botocore's own signer, run over the request that arrived."""

import hmac
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials

from embedded_aws.service import ServiceError
from embedded_aws.signatures import ALGORITHM, CHUNKED, HEX, Claim, Request


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
    if HEX.fullmatch(found.body) and not hmac.compare_digest(sha256(body).hexdigest(), found.body):
        raise ServiceError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            400,
        )
    if found.body.startswith(CHUNKED):
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


def _mismatch() -> ServiceError:
    return ServiceError(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. "
        "Check your AWS Secret Access Key and signing method.",
        403,
    )
