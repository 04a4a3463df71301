"""GetObject and HeadObject of any version: ranges, parts, conditions, overridden headers (Amazon S3 API Reference, RFC 9110)."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.integration.executor.lab import Lab

MEGABYTE = 1 << 20
BODY = bytes(range(256)) * 4
BUCKET = "reads"


@dataclass(frozen=True)
class Stored:
    """An object of which a version is read, once by its id and once as the newest."""

    key: str
    version: str

    def named(self, by_version: bool) -> dict[str, str]:
        """Parameters that name it."""
        return {"Bucket": BUCKET, "Key": self.key, **({"VersionId": self.version} if by_version else {})}


@pytest.fixture(scope="module")
def s3(lab: Lab) -> Any:
    """S3 with a bucket of versions."""
    lab.s3.create_bucket(Bucket=BUCKET)
    lab.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return lab.s3


@pytest.fixture(scope="module")
def whole(s3: Any) -> Stored:
    """Uploaded whole."""
    kept = s3.put_object(Bucket=BUCKET, Key="whole", Body=BODY, ContentType="text/plain", CacheControl="no-cache")
    return Stored("whole", kept["VersionId"])


@pytest.fixture(scope="module")
def pieces(s3: Any) -> tuple[Stored, bytes]:
    """Uploaded in three parts, the second of which has number 5."""
    upload = {"Bucket": BUCKET, "Key": "pieces"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    bodies = {1: b"a" * 5 * MEGABYTE, 5: b"b" * 5 * MEGABYTE, 6: b"c" * 7}
    tags = [
        {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}
        for number, body in bodies.items()
    ]
    made = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": tags})
    return Stored("pieces", made["VersionId"]), b"".join(bodies.values())


def _refused(call: Any, **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as raised:
        call(**arguments)
    answer: Mapping[str, Any] = raised.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


BY_VERSION = pytest.mark.parametrize("by_version", [True, False], ids=["version", "newest"])


RANGES = {  # what is asked for -> first and last byte
    "bytes=0-0": (0, 0),
    "bytes=2-4": (2, 4),
    "bytes=1000-": (1000, 1023),
    "bytes=-7": (1017, 1023),
    "bytes=1020-5000": (1020, 1023),
    "bytes=-5000": (0, 1023),
}


@BY_VERSION
@pytest.mark.parametrize("asked", RANGES)
def test_ranges(s3: Any, whole: Stored, by_version: bool, asked: str) -> None:
    """206 with the piece; a HEAD says how long it is (RFC 9110, 14.1.2)."""
    begin, end = RANGES[asked]
    got = s3.get_object(**whole.named(by_version), Range=asked, ChecksumMode="ENABLED")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["Body"].read() == BODY[begin : end + 1]
    assert got["ContentRange"] == f"bytes {begin}-{end}/1024"
    assert got["ContentLength"] == end - begin + 1
    assert got["VersionId"] == whole.version
    head = s3.head_object(**whole.named(by_version), Range=asked)
    assert (head["ContentLength"], head["ResponseMetadata"]["HTTPStatusCode"]) == (end - begin + 1, 206)


@BY_VERSION
@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=0-1,3-4", "rows=1-2", "bytes=-", "bytes=a-b"])
def test_what_is_no_single_range_is_ignored(s3: Any, whole: Stored, by_version: bool, asked: str) -> None:
    """ "If the recipient does not understand, it ignores the header" (RFC 9110, 14.2); S3 gives one range a request."""
    got = s3.get_object(**whole.named(by_version), Range=asked)
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (200, BODY)


@BY_VERSION
@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_behind_the_end(s3: Any, whole: Stored, by_version: bool, asked: str) -> None:
    """416, InvalidRange (Amazon S3 API Reference, "Error responses")."""
    assert _refused(s3.get_object, **whole.named(by_version), Range=asked) == (416, "InvalidRange")
    assert _refused(s3.head_object, **whole.named(by_version), Range=asked)[0] == 416


@BY_VERSION
def test_parts(s3: Any, pieces: tuple[Stored, bytes], by_version: bool) -> None:
    """Each part as it was uploaded, and how many there are; a HEAD too."""
    stored, body = pieces
    begin = 0
    for number, length in ((1, 5 * MEGABYTE), (5, 5 * MEGABYTE), (6, 7)):
        got = s3.get_object(**stored.named(by_version), PartNumber=number)
        assert (got["PartsCount"], got["ContentLength"]) == (3, length)
        assert got["Body"].read() == body[begin : begin + length]
        head = s3.head_object(**stored.named(by_version), PartNumber=number)
        assert (head["PartsCount"], head["ContentLength"]) == (3, length)
        begin += length
    assert _refused(s3.get_object, **stored.named(by_version), PartNumber=2) == (416, "InvalidPartNumber")
    assert "PartsCount" not in s3.get_object(**stored.named(by_version))


@BY_VERSION
def test_an_object_of_one_piece_is_its_first_part(s3: Any, whole: Stored, by_version: bool) -> None:
    """Without a count: it was not uploaded in parts."""
    got = s3.get_object(**whole.named(by_version), PartNumber=1)
    assert (got["Body"].read(), got.get("PartsCount")) == (BODY, None)
    assert _refused(s3.get_object, **whole.named(by_version), PartNumber=2) == (416, "InvalidPartNumber")
    assert _refused(s3.get_object, **whole.named(by_version), PartNumber=0) == (400, "InvalidArgument")
    both = {"PartNumber": 1, "Range": "bytes=0-1"}
    assert _refused(s3.get_object, **whole.named(by_version), **both) == (400, "InvalidRequest")


@BY_VERSION
def test_conditions(s3: Any, whole: Stored, by_version: bool) -> None:
    """412 and 304, by the tag before the date: If-Match counts over If-Unmodified-Since, If-None-Match over If-Modified-Since."""
    head = s3.head_object(**whole.named(by_version))
    tag, at = head["ETag"], head["LastModified"]
    before, after = at - timedelta(hours=1), at + timedelta(hours=1)
    passes: list[dict[str, Any]] = [
        {"IfMatch": tag},
        {"IfMatch": "*"},
        {"IfNoneMatch": '"other"'},
        {"IfUnmodifiedSince": at},
        {"IfModifiedSince": before},
        {"IfMatch": tag, "IfUnmodifiedSince": before},
        {"IfNoneMatch": '"other"', "IfModifiedSince": after},
    ]
    for condition in passes:
        assert s3.get_object(**whole.named(by_version), **condition, Range="bytes=0-1")["Body"].read() == BODY[:2]
    fails: list[tuple[dict[str, Any], int, str]] = [
        ({"IfMatch": '"other"'}, 412, "PreconditionFailed"),
        ({"IfMatch": '"other"', "IfUnmodifiedSince": after}, 412, "PreconditionFailed"),
        ({"IfUnmodifiedSince": before}, 412, "PreconditionFailed"),
        ({"IfMatch": '"other"', "IfNoneMatch": tag}, 412, "PreconditionFailed"),
        ({"IfNoneMatch": tag}, 304, "304"),
        ({"IfNoneMatch": tag, "IfModifiedSince": before}, 304, "304"),
        ({"IfModifiedSince": at}, 304, "304"),
        ({"IfMatch": tag, "IfNoneMatch": tag}, 304, "304"),
    ]
    for condition, status, code in fails:
        for call in (s3.get_object, s3.head_object):
            for span in ({}, {"Range": "bytes=0-1"}, {"PartNumber": 1}):
                found = _refused(call, **whole.named(by_version), **condition, **span)
                assert found == (status, code if call == s3.get_object else str(status)), (condition, span)


@BY_VERSION
@pytest.mark.parametrize("span", [{}, {"Range": "bytes=0-1"}], ids=["whole", "range"])
def test_overridden_headers(s3: Any, whole: Stored, by_version: bool, span: dict[str, str]) -> None:
    """Every response-* parameter, of GET and HEAD; the object keeps its own."""
    asked = {
        "ResponseContentType": "text/x",
        "ResponseContentLanguage": "de",
        "ResponseContentDisposition": "attachment",
        "ResponseContentEncoding": "br",
        "ResponseCacheControl": "max-age=1",
    }
    for call in (s3.get_object, s3.head_object):
        got = call(**whole.named(by_version), **asked, **span)
        assert {f"Response{name}": got[name] for name in ("ContentType", "ContentLanguage", "CacheControl")} == {
            name: asked[name] for name in ("ResponseContentType", "ResponseContentLanguage", "ResponseCacheControl")
        }
        assert (got["ContentDisposition"], got["ContentEncoding"]) == ("attachment", "br")
    assert s3.head_object(**whole.named(by_version))["CacheControl"] == "no-cache"


@pytest.mark.parametrize("size", [9 * MEGABYTE + 1, 17 * MEGABYTE])
def test_boto3_fetches_any_version_in_parts(s3: Any, size: int) -> None:
    """What every file over 8 MiB goes through: an older version, in several ranges at once."""
    first, second = (hashlib.sha256(bytes([number])).digest() * (size // 32 + 1) for number in (1, 2))
    versions = {}
    for body in (first[:size], second[:size]):
        s3.upload_fileobj(io.BytesIO(body), BUCKET, "large")
        versions[s3.head_object(Bucket=BUCKET, Key="large")["VersionId"]] = body
    for version, body in versions.items():
        got = io.BytesIO()
        s3.download_fileobj(BUCKET, "large", got, ExtraArgs={"VersionId": version})
        assert got.getvalue() == body


def test_a_small_threshold_changes_nothing(s3: Any, whole: Stored) -> None:
    """1 kB a part."""
    got, settings = io.BytesIO(), TransferConfig(multipart_threshold=1000, multipart_chunksize=100)
    s3.download_fileobj(BUCKET, whole.key, got, ExtraArgs={"VersionId": whole.version}, Config=settings)
    assert got.getvalue() == BODY
