"""The door in front of everything that the port serves: who may come in at all, before any service sees the request.

A request comes in when it is HTTP/1.1 to exactly this address, no browser sent it for another page, and AWS's signature verifies.
Unsigned come in: the health check, git (which has its own login), and a function's one answer to CloudFormation. Addresses that
belong to the engine's own administration do not exist.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from embedded_aws import protocols, signatures, verification
from embedded_aws.asgi import Asgi, Incoming, Left, Receive, Send, answer, read, replayed, text, without_cors, worded
from embedded_aws.endpoint import HEALTH
from embedded_aws.service import ServiceError
from embedded_aws.settled import Settlement
from embedded_aws.signatures import Claim, Request

_GIT = "/git/"
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"}
# What the engine answers without asking IAM; no bucket's name begins with "_", and none of these can be one here.
_RESERVED = re.compile(
    r"/+(_[^/]*|oauth2|login|logout|graphql|iceberg[^/]*)(/.*)?"
    r"|/restapis/.*/_user_request_(/.*)?"
    r"|/v2(/|/_catalog|/.*/(blobs|manifests)/.*|/.*/tags/list)?"
    r"|/v1/apis/[^/]+/graphql"
    r"|/+[^/]+/\.well-known/(jwks\.json|openid-configuration)",
    re.DOTALL,
)
_RESPONSE = re.compile(r"/_ministack/cfn-response/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_RESPONSE_LENGTH = 1 << 14


@dataclass(frozen=True)
class Inside:
    """What lies behind the door.

    ``secret_of`` gives the secret of (access key, session token), ``respond`` takes a function's answer to CloudFormation and says
    whether somebody waits for it. Answers wait for ``settlement``, where state is kept.
    """

    engine: Asgi
    git: Asgi
    secret_of: Callable[[str, str], str]
    respond: Callable[[str, bytes], bool]
    settlement: Settlement | None = None


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
        send, receive = without_cors(send), Incoming(receive)
        request = None
        try:
            request = _request(scope)
            self._judge(scope, request)
            await self._open(scope, request, receive, send)
        except Left:
            return
        except ServiceError as error:
            await receive.drain()
            await answer(send, error.status, *worded(error, request), head=scope["method"] == "HEAD")

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
            await answer(send, 200)
        elif path.startswith(_GIT):
            await self._inside.git(scope, receive, send)
        elif scope["method"] == "PUT" and (token := _RESPONSE.fullmatch(path)):
            await self._respond(token[1], receive, send)
        elif reserved(path):
            raise ServiceError("NotFound", "there is no such address", 404)
        else:
            body, service = await self._verified(request, path, receive)
            kept = self._inside.settlement
            out = kept.around(request, service, body, send) if kept else send
            await self._inside.engine(scope, replayed(body, receive), out)

    async def _respond(self, token: str, receive: Receive, send: Send) -> None:
        body = await read(receive, _RESPONSE_LENGTH)
        if not self._inside.respond(token, body):
            raise ServiceError("NotFound", "there is no such address", 404)
        await answer(send, 200)

    async def _verified(self, request: Request, path: str, receive: Receive) -> tuple[bytes, str]:
        """(body, service) of a request whose signature holds; the body is not read before what can be known without it."""
        found = signatures.claim(request)
        if found is None:
            raise ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
        secret = self._inside.secret_of(found.key, found.token)
        if found.body:
            verification.verify_head(request, found, secret)
        body = await read(receive)
        await _off_loop(len(body), _verify_rest, request, found, secret, body)
        protocols.check(request, path, found.service, body)
        return body, found.service


def reserved(path: str) -> bool:
    """Whether a path (decoded) is the engine's own, or of a service that asks no IAM: it does not exist here."""
    return _RESERVED.fullmatch(path) is not None


def _verify_rest(request: Request, found: Claim, secret: str, body: bytes) -> None:
    if not found.body:
        verification.verify_head(request, found, secret, body)
    verification.verify_body(request, found, secret, body)


async def _off_loop(size: int, action: Callable[..., None], *arguments: Any) -> None:
    """Large bodies are hashed beside the loop, small ones at once."""
    if size > 1 << 20:
        await asyncio.to_thread(action, *arguments)
    else:
        action(*arguments)


def _request(scope: Any) -> Request:
    try:
        headers = [(name.decode("latin-1").lower(), text(value)) for name, value in scope["headers"]]
        request = Request(
            scope["method"], scope["raw_path"].decode("ascii"), scope["query_string"].decode("utf-8"), headers
        )
        _ = request.pairs
    except ValueError:
        raise ServiceError("InvalidRequest", "the address is not encoded as UTF-8", 400) from None
    return request
