"""GetObject and HeadObject of any version: ranges, parts and overridden headers, which MiniStack knows of current objects only.

Amazon S3 API Reference, GetObject and HeadObject; RFC 9110, 14 ("Range Requests"). Conditions come first: MiniStack judges those of
every version, by the pages' order (If-Match before If-Unmodified-Since, If-None-Match before If-Modified-Since).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import s3

from embedded_aws.objects import DamagedObject

Answer = tuple[int, dict[str, str], bytes]
Read = Callable[..., Answer]  # bucket, key, headers, query
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_MOST_PARTS = 10_000


def partial(known: Read) -> Read:
    """The whole object, or what of it was asked for; a HEAD has no body, and the same headers."""

    def read(
        bucket: str, key: str, headers: Mapping[str, str] | None = None, query_params: Mapping[str, Any] | None = None
    ) -> Answer:
        headers, query = headers or {}, query_params or {}
        span, number = headers.get("range", ""), s3._qp(query, "partNumber")
        refused = _refused(span, number)
        if refused is not None:
            return refused
        kept = {name: value for name, value in headers.items() if name != "range"}
        others = {name: value for name, value in query.items() if name != "partNumber"}
        try:
            status, found, body = known(bucket, key, kept, others)
        except DamagedObject as damage:
            return _error("DamagedObject", str(damage), 409)
        if status != 200:
            return status, found, body
        s3._apply_response_overrides(found, query)
        if number:
            return _part(found, body, parts(bucket, key, s3._qp(query, "versionId")), int(number))
        return _range(found, body, span)

    return read


def _refused(span: str, number: str) -> Answer | None:
    if span and number:
        words = "Cannot specify both Range header and partNumber query parameter"
        return _error("InvalidRequest", words, 400)
    if number and not (number.isdigit() and 1 <= int(number) <= _MOST_PARTS):
        return _error("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive", 400)
    return None


def _range(found: dict[str, str], body: bytes, span: str) -> Answer:
    """What is no range, or more than one, is ignored; one that begins behind the end is refused."""
    size, asked = int(found["Content-Length"]), _RANGE.fullmatch(span.strip())
    first, last = asked.groups() if asked else ("", "")
    if not (first or last) or (first and last and int(first) > int(last)):
        return 200, found, body
    begin = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if begin >= size:
        status, headers, text = s3._object_error(
            "InvalidRange",
            "The requested range is not satisfiable",
            416,
            RangeRequested=span,
            ActualObjectSize=str(size),
        )
        return status, {**headers, "Content-Range": f"bytes */{size}"}, text
    return _slice(found, body, begin, end)


def _part(found: dict[str, str], body: bytes, parts: list[dict[str, int]], number: int) -> Answer:
    """A part as it was uploaded; an object that was uploaded whole is its own first part."""
    size = int(found["Content-Length"])
    sizes = [(part["PartNumber"], part["Size"]) for part in parts] or [(1, size)]
    begin = sum(length for other, length in sizes if other < number)
    length = dict(sizes).get(number)
    if length is None:
        return _error("InvalidPartNumber", "The requested partnumber is not satisfiable", 416)
    if parts:
        found["x-amz-mp-parts-count"] = str(len(parts))
    return _slice(found, body, begin, begin + length - 1) if length else (200, found, body)


def _slice(found: dict[str, str], body: bytes, begin: int, end: int) -> Answer:
    """A checksum of the whole object says nothing about a piece of it: boto3 would find the piece damaged."""
    size = found["Content-Length"]
    headers = {name: value for name, value in found.items() if not name.lower().startswith("x-amz-checksum-")}
    headers |= {"Content-Length": str(end - begin + 1), "Content-Range": f"bytes {begin}-{end}/{size}"}
    return 206, headers, body[begin : end + 1]


def parts(bucket: str, key: str, version: str) -> list[dict[str, int]]:
    """Number and size of each part of an object that was uploaded in parts."""
    current = s3._buckets[bucket]["objects"].get(key) or {}
    named = version or current.get("version_id") or ""
    stored = [it for it in s3._object_versions.get((bucket, key), []) if it["version_id"] == named]
    return list((stored[0].get("parts") if stored else current.get("parts")) or [])


def _error(code: str, message: str, status: int) -> Answer:
    found: Answer = s3._object_error(code, message, status)
    return found
