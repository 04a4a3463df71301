"""Answers that wait until what they tell of is on disk; a change that cannot be kept is refused, before it is made where that is seen."""

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from embedded_aws.asgi import Send, answer, worded
from embedded_aws.commits import Commits, Unsaved
from embedded_aws.service import ServiceError
from embedded_aws.signatures import Request

ROOM = 8 << 20  # bytes that stay free: for what must be written even then, and for the log
_FULL = "InsufficientStorage"
_READS = re.compile(
    r"(?:Get|List|Describe|Head|BatchGet|Search|Query|Lookup|Assume|Select|Filter|Check|Validate|Scan)[A-Z]"
)
_FREES = re.compile(r"(?:Delete|Stop|Terminate|Cancel|Remove|Untag)[A-Z]")
_KEY = re.compile(r"/[^/]+/.")
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z]+)")


class Settlement:
    """What a server that keeps its state does around every request."""

    def __init__(self, state: Path, commits: Commits, asked: Callable[[str], None]) -> None:
        self._state, self._commits, self._asked = state, commits, asked

    def around(self, request: Request, service: str, body: bytes, send: Send) -> Send:
        """The way out for the answer to a request, which has not been looked at yet.

        Raises:
            ServiceError: it would write, and there is no room.
        """
        reads = _reads(request, body)
        if not reads and not _frees(request, body):
            self._ensure_room(len(body))
        if service == "s3" and reads:
            return send  # an object is on disk before its own request is answered
        if not (service == "s3" and _KEY.match(request.path)):  # objects are files of their own
            self._asked(service)
        return _Settled(request, send, self._commits.settle, tolerant=reads)

    def _ensure_room(self, size: int) -> None:
        found = os.statvfs(self._state)
        free = found.f_bavail * found.f_frsize
        if free < ROOM + size:
            raise ServiceError(
                _FULL, f"{free >> 20} MB are left on the disk of the state folder: free some and repeat", 507
            )


class _Settled:
    def __init__(self, request: Request, send: Send, settle: Callable[[], Awaitable[None]], *, tolerant: bool) -> None:
        self._request, self._send, self._settle, self._tolerant = request, send, settle, tolerant
        self._refused = False

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            try:
                await self._settle()
            except Unsaved as error:
                if not self._tolerant:  # what reads may tell of what is not kept: its own writer hears of it
                    self._refused = True
                    refusal = ServiceError(_FULL, str(error), 507)
                    await answer(self._send, 507, *worded(refusal, self._request))
        if not self._refused:
            await self._send(message)


def _reads(request: Request, body: bytes) -> bool:
    operation = _operation(request, body)
    return _READS.match(operation) is not None if operation else request.method in {"GET", "HEAD"}


def _frees(request: Request, body: bytes) -> bool:
    operation = _operation(request, body)
    return _FREES.match(operation) is not None if operation else request.method == "DELETE"


def _operation(request: Request, body: bytes) -> str:
    """The operation of JSON and query protocols; empty for REST, where the method tells."""
    target = request.header("x-amz-target")
    if target:
        return target.rpartition(".")[2]
    found = _ACTION.search(request.query.encode()) or _ACTION.search(body[:4096])
    return found[1].decode() if found and "form" in request.header("content-type") else ""
