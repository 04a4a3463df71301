"""The door alone, with a fake engine behind it: who is let in, who is answered here, and what leaves."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from embedded_aws.door import Door, Inside, reserved
from embedded_aws.service import ServiceError

HOST, KEY, SECRET = "127.0.0.1:4711", "000000000000", "the secret"
TOKEN = "0b3d7a52-9a57-4a4f-8ee1-0123456789ab"
Headers = list[tuple[str, str]]


@dataclass
class House:
    """A door, and what got through it."""

    entered: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answered: list[tuple[str, bytes]] = field(default_factory=list)

    async def engine(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers everything, to everybody who asks."""
        self.entered.append(f"engine {scope['type']} {scope.get('path', '')}")
        if scope["type"] == "http":
            self.bodies.append((await receive())["body"])
            headers = [
                (b"Access-Control-Allow-Origin", b"*"),
                (b"access-control-expose-headers", b"*"),
                (b"etag", b"1"),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"inside"})

    async def git(self, scope: Any, receive: Any, send: Any) -> None:
        """Has its own login."""
        self.entered.append(f"git {scope['path']}")
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def secret_of(self, key: str, token: str) -> str:
        """Root's alone."""
        if (key, token) != (KEY, ""):
            raise ServiceError(
                "UnrecognizedClientException", "The security token included in the request is invalid.", 403
            )
        return SECRET

    def respond(self, token: str, body: bytes) -> bool:
        """Somebody waits for one answer."""
        self.answered.append((token, body))
        return len(self.answered) == 1

    def send(
        self, method: str, target: str, headers: Headers, body: bytes = b"", *, version: str = "1.1", kind: str = "http"
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of a request."""
        path, _, query = target.partition("?")
        scope = {
            "type": kind,
            "http_version": version,
            "method": method,
            "path": path.replace("%2e", ".").replace("%5f", "_"),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
        parts = [body[:4], body[4:]]
        incoming = [
            {"type": "http.request", "body": part, "more_body": last}
            for part, last in zip(parts, (True, False), strict=True)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            assert incoming, "the door waits for what never comes"
            return incoming.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        inside = Inside(self.engine, self.git, self.secret_of, self.respond)
        asyncio.run(Door(4711, inside)(scope, receive, send))
        if kind != "http":
            return 0, {}, json.dumps(sent).encode()
        assert not incoming or not body, "what was sent is read to its end"
        answer = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], answer, b"".join(item["body"] for item in sent[1:])


@pytest.fixture
def house() -> House:
    """An empty one."""
    return House()


def signed(
    method: str,
    target: str,
    body: bytes = b"",
    *,
    service: str = "s3",
    key: str = KEY,
    secret: str = SECRET,
    more: Sequence[tuple[str, str]] = (),
) -> Headers:
    """Host and signature."""
    sent = AWSRequest(method, f"http://{HOST}{target}", dict(more), body)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(Credentials(key, secret), service, "us-east-1").add_auth(sent)
    return [("Host", HOST), *sent.headers.items()]


def test_a_signed_request_enters_whole(house: House) -> None:
    """With its body in one piece; no CORS header leaves, whatever the engine says."""
    status, headers, body = house.send("PUT", "/b/k", signed("PUT", "/b/k", b"a longer body"), b"a longer body")
    assert (status, body, house.bodies) == (200, b"inside", [b"a longer body"])
    assert headers == {"etag": "1", "cross-origin-resource-policy": "same-origin", "x-content-type-options": "nosniff"}


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Host", "localhost:4711")],
        [("Host", "127.0.0.1")],
        [("Host", f"{HOST}.")],
        [("Host", HOST), ("Host", HOST)],
        [("Host", HOST), ("Origin", f"http://{HOST}")],
        [("Host", HOST), ("Origin", "null")],
        [("Host", HOST), ("Origin", "")],
        [("Host", HOST), ("Sec-Fetch-Site", "cross-site")],
        [("Host", HOST), ("Sec-Fetch-Site", "same-site")],
        [("Host", HOST), ("Sec-Fetch-Site", "same-origin")],
        [("Host", HOST), ("Sec-Fetch-Site", "none"), ("Sec-Fetch-Site", "cross-site")],
        [("Host", HOST), ("Sec-Fetch-Site", "")],
    ],
    ids=str,
)
def test_another_name_or_a_browsers_page(house: House, headers: Headers) -> None:
    """Nothing behind the door sees such a request: not health, not git, not a function's answer, not the engine."""
    signature = [item for item in signed("GET", "/b/k") if item[0] != "Host"]
    for method, target in (
        ("GET", "/health"),
        ("GET", "/git/x"),
        ("PUT", f"/_ministack/cfn-response/{TOKEN}"),
        ("GET", "/b/k"),
    ):
        assert house.send(method, target, [*headers, *signature])[0] == 403
    assert (house.entered, house.answered) == ([], [])


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND"])
def test_methods(house: House, method: str) -> None:
    """AWS has six."""
    assert house.send(method, "/b/k", signed(method, "/b/k"))[0] == 405
    assert house.send(method, "/health", [("Host", HOST)])[0] == 405
    assert house.entered == []


@pytest.mark.parametrize("target", ["http://127.0.0.1:4711/b", "*", "b/k", "/b#k"])
def test_targets(house: House, target: str) -> None:
    """A path and nothing else."""
    assert house.send("GET", target, signed("GET", "/b"))[0] == 405
    assert house.entered == []


@pytest.mark.parametrize("version", ["1.0", "2", "3"])
def test_versions(house: House, version: str) -> None:
    """HTTP/1.1."""
    assert house.send("GET", "/health", [("Host", HOST)], version=version)[0] == 403


def test_other_kinds_of_connection(house: House) -> None:
    """A websocket is closed; the server's own start and end reach the engine."""
    assert b"websocket.close" in house.send("GET", "/", signed("GET", "/"), kind="websocket")[2]
    assert house.entered == []
    house.send("GET", "/", [], kind="lifespan")
    assert house.entered == ["engine lifespan /"]


def test_unsigned(house: House) -> None:
    """Health without a word, git with its own login, nothing else; an answer to CloudFormation once."""
    own = [("Host", HOST)]
    status, headers, body = house.send("GET", "/health", own)
    assert (status, body, headers["content-length"]) == (200, b"", "0")
    assert house.send("GET", "/git/000000000000/us-east-1/x/info/refs", own)[0] == 401
    assert house.send("GET", "/b/k", own)[0] == 403
    assert house.send("GET", "/?Action=ListUsers", own)[0] == 403
    assert house.entered == ["git /git/000000000000/us-east-1/x/info/refs"]
    response = f"/_ministack/cfn-response/{TOKEN}"
    assert [house.send("PUT", response, own, b"answer")[0] for _ in range(2)] == [200, 404]
    assert house.answered == [(TOKEN, b"answer")] * 2
    assert house.send("PUT", response, own, b"x" * 20000)[0] == 413


@pytest.mark.parametrize(
    "target",
    [
        "/_ministack/reset",
        "/%5fministack/reset",
        "//_ministack/reset",
        "/_new",
        "/v2/",
        "/login",
        "/x/.well-known/jwks.json",
    ],
)
def test_what_does_not_exist(house: House, target: str) -> None:
    """The engine's own, with root's signature too."""
    for headers in ([("Host", HOST)], signed("POST", target)):
        assert house.send("POST", target, headers)[0] == 404
    assert house.entered == []


@pytest.mark.parametrize(
    "path", ["/", "/b/_ministack/reset", "/b/login", "/v2/apis", "/2015-03-31/functions", "/health-data/k"]
)
def test_what_exists(path: str) -> None:
    """Names within a bucket are its owner's business."""
    assert not reserved(path)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret": "test"}, b"SignatureDoesNotMatch"),
        ({"key": "test"}, b"InvalidAccessKeyId"),
        ({"key": "111111111111"}, b"InvalidAccessKeyId"),
        ({"target": "/b/other"}, b"SignatureDoesNotMatch"),
        ({"more": [("X-Amz-Target", "S3.GetObject")]}, b"InvalidAction"),
    ],
    ids=["secret", "key", "account", "path", "operation"],
)
def test_wrong_signatures(house: House, wrong: dict[str, Any], code: bytes) -> None:
    """Refused with AWS's codes before the engine sees anything."""
    given = {"target": "/b/k", **wrong}
    headers = signed("GET", given.pop("target"), **given)  # now: a signature holds for 15 minutes
    status, _, body = house.send("GET", "/b/k", headers)
    assert (status in {400, 403}, code in body, house.entered) == (True, True, [])


def test_a_body_that_was_exchanged(house: House) -> None:
    """Refused, whether the digest stands in a header or not."""
    for service in ("s3", "sagemaker"):
        assert house.send("POST", "/", signed("POST", "/", b"signed", service=service), b"forged")[0] in {400, 403}
    assert house.entered == []


def test_words_of_refusals(house: House) -> None:
    """In the form that each protocol's client reads."""
    assert (
        json.loads(house.send("POST", "/", signed("POST", "/", secret="x", service="sagemaker"))[2])["__type"]
        == "SignatureDoesNotMatch"
    )
    form = [("Content-Type", "application/x-www-form-urlencoded")]
    body = house.send("POST", "/", signed("POST", "/", secret="x", service="iam", more=form))[2]
    assert body.startswith(b"<ErrorResponse><Error><Code>SignatureDoesNotMatch")
    assert house.send("GET", "/?a=%ff", [("Host", HOST)])[0] == 400
