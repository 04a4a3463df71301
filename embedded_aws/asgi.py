"""What the door says and hears: a request's body, refusals in each protocol's words, no header that lets a page read."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

from embedded_aws.service import ServiceError
from embedded_aws.signatures import Request

Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Header = tuple[bytes, bytes]
Headers = list[Header]

_DRAINED = 1 << 24
_CODES = {  # an unknown key, as the protocols in XML call it: S3's, and that of forms
    ("UnrecognizedClientException", False): "InvalidAccessKeyId",
    ("UnrecognizedClientException", True): "InvalidClientTokenId",
}
_SERVICE = re.compile(r"(?:/|%2F)([a-z0-9-]+)(?:/|%2F)aws4_request")
_IN_XML = {"s3", "cloudfront", "route53"}  # REST services with answers in XML
_OURS: Headers = [(b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]


def text(value: bytes) -> str:
    """A header's value as the services read it."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class Left(Exception):
    """The client has gone before its request was complete."""


async def read(receive: Receive, most: int | None = None) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Left
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if most is not None and size > most:
            raise ServiceError("RequestTooLarge", f"at most {most} bytes", 413)
        if not message.get("more_body"):
            return b"".join(parts)


class Incoming:
    """A request's body, which knows whether more of it is to come."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._more = receive, True

    async def __call__(self) -> Any:
        message = await self._receive()
        self._more = bool(message.get("more_body"))
        return message

    async def drain(self) -> None:
        """Throw away what is still to come, so that the client reads the refusal and not a broken connection."""
        size = 0
        while self._more and size < _DRAINED:
            size += len((await self()).get("body", b""))


def replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Any:
        return waiting.pop() if waiting else await receive()

    return replay


def without_cors(send: Send) -> Send:
    """No page of another origin may read an answer, whatever the engine says."""

    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*_allowed(message.get("headers", [])), *_OURS]}
        await send(message)

    return sending


def _allowed(headers: Iterable[Header]) -> Headers:
    ours = {name for name, _ in _OURS}
    kept = [(name, value) for name, value in headers if name.lower() not in ours]
    return [(name, value) for name, value in kept if not name.lower().startswith(b"access-control-")]


def worded(error: ServiceError, request: Request | None) -> tuple[bytes, Headers]:
    """(body, headers) of a refusal, as the protocol of the service that was meant has its errors."""
    service = _SERVICE.search(request.header("authorization") or request.query) if request else None
    kind = request.header("content-type") if request else ""
    form = "x-www-form-urlencoded" in kind or bool(request and "Action=" in request.query)
    if request and not form and service and service[1] not in _IN_XML:
        found = json.dumps({"__type": error.code, "message": error.message}).encode()
        return found, [(b"content-type", b"application/x-amz-json-1.1"), (b"x-amzn-errortype", error.code.encode())]
    code, message = escape(_CODES.get((error.code, form), error.code)), escape(error.message)
    text = f"<Code>{code}</Code><Message>{message}</Message>"
    text = f"<ErrorResponse><Error>{text}</Error></ErrorResponse>" if form else f"<Error>{text}</Error>"
    return text.encode(), [(b"content-type", b"application/xml")]


async def answer(
    send: Send, status: int, body: bytes = b"", headers: Iterable[Header] = (), *, head: bool = False
) -> None:
    own = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *own]})
    await send({"type": "http.response.body", "body": b"" if head else body})
