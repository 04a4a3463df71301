"""The server's door under attack: every address of the engine, every way to name the server, every kind of connection."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.events
import pytest

from mlops.platform.server import start
from tests.security.engine_paths import GONE, HANDLERS, HEALTH, JUDGED, handlers, literals, requests, source
from tests.security.house import Answer, House, house, right, unchanged, wrong

__all__ = ["house", "unchanged"]
REFUSED = {400, 401, 403, 404, 405}


def test_every_path_is_known() -> None:
    """A MiniStack that names another address, or answers through another function, has to be judged here first."""
    module = source()
    assert literals(module) == {*GONE, *JUDGED, *HEALTH}
    assert handlers(module) == HANDLERS


def test_a_new_path_is_seen() -> None:
    """The reading of the source finds an address and a handler that were added."""
    import ast

    added = ast.parse("async def _handle_new(path):\n    '/not this'\n    if path == '/_ministack/new': return 1\n")
    assert (literals(added), handlers(added)) == ({"/_ministack/new"}, {"_handle_new"})


def _variants(house: House, method: str, target: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    own, signed = ("Host", house.host), house.signed(method, target, right(house))
    others = [item for item in signed if item[0] != "Host"]
    yield "unsigned", method, [own]
    yield "wrong secret", method, house.signed(method, target, wrong(house))
    yield "foreign host", method, [("Host", "evil.example"), *others]
    yield "no host", method, others
    yield "two hosts", method, [own, *signed]
    yield "origin", method, [*signed, ("Origin", "http://evil.example")]
    yield "own origin", method, [*signed, ("Origin", f"http://{house.host}")]
    yield "cross-site", method, [*signed, ("Sec-Fetch-Site", "cross-site")]
    yield "same-site", method, [*signed, ("Sec-Fetch-Site", "same-site")]
    yield "same-origin", method, [*signed, ("Sec-Fetch-Site", "same-origin")]
    yield "options", "OPTIONS", house.signed("OPTIONS", target, right(house))
    yield "preflight", "OPTIONS", [own, ("Origin", "http://evil.example"), ("Access-Control-Request-Method", method)]
    yield "trace", "TRACE", house.signed("TRACE", target, right(house))


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize(("method", "target"), requests())
def test_refused(house: House, method: str, target: str) -> None:
    """Every address refuses every request that is unsigned, wrongly signed, a browser's or for somebody else."""
    for what, used, headers in _variants(house, method, target):
        answer = house.send(used, target, headers)
        assert answer.status in REFUSED, (what, answer)
        _nothing_told(answer)


def _nothing_told(answer: Answer) -> None:
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    for word in (b"MiniStack", b"ministack", b"version", b"lambda", b"edition"):
        assert word not in answer.body, answer


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("target", sorted({item for items in GONE.values() for item in items}))
def test_the_engines_own_do_not_exist(house: House, target: tuple[str, str]) -> None:
    """With root's own signature too."""
    method, path = target
    for headers in ([("Host", house.host)], house.signed(method, path, right(house))):
        answer = house.send(method, path, headers)
        assert answer.status == 404, answer
        _nothing_told(answer)


def test_health_is_bare(house: House) -> None:
    """A status and nothing else; a browser's page does not even get that."""
    for method in ("GET", "HEAD"):
        answer = house.send(method, "/health", [("Host", house.host)])
        assert (answer.status, answer.body) == (200, b"")
        assert "server" not in answer.headers
    assert house.send("GET", "/health", [("Host", "localhost")]).status == 403
    assert house.send("GET", "/health", [("Host", house.host), ("Origin", "null")]).status == 403
    assert house.send("GET", "/health", [("Host", house.host), ("Sec-Fetch-Site", "same-site")]).status == 403


_OTHER_HOSTS = [
    "localhost:{port}",
    "LOCALHOST:{port}",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1.:{port}",
    "127.0.0.1:{port}.",
    "127.1:{port}",
    "2130706433:{port}",
    "0.0.0.0:{port}",
    "[::1]:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "evil.example:{port}",
    "127.0.0.1:{port}@evil.example",
    "evil.example@127.0.0.1:{port}",
    "127.0.0.1:{port},evil.example",
    "127.0.0.1:0{port}",
    "",
]


@pytest.mark.parametrize("host", _OTHER_HOSTS)
def test_other_names_of_this_machine(house: House, host: str) -> None:
    """Only 127.0.0.1 and the port are this server's name: a name that a foreign DNS answers cannot lead here."""
    named = host.format(port=house.host.partition(":")[2])
    signed = [item for item in house.signed("GET", "/", right(house)) if item[0] != "Host"]
    assert house.send("GET", "/", [("Host", named), *signed]).status in {400, 403}
    assert house.send("GET", "/health", [("Host", named)]).status in {400, 403}


def test_raw_requests(house: House) -> None:
    """Requests that no well-behaved client writes."""
    host, port = house.host.encode(), house.host.partition(":")[2].encode()
    refused = [
        b"GET /health HTTP/1.0\r\n\r\n",
        b"GET /health HTTP/1.0\r\nHost: %s\r\n\r\n" % host,
        b"GET /health HTTP/1.1\r\n\r\n",
        b"GET http://evil.example/health HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        b"GET http://%s/health HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, host),
        b"GET http://%s/health HTTP/1.1\r\nHost: evil.example\r\n\r\n" % host,
        b"POST http://%s/_ministack/reset HTTP/1.1\r\nHost: %s\r\nContent-Length: 0\r\n\r\n" % (host, host),
        b"GET /health HTTP/1.1\r\nHost: %s\r\nHost: evil.example\r\n\r\n" % host,
        b"GET /health HTTP/1.1\r\nHost: evil.example\r\nHost: %s\r\n\r\n" % host,
        b"GET /health HTTP/1.1\r\nhOsT: evil.example:%s\r\n\r\n" % port,
        b"GET /health HTTP/1.1\r\nHost: %s\r\noRiGiN: http://evil.example\r\n\r\n" % host,
        b"GET /health HTTP/1.1\r\nHost: %s\r\nOrigin:\r\n\r\n" % host,
        b"GET /health HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site:\r\n\r\n" % host,
        b"GET /health HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n\r\n" % host,
        b"OPTIONS * HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        b"CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (host, host),
        b"PRI /health HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        b"GET health HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        b"GET /a?b=%%ff HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        b"GET /\xff HTTP/1.1\r\nHost: %s\r\n\r\n" % host,
        b"GET /health HTTP/1.1\r\nHost: %s\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
        % host,
    ]
    for data in refused:
        found = house.raw(
            data.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) if b"Upgrade" not in data else data
        )
        assert b" 200" not in found.partition(b"\r\n")[0], (data, found)
        assert b"HTTP/1.1 2" not in found, (data, found)
    assert house.raw(b"GET /health HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host).startswith(
        b"HTTP/1.1 200"
    )


def test_websockets_are_refused(house: House) -> None:
    """The handshake ends with a refusal."""
    shake = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
    for path in (b"/", b"/_aws/execute-api/0123abcd/stage", b"/health"):
        found = house.raw(b"GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n" % (path, house.host.encode(), shake))
        assert found.startswith(b"HTTP/1.1 403"), found


def test_http_2_is_refused(house: House) -> None:
    """With prior knowledge and the right :authority."""
    at = urlsplit(house.running.endpoint)
    with socket.create_connection((at.hostname, at.port)) as wire:
        wire.settimeout(5)
        spoken = h2.connection.H2Connection(h2.config.H2Configuration())
        spoken.initiate_connection()
        head = [(":method", "GET"), (":path", "/health"), (":scheme", "http"), (":authority", house.host)]
        spoken.send_headers(1, head, end_stream=True)
        wire.sendall(spoken.data_to_send())
        found: list[Any] = []
        while not any(isinstance(event, h2.events.ResponseReceived) for event in found):
            found += spoken.receive_data(wire.recv(65536))
    (answer,) = (event for event in found if isinstance(event, h2.events.ResponseReceived))
    assert (b":status", b"403") in [
        (bytes(n), bytes(v)) if isinstance(n, bytes) else (n.encode(), v.encode()) for n, v in answer.headers
    ]


def test_the_server_runs_nothing_of_the_folder_that_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module there that bears a library's name is not imported by the process that is the account's root."""
    for name in ("h2", "hypercorn", "ministack", "queue"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path)
    with start(tmp_path / "state", persist=False, owner=True):
        assert not (tmp_path / "ran").exists()
