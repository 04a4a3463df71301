"""Signature Version 4 as the server checks it: AWS's own published examples, and every way to change one of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from embedded_aws.service import ServiceError
from embedded_aws.signatures import Claim, Request, claim
from embedded_aws.verification import verify_body, verify_head

# "Authenticating Requests: Using the Authorization Header / Query Parameters", Amazon S3 API Reference
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AT = datetime(2013, 5, 24, tzinfo=UTC)
_SCOPE = f"{KEY}/20130524/us-east-1/s3/aws4_request"
_EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_BODY = b"Welcome to Amazon S3."
Headers = list[tuple[str, str]]


def _authorization(names: str, signature: str) -> tuple[str, str]:
    text = f"AWS4-HMAC-SHA256 Credential={_SCOPE},SignedHeaders={names},Signature={signature}"
    return "authorization", text


GET = Request(
    "GET",
    "/test.txt",
    "",
    [
        ("host", "examplebucket.s3.amazonaws.com"),
        _authorization(
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        ("range", "bytes=0-9"),
        ("x-amz-content-sha256", _EMPTY),
        ("x-amz-date", "20130524T000000Z"),
    ],
)
PUT = Request(
    "PUT",
    "/test%24file.text",
    "",
    [
        ("host", "examplebucket.s3.amazonaws.com"),
        ("date", "Fri, 24 May 2013 00:00:00 GMT"),
        _authorization(
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"),
    ],
)
LIST = Request(
    "GET",
    "/",
    "max-keys=2&prefix=J",
    [
        ("host", "examplebucket.s3.amazonaws.com"),
        _authorization(
            "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
        ("x-amz-content-sha256", _EMPTY),
        ("x-amz-date", "20130524T000000Z"),
    ],
)
PRESIGNED = Request(
    "GET",
    "/test.txt",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    [("host", "examplebucket.s3.amazonaws.com")],
)
CHUNKED = Request(
    "PUT",
    "/examplebucket/chunkObject.txt",
    "",
    [
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        _authorization(
            "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length"
            ";x-amz-storage-class",
            "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        ),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("content-length", "66824"),
    ],
)
CHUNKS = b"".join(
    b"%x;chunk-signature=%s\r\n%s\r\n" % (size, signature, b"a" * size)
    for size, signature in (
        (65536, b"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1024, b"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, b"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    )
)
TRAILED = Request(
    "PUT",
    "/examplebucket/chunkObject.txt",
    "",
    [
        ("host", "s3.amazonaws.com"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        _authorization(
            "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class"
            ";x-amz-trailer",
            "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e",
        ),
        ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        ("content-encoding", "aws-chunked"),
        ("x-amz-decoded-content-length", "66560"),
        ("x-amz-trailer", "x-amz-checksum-crc32c"),
    ],
)
TRAILED_CHUNKS = (
    b"10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n"
    + b"a" * 65536
    + b"\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n"
    + b"a" * 1024
    + b"\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
    + b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
    + b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
)
EXAMPLES = {
    "get": (GET, b""),
    "put": (PUT, _BODY),
    "list": (LIST, b""),
    "presigned": (PRESIGNED, b""),
    "chunked": (CHUNKED, CHUNKS),
    "trailer": (TRAILED, TRAILED_CHUNKS),
}


def check(request: Request, body: bytes, secret: str = SECRET, now: datetime = AT) -> Claim:
    """The verified claim of a request."""
    found = claim(request, now)
    assert found is not None
    verify_head(request, found, secret, body)
    verify_body(request, found, secret, body)
    return found


def changed(request: Request, **change: Any) -> Request:
    """The request with another member."""
    given = {"method": request.method, "path": request.path, "query": request.query, "headers": request.headers}
    return Request(**{**given, **change})


def refused(request: Request, body: bytes, **named: Any) -> str:
    """The code with which it is refused."""
    with pytest.raises(ServiceError) as raised:
        check(request, body, **named)
    assert raised.value.status in {400, 403}
    return raised.value.code


@pytest.mark.parametrize("name", EXAMPLES)
def test_published_examples(name: str) -> None:
    """AWS's examples verify, with AWS's example key."""
    request, body = EXAMPLES[name]
    assert check(request, body).key == KEY


@pytest.mark.parametrize("name", EXAMPLES)
def test_another_secret(name: str) -> None:
    """Nothing verifies with another secret."""
    request, body = EXAMPLES[name]
    assert refused(request, body, secret=f"{SECRET}x") == "SignatureDoesNotMatch"


_CHANGES: dict[str, Callable[[Request], Request]] = {
    "method": lambda it: changed(it, method="POST" if it.method != "POST" else "GET"),
    "path": lambda it: changed(it, path=f"{it.path}x"),
    "query": lambda it: changed(it, query=f"{it.query}&versionId=1".lstrip("&")),
    "host": lambda it: changed(it, headers=[(k, "evil.example" if k == "host" else v) for k, v in it.headers]),
}


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("change", _CHANGES)
def test_changed_request(name: str, change: str) -> None:
    """Method, path, query and host are covered."""
    request, body = EXAMPLES[name]
    assert refused(_CHANGES[change](request), body) == "SignatureDoesNotMatch"


def test_changed_headers() -> None:
    """A signed header may be neither changed nor left out; an x-amz- header may not be added unsigned."""
    other = [(name, "bytes=0-99" if name == "range" else value) for name, value in GET.headers]
    assert refused(changed(GET, headers=other), b"") == "SignatureDoesNotMatch"
    less = [item for item in GET.headers if item[0] != "range"]
    assert refused(changed(GET, headers=less), b"") == "SignatureDoesNotMatch"
    for request in (GET, PRESIGNED):
        more = [*request.headers, ("x-amz-acl", "public-read")]
        assert refused(changed(request, headers=more), b"") == "AccessDenied"


def test_host_has_to_be_signed() -> None:
    """A signature that leaves the host out is none."""
    headers = [(name, value.replace("host;", "")) for name, value in GET.headers]
    assert refused(changed(GET, headers=headers), b"") == "AccessDenied"


def test_changed_body() -> None:
    """The body has to be the one whose digest was signed; a chunk has to be the one that was signed, in its place."""
    assert refused(PUT, _BODY + b"!") == "XAmzContentSHA256Mismatch"
    assert refused(CHUNKED, CHUNKS.replace(b"a", b"b")) == "SignatureDoesNotMatch"
    first, rest = CHUNKS[:65624], CHUNKS[65624:]
    for body in (rest, first, CHUNKS[:-90], CHUNKS + b"more", b"", b"\r\n", b"zz\r\n"):
        assert refused(CHUNKED, body) == "SignatureDoesNotMatch"
    for old, new in ((b"sOO8/Q==", b"sOO8/Q=A"), (b"x-amz-trailer-signature:d", b"x-amz-trailer-signature:e")):
        assert refused(TRAILED, TRAILED_CHUNKS.replace(old, new)) == "SignatureDoesNotMatch"
    assert refused(TRAILED, TRAILED_CHUNKS[: TRAILED_CHUNKS.index(b"x-amz-trailer")]) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("minutes", "code"), [(-16, "RequestTimeTooSkewed"), (-14, ""), (0, ""), (14, ""), (16, "RequestTimeTooSkewed")]
)
def test_clock(minutes: int, code: str) -> None:
    """A signature is good for a quarter of an hour either way."""
    now = AT + timedelta(minutes=minutes)
    assert (refused(GET, b"", now=now) if code else check(GET, b"", now=now) and "") == code


@pytest.mark.parametrize(("seconds", "code"), [(0, ""), (86400, ""), (86401, "AccessDenied")])
def test_expiry(seconds: int, code: str) -> None:
    """A presigned address is good until its expiry."""
    now = AT + timedelta(seconds=seconds)
    assert (refused(PRESIGNED, b"", now=now) if code else check(PRESIGNED, b"", now=now) and "") == code


@pytest.mark.parametrize("lasts", ["0", "-1", "604801", "", "1e3", "\u0661", "9" * 5000])
def test_expiry_is_bounded(lasts: str) -> None:
    """An expiry is between a second and a week; none is no signature."""
    assert refused(changed(PRESIGNED, query=PRESIGNED.query.replace("86400", lasts)), b"") == "IncompleteSignature"


_SIGNED_TWICE = [*GET.headers, GET.headers[1]]


@pytest.mark.parametrize(
    "request_",
    [
        changed(GET, headers=_SIGNED_TWICE),
        changed(GET, headers=[*GET.headers, ("host", "examplebucket.s3.amazonaws.com")]),
        changed(GET, headers=[*GET.headers, ("x-amz-date", "20130524T000000Z")]),
        changed(GET, query=PRESIGNED.query),
        changed(GET, query="AWSAccessKeyId=x"),
        changed(PRESIGNED, query=f"{PRESIGNED.query}&X-Amz-Credential=000000000000"),
        changed(PRESIGNED, query=f"x-amz-credential=test&{PRESIGNED.query}"),
        changed(PRESIGNED, query=PRESIGNED.query.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
        changed(PRESIGNED, query=PRESIGNED.query.partition("&X-Amz-Signature")[0]),
        changed(PRESIGNED, query="X-Amz-Signature="),
        changed(GET, headers=[("authorization", "AWS 000000000000:c2lnbmF0dXJl"), ("host", "h")]),
        changed(GET, headers=[("authorization", "Bearer x"), ("host", "h")]),
        changed(GET, headers=[(k, v.replace("Signature=", "Signature=0")) for k, v in GET.headers]),
        changed(GET, headers=[(k, v.replace("20130524T", "20130525T")) for k, v in GET.headers]),
        changed(GET, headers=[(k, "tomorrow" if k == "x-amz-date" else v) for k, v in GET.headers]),
        changed(GET, headers=[(k, "WHATEVER" if v == _EMPTY else v) for k, v in GET.headers]),
    ],
    ids=lambda it: str(it)[:60],
)
def test_other_forms(request_: Request) -> None:
    """Two signatures, older versions, other algorithms and half a signature are refused, not passed over."""
    assert refused(request_, b"") == "IncompleteSignature"


def test_unsigned() -> None:
    """A request without any of it makes no claim."""
    assert claim(Request("GET", "/", "a=b", [("host", "h")]), AT) is None


def test_only_s3_leaves_a_body_unsigned() -> None:
    """UNSIGNED-PAYLOAD is S3's; elsewhere a body without a signature would be a command without one."""
    headers = [(k, v.replace("/s3/", "/sagemaker/").replace(_EMPTY, "UNSIGNED-PAYLOAD")) for k, v in GET.headers]
    assert refused(changed(GET, headers=headers), b"") == "IncompleteSignature"


@pytest.mark.parametrize("service", ["s3", "sagemaker", "sts"])
@pytest.mark.parametrize(
    "url", ["http://h:1/", "http://h:1/a%20b/c%2Bd/~e?x=1%202&empty&y=%C3%A4&x=0", "http://h:1//a/./b"]
)
def test_what_botocore_signs(service: str, url: str) -> None:
    """Requests of botocore's own signers verify, by header and by query; another body does not."""
    presigning = S3SigV4QueryAuth if service == "s3" else SigV4QueryAuth
    for signer, method, body in (
        (S3SigV4Auth if service == "s3" else SigV4Auth, "POST", b"body"),
        (presigning, "GET", b""),
    ):
        sent = AWSRequest(method, url, {"X-Amz-Meta-Name": "a  b"}, body)
        signer(Credentials(KEY, SECRET, "a token"), service, "us-east-1").add_auth(sent)
        prepared = sent.prepare()
        path, _, query = prepared.url.removeprefix("http://h:1").partition("?")
        headers = [(name.lower(), value) for name, value in prepared.headers.items()]
        request = Request(method, path, query, [("host", "h:1"), *headers])
        found = check(request, body, now=datetime.now(UTC))
        assert (found.key, found.token) == (KEY, "a token")
        if body or service != "s3":  # an address of S3 leaves the body to whoever holds it
            code = refused(request, b"other", now=datetime.now(UTC))
            assert code in {"SignatureDoesNotMatch", "XAmzContentSHA256Mismatch"}
