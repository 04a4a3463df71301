"""The door in front of everything that the port serves: who may come in at all, before any service sees the request.

A request comes in when it is HTTP/1.1 to exactly this address, no browser sent it for another page, and AWS's signature verifies.
Unsigned come in: the health check, git (which has its own login), and a function's one answer to CloudFormation. Addresses that
belong to the engine's own administration do not exist.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from embedded_aws import protocols, signatures
from embedded_aws.endpoint import HEALTH
from embedded_aws.service import ServiceError
from embedded_aws.signatures import Claim, Request

Asgi = Callable[[Any, Any, Any], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
Header = tuple[bytes, bytes]
Headers = list[Header]

_GIT = "/git/"
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}
# What the engine answers without asking IAM; no bucket's name begins with "_", and none of these can be one here.
_RESERVED = re.compile(
    r"/+(_[^/]*|oauth2|login|logout|graphql|iceberg[^/]*)(/.*)?"
    r"|/restapis/.*/_user_request_(/.*)?"
    r"|/v2(/|/_catalog|/.*/(blobs|manifests)/.*|/.*/tags/list)?"
    r"|/v1/apis/[^/]+/graphql"
    r"|/.*/\.well-known/(jwks\.json|openid-configuration)",
    re.DOTALL,
)
_RESPONSE = re.compile(r"/_ministack/cfn-response/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_RESPONSE_LENGTH, _DRAINED = 1 << 14, 1 << 24
_CODES = {  # an unknown key, as the protocols in XML call it: S3's, and that of forms
    ("UnrecognizedClientException", False): "InvalidAccessKeyId",
    ("UnrecognizedClientException", True): "InvalidClientTokenId",
}
_SERVICE = re.compile(r"(?:/|%2F)([a-z0-9-]+)(?:/|%2F)aws4_request")
_IN_XML = {"s3", "cloudfront", "route53"}  # REST services with answers in XML
_OURS: Headers = [(b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]


@dataclass(frozen=True)
class Inside:
    """What lies behind the door.

    ``secret_of`` gives the secret of (access key, session token), ``respond`` takes a function's answer to CloudFormation and says
    whether somebody waits for it.
    """

    engine: Asgi
    git: Asgi
    secret_of: Callable[[str, str], str]
    respond: Callable[[str, bytes], bool]


class Door:
    """ASGI application of the port."""

    def __init__(self, port: int, inside: Inside) -> None:
        self._host, self._inside = f"127.0.0.1:{port}", inside

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] == "lifespan":
            await self._inside.engine(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        send, receive = _without_cors(send), _Incoming(receive)
        request = None
        try:
            request = _request(scope)
            self._judge(scope, request)
            await self._open(scope, request, receive, send)
        except _Left:
            return
        except ServiceError as error:
            await receive.drain()
            await _answer(send, error.status, *_worded(error, request), head=scope["method"] == "HEAD")

    def _judge(self, scope: Any, request: Request) -> None:
        """Refuse what a browser can be brought to send, and every other way to name this server than its own."""
        if scope.get("http_version") != "1.1":
            raise ServiceError("AccessDenied", "only HTTP/1.1 is spoken here", 403)
        if request.every("host") != [self._host]:
            raise ServiceError(
                "AccessDenied", f"the Host has to be {self._host}: use the endpoint http://{self._host}", 403
            )
        if request.every("origin") or request.every("sec-fetch-site") not in ([], ["none"]):
            raise ServiceError("AccessDenied", "requests of a browser's pages are not answered", 403)
        if scope["method"] not in _METHODS or not request.path.startswith("/") or "#" in request.path:
            raise ServiceError("MethodNotAllowed", "this is no request that AWS answers", 405)

    async def _open(self, scope: Any, request: Request, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == HEALTH:
            await _answer(send, 200)
        elif path.startswith(_GIT):
            await self._inside.git(scope, receive, send)
        elif scope["method"] == "PUT" and (token := _RESPONSE.fullmatch(path)):
            await self._respond(token[1], receive, send)
        elif reserved(path):
            raise ServiceError("NotFound", "there is no such address", 404)
        else:
            body = await self._verified(request, path, receive)
            await self._inside.engine(scope, _replayed(body, receive), send)

    async def _respond(self, token: str, receive: Receive, send: Send) -> None:
        body = await _read(receive, _RESPONSE_LENGTH)
        if not self._inside.respond(token, body):
            raise ServiceError("NotFound", "there is no such address", 404)
        await _answer(send, 200)

    async def _verified(self, request: Request, path: str, receive: Receive) -> bytes:
        """The body of a request whose signature holds; it is not read before what can be known without it."""
        found = signatures.claim(request)
        if found is None:
            raise ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        secret = self._inside.secret_of(found.key, found.token)
        if found.body:
            signatures.verify_head(request, found, secret)
        body = await _read(receive)
        await _off_loop(len(body), _verify_rest, request, found, secret, body)
        protocols.check(request, path, found.service, body)
        return body


def reserved(path: str) -> bool:
    """Whether a path (decoded) is the engine's own, or of a service that asks no IAM: it does not exist here."""
    return _RESERVED.fullmatch(path) is not None


def _verify_rest(request: Request, found: Claim, secret: str, body: bytes) -> None:
    if not found.body:
        signatures.verify_head(request, found, secret, body)
    signatures.verify_body(request, found, secret, body)


async def _off_loop(size: int, action: Callable[..., None], *arguments: Any) -> None:
    """Large bodies are hashed beside the loop, small ones at once."""
    if size > 1 << 20:
        await asyncio.to_thread(action, *arguments)
    else:
        action(*arguments)


def _request(scope: Any) -> Request:
    try:
        headers = [(name.decode("latin-1").lower(), _text(value)) for name, value in scope["headers"]]
        request = Request(
            scope["method"], scope["raw_path"].decode("ascii"), scope["query_string"].decode("utf-8"), headers
        )
        _ = request.pairs
    except ValueError:
        raise ServiceError("InvalidRequest", "the address is not encoded as UTF-8", 400) from None
    return request


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class _Left(Exception):
    """The client has gone before its request was complete."""


async def _read(receive: Receive, most: int | None = None) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise _Left
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if most is not None and size > most:
            raise ServiceError("RequestTooLarge", f"at most {most} bytes", 413)
        if not message.get("more_body"):
            return b"".join(parts)


class _Incoming:
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


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Any:
        return waiting.pop() if waiting else await receive()

    return replay


def _without_cors(send: Send) -> Send:
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


def _worded(error: ServiceError, request: Request | None) -> tuple[bytes, Headers]:
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


async def _answer(
    send: Send, status: int, body: bytes = b"", headers: Iterable[Header] = (), *, head: bool = False
) -> None:
    own = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *own]})
    await send({"type": "http.response.body", "body": b"" if head else body})
