"""Pages for one visitor's browser: a read-only port on the loopback address, behind a link that works once.

The link's ticket is exchanged for a cookie. The cookie goes to one unguessable folder of this address only, so that no other server
of the machine is sent it; without it there is nothing to see. The pages run no script, load nothing and stand in no frame. Who can write
one decides what it says: each is in a sandbox, which forwards nowhere, and one that leads elsewhere is not shown.
"""

import hmac
import secrets
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, quote, unquote

from mlops.pages.contained import leads_away
from mlops.pages.page import Html, element, note, page, table

_COOKIE = "mlops-pages"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": _POLICY,
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# HTML Standard, "shared declarative refresh steps": nothing in a sandbox is forwarded. The list has none: its links lead to pages
_CONTAINED = {"Content-Security-Policy": f"{_POLICY}; sandbox"}
_REFUSED = "Not for you. The link that was printed works once; a new one comes with a new 'mlops browse'."


@dataclass(frozen=True)
class Entry:
    """A page that can be read: its name (anything), what kind it is, when it was written, and what it is called in the list."""

    name: str
    kind: str
    written: str
    title: str = ""


class Shelf(Protocol):
    """Where the pages come from."""

    title: str

    def entries(self) -> Sequence[Entry]:
        """What can be read, in the order in which it is shown."""

    def read(self, name: str) -> bytes:
        """The page of that name, which is one of the entries."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away in the middle is no error; anything else shows its traceback."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Serving:
    """The server of one shelf; ``port`` 0 takes a free one. ``failed`` is told what went wrong behind a page."""

    def __init__(self, shelf: Shelf, failed: Callable[[Exception], None], port: int = 0) -> None:
        self._shelf, self._failed, self._lock = shelf, failed, threading.Lock()
        self._ticket, self._cookie, self._room = (secrets.token_urlsafe(32) for _ in range(3))
        self._server = _Server(("127.0.0.1", port), self._handler())
        self.host = f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def link(self) -> str:
        """The address that lets one visitor in."""
        return f"http://{self.host}/?ticket={self._ticket}"

    def run(self) -> None:
        """Serve until ``close``, or until the calling thread is interrupted."""
        try:
            self._server.serve_forever(poll_interval=0.2)
        finally:
            self._server.server_close()

    def close(self) -> None:
        """End ``run`` in another thread."""
        self._server.shutdown()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        serving = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version, timeout = "HTTP/1.1", 30

            def do_GET(self) -> None:
                self._answer(*serving.answer(self.command, self.path, self.headers))

            def do_HEAD(self) -> None:
                self._answer(*serving.answer(self.command, self.path, self.headers))

            def _answer(self, status: int, body: bytes, more: Mapping[str, str]) -> None:
                self.send_response_only(status)
                for name, value in {**_HEADERS, **more, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
                """Other methods and malformed requests: a bare refusal."""
                self.close_connection = True
                self._answer(code, b"", {"Connection": "close"})

            def log_message(self, *_: Any) -> None:
                """Addresses hold tickets: nothing is written down."""

        return Handler

    def answer(self, method: str, target: str, headers: Any) -> tuple[int, bytes, Mapping[str, str]]:
        """(status, body, more headers) of a request."""
        path, _, query = target.partition("?")
        ticket = parse_qs(query).get("ticket", [""])[0]
        if not target.startswith("/") or headers.get_all("Host") != [self.host] or headers.get_all("Origin"):
            return _refused()
        if path == "/" and ticket:
            return self._enter(ticket) if method == "GET" and _arrives(headers) else _refused()
        if headers.get_all("Sec-Fetch-Site", []) not in ([], ["none"], ["same-origin"]) or not self._knows(headers):
            return _refused()
        place, _, name = path.removeprefix("/").partition("/")
        if not hmac.compare_digest(place.encode(), self._room.encode()):
            return _refused()
        try:
            return self._shown(unquote(name))
        except (
            Exception
        ) as error:  # whatever the shelf's source says: the visitor learns that it failed, the terminal why
            self._failed(error)
            return 502, _text("This page could not be read; the terminal of 'mlops browse' says why."), {}

    def _enter(self, ticket: str) -> tuple[int, bytes, Mapping[str, str]]:
        with self._lock:  # two requests with one ticket: one is let in
            good = bool(self._ticket) and hmac.compare_digest(ticket.encode(), self._ticket.encode())
            self._ticket = "" if good else self._ticket
        if not good:
            return _refused()
        cookie = f"{_COOKIE}={self._cookie}; Path=/{self._room}/; HttpOnly; SameSite=Strict"
        # a page that goes on by itself, no redirection: a strict cookie is not sent along a redirection from elsewhere
        onward = element("meta", http_equiv="refresh", content=f"0;url=/{self._room}/")
        return 200, _text("One moment ...", onward), {"Set-Cookie": cookie}

    def _knows(self, headers: Any) -> bool:
        try:
            found = SimpleCookie("; ".join(headers.get_all("Cookie", []))).get(_COOKIE)
        except CookieError:
            return False
        return found is not None and hmac.compare_digest(found.value.encode(), self._cookie.encode())

    def _shown(self, name: str) -> tuple[int, bytes, Mapping[str, str]]:
        entries = self._shelf.entries()
        if not name:
            rows = [
                (
                    element("a", entry.title or entry.name, href=f"/{self._room}/{quote(entry.name, safe='')}"),
                    entry.kind,
                    entry.written,
                )
                for entry in entries
            ]
            body = table(("page", "kind", "written"), rows) if rows else note("There is no page yet.")
            return 200, _page(self._shelf.title, body), {}
        if name not in {entry.name for entry in entries}:
            return 404, _text("There is no such page."), {}
        content = self._shelf.read(name)
        away = leads_away(content)
        if away:
            return (
                403,
                _text(f"This page is not shown: it has {away}, so that it could lead elsewhere with what it says."),
                {},
            )
        return 200, content, _CONTAINED


def _arrives(headers: Any) -> bool:
    """Whether somebody opens the address: typed, or a link of wherever the terminal's line was pasted; no part of a page."""
    site = headers.get_all("Sec-Fetch-Site", [])
    if site in ([], ["none"]):
        return True
    return bool(headers.get_all("Sec-Fetch-Mode") == ["navigate"] and headers.get_all("Sec-Fetch-Dest") == ["document"])


def _refused() -> tuple[int, bytes, Mapping[str, str]]:
    return 403, _text(_REFUSED), {}


def _text(text: str, head: Html | None = None) -> bytes:
    return _page("Pages", *([head] if head else []), note(text))


def _page(title: str, *body: str) -> bytes:
    return page(title, *body).encode()
