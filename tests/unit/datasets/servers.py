"""A local web server that plays sources: right ones, slow, cut off, lying, busy or circling ones."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Play = Callable[["Handler"], None]


@dataclass
class Source:
    """A running server; ``log`` holds (path, Range or None, status) of every request."""

    url: str = ""
    plays: dict[str, Play] = field(default_factory=dict)
    log: list[tuple[str, str | None, int]] = field(default_factory=list)
    sent: int = 0

    def requests(self, path: str) -> list[tuple[str | None, int]]:
        """Range and status of the requests of one path."""
        return [(wanted, status) for at, wanted, status in self.log if at == path]


class Handler(BaseHTTPRequestHandler):
    """Plays what the source has for a path (without its query)."""

    source: Source
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.close_connection = True
        play = self.source.plays.get(self.path) or self.source.plays.get(self.path.split("?")[0])
        if play is None:
            self.answer(404, b"")
        else:
            play(self)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """A whole answer; underscores in header names mean hyphens."""
        self.begin(status, **{"Content_Length": str(len(body)), **headers})
        self.send(body)

    def begin(self, status: int, **headers: str) -> None:
        """Status and headers only."""
        self.source.log.append((self.path.split("?")[0], self.headers.get("Range"), status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def send(self, body: bytes) -> None:
        """Some of the body."""
        self.source.sent += len(body)
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        """Silence."""


@contextmanager
def serve() -> Iterator[Source]:
    """A server on a loopback port."""
    source = Source()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"source": source}))
    server.daemon_threads = True
    source.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield source
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def content(body: bytes, etag: str = '"1"', **headers: str) -> Play:
    """A well-behaved file: conditional requests and ranges."""

    def play(handler: Handler) -> None:
        wanted = handler.headers.get("Range", "")
        if handler.headers.get("If-None-Match") == etag:
            handler.begin(304, ETag=etag)
        elif wanted and handler.headers.get("If-Range", etag) == etag:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            handler.answer(
                206, body[start:], ETag=etag, Content_Range=f"bytes {start}-{len(body) - 1}/{len(body)}", **headers
            )
        else:
            handler.answer(200, body, ETag=etag, **headers)

    return play


def cut(body: bytes, after: int, then: Play, times: int = 1, etag: str = '"1"') -> Play:
    """The connection ends ``after`` bytes, ``times`` times; then another play."""
    left = [times]

    def play(handler: Handler) -> None:
        if left[0] == 0:
            then(handler)
            return
        left[0] -= 1
        start = int((handler.headers.get("Range") or "bytes=0-").removeprefix("bytes=").rstrip("-")) if etag else 0
        length = str(len(body) - start)
        handler.begin(206 if start else 200, Content_Length=length, **({"ETag": etag} if etag else {}))
        handler.send(body[start : start + after])

    return play
