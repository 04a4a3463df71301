"""Objects under keys of KMS: S3 asks KMS with its caller's rights, and takes AWS's own key where it is given none.

Amazon S3 User Guide, "Using server-side encryption with AWS KMS keys (SSE-KMS)" and "Reducing the cost of SSE-KMS with Amazon S3 Bucket
Keys": a write takes kms:GenerateDataKey, a read kms:Decrypt, a part of an upload kms:Decrypt; a HEAD neither, unless it wants a checksum.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ministack.core import responses, router
from ministack.services import s3

from embedded_aws.ministack import keys
from embedded_aws.service import ServiceError

Answer = tuple[int, dict[str, str], bytes]
Handle = Callable[..., Awaitable[Any]]
Check = Callable[..., Answer | None]
Headers = Mapping[str, str]
_KIND = "x-amz-server-side-encryption"
_KEY, BUCKET_KEY = f"{_KIND}-aws-kms-key-id", f"{_KIND}-bucket-key-enabled"
_WITH_KMS = {"aws:kms", "aws:kms:dsse"}
_OWN = "alias/aws/s3"
_BUCKET_KEYS = re.compile(rb"<BucketKeyEnabled>\s*true\s*<", re.IGNORECASE)


@dataclass(frozen=True)
class _Request:
    """Who asks for what; requests of the server itself have nobody who would be judged."""

    access_key: str = ""
    method: str = ""
    bucket: str = ""
    key: str = ""


_NOBODY = _Request()
_request: ContextVar[_Request] = ContextVar("request", default=_NOBODY)


def noting_callers(known: Handle) -> Handle:
    """Whoever sends a request is who its objects' keys are asked for."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any], *rest: Any, **named: Any
    ) -> Any:
        bucket, key = s3._parse_bucket_key(path, headers)
        asked = _Request(router.extract_access_key_id(headers, query), method, bucket, key)
        before = _request.set(asked)
        try:
            return await known(method, path, headers, body, query, *rest, **named)
        finally:
            _request.reset(before)

    return handle


def wanted_key(action: str, query: Mapping[str, Any], headers: Headers) -> dict[str, str]:
    """The condition key that names a write's key, by its ARN; a part and the completion carry what their upload was begun with."""
    if action != "s3:PutObject":
        return {}
    upload = s3._multipart_uploads.get(s3._qp(query, "uploadId"))
    begun = upload["preserved_headers"] if upload and upload.get("requested_sse") else {}
    wanted = begun.get(_KEY, "") if upload else headers.get(_KEY, "")
    arn = wanted if wanted.startswith("arn:") else f"arn:aws:kms:{responses.get_region()}:{responses.get_account_id()}:"
    if wanted and arn != wanted:
        arn += wanted if wanted.startswith("alias/") else f"key/{wanted}"
    return {f"s3:{_KEY}": keys.key_of(arn)} if wanted else {}


def stored_headers(known: tuple[str, ...]) -> tuple[str, ...]:
    """A copy's own bucket decides about bucket keys too."""
    return (*known, BUCKET_KEY)


def writing(known: Callable[..., Any]) -> Callable[..., tuple[dict[str, str] | None, Answer | None]]:
    """(headers to keep and to answer, refusal) of a write; the request says how to encrypt, or else its bucket."""

    def resolve(headers: Headers, bucket: str) -> tuple[dict[str, str] | None, Answer | None]:
        kind, default = headers.get(_KIND, ""), s3._bucket_default_sse_headers(bucket)
        if kind not in _WITH_KMS:
            found, refused = known(headers, bucket)
            if refused is not None or (found and found.get(_KIND) not in _WITH_KMS):
                return found, refused
            if not found:  # "Amazon S3 now automatically encrypts all new objects"
                return {_KIND: "AES256"}, None
        wanted = headers.get(_KEY, "") if kind else default.get(_KEY, "")
        return _encrypted(kind or default[_KIND], wanted or _OWN, bucket, headers)

    return resolve


def _encrypted(kind: str, wanted: str, bucket: str, headers: Headers) -> tuple[dict[str, str] | None, Answer | None]:
    try:
        key = keys.find(wanted)
    except ServiceError as error:
        return None, s3._error(f"KMS.{error.code}", error.message, 400)
    stored = {_KIND: kind, _KEY: str(key["Arn"])}
    raw = s3._bucket_encryption.get(bucket) or b""
    pooled = headers.get(BUCKET_KEY, "")
    if kind == "aws:kms" and (pooled.lower() == "true" or (not pooled and _BUCKET_KEYS.search(_bytes(raw)))):
        stored[BUCKET_KEY] = "true"
    asked = _request.get()
    refused = _asked("kms:GenerateDataKey", stored, bucket, asked.key)
    return (None, refused) if refused is not None else (stored, None)


def reading(known: Check) -> Check:
    """What gates a GET or HEAD of an object."""

    def check(headers: Headers, obj: Mapping[str, Any]) -> Answer | None:
        asked = _request.get()
        looks = asked.method == "HEAD" and headers.get("x-amz-checksum-mode", "").upper() != "ENABLED"
        refused = known(headers, obj)
        if refused is not None or looks:
            return refused
        return _asked("kms:Decrypt", obj.get("preserved_headers", {}), asked.bucket, asked.key)

    return check


def copying(known: Check) -> Check:
    """What gates the source of a copy."""

    def check(headers: Headers, source: Mapping[str, Any]) -> Answer | None:
        bucket, _, key = unquote(headers.get("x-amz-copy-source", "").lstrip("/").partition("?")[0]).partition("/")
        return known(headers, source) or _asked("kms:Decrypt", source.get("preserved_headers", {}), bucket, key)

    return check


def adding_parts(known: Check) -> Check:
    """What gates a part of an upload, and its completion, for which S3 reads the parts."""

    def check(headers: Headers, upload: Mapping[str, Any]) -> Answer | None:
        place = upload["bucket"], upload["key"]
        return known(headers, upload) or _asked("kms:Decrypt", upload.get("preserved_headers", {}), *place)

    return check


def _asked(action: str, stored: Headers, bucket: str, name: str) -> Answer | None:
    """KMS's refusal of what the caller's request takes of the object's key; None where he may, or there is no such key."""
    asked = _request.get()
    if stored.get(_KIND) not in _WITH_KMS or not asked.access_key:
        return None
    try:
        key = keys.find(stored[_KEY])
    except ServiceError as error:
        return _error(f"KMS.{error.code}", error.message, 400)
    about = f"arn:aws:s3:::{bucket}" + ("" if stored.get(BUCKET_KEY) == "true" or not name else f"/{name}")
    why = keys.refusal(asked.access_key, action, key, "s3", {"aws:s3:arn": about})
    return _error("AccessDenied", why, 403) if why else None


def _error(code: str, message: str, status: int) -> Answer:
    found: Answer = s3._error(code, message, status)
    return found


def _bytes(value: bytes | str) -> bytes:
    return value.encode() if isinstance(value, str) else value
