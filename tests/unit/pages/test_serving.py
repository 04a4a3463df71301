"""The port for a browser: one visitor by a link that works once, reading only, and nothing for anybody else's page."""

import http.client
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from mlops.pages.serving import Entry, Serving


class Pages:
    """Two pages, one of which cannot be read."""

    title = "Pages of <ward>"

    def entries(self) -> list[Entry]:
        """Both."""
        named = Entry("bucket/a b/evaluation.html", "evaluation", "2024-01-01", "ward, run <1>")
        return [named, Entry("broken", "page", "2024-01-01")]

    def read(self, name: str) -> bytes:
        """The one."""
        if name == "broken":
            raise PermissionError("s3://bucket/broken: access denied")
        return b"<h1>AUC 0.9</h1>"


@dataclass
class Site:
    """A served shelf, and what its terminal was told."""

    serving: Serving
    told: list[str] = field(default_factory=list)

    def get(
        self, path: str, *headers: tuple[str, str], method: str = "GET", host: str = ""
    ) -> tuple[int, Mapping[str, str], str]:
        """(status, headers, body) of a request with these headers alone."""
        connection = http.client.HTTPConnection(self.serving.host, timeout=10)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in (("Host", host or self.serving.host), *headers):
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()

    @property
    def ticket(self) -> str:
        """The link's path."""
        return self.serving.link.removeprefix(f"http://{self.serving.host}")

    def enter(self) -> tuple[str, tuple[str, str]]:
        """(room, cookie) of the one visitor."""
        status, headers, body = self.get(self.ticket)
        assert status == 200
        room = re.search(r"0;url=(/[\w-]{40,}/)", body)
        assert room is not None
        cookie, *attributes = headers["set-cookie"].split("; ")
        assert attributes == [f"Path={room[1]}", "HttpOnly", "SameSite=Strict"]
        return room[1], ("Cookie", cookie)


@pytest.fixture
def site() -> Iterator[Site]:
    """A served shelf."""
    told: list[str] = []
    found = Site(Serving(Pages(), lambda error: told.append(str(error))), told)
    thread = threading.Thread(target=found.serving.run)
    thread.start()
    yield found
    found.serving.close()
    thread.join()


def test_a_visitor_reads(site: Site) -> None:
    """Link, cookie, list, page; texts are escaped, no page may run or load anything or be framed."""
    room, cookie = site.enter()
    status, headers, body = site.get(room, cookie)
    assert status == 200
    assert "Pages of &lt;ward&gt;" in body
    href = f"{room}bucket%2Fa%20b%2Fevaluation.html"
    assert f'<a href="{href}">ward, run &lt;1&gt;</a>' in site.get(room, cookie)[2]
    assert f'href="{href}"' in body
    assert site.get(href, cookie)[2] == "<h1>AUC 0.9</h1>"
    assert site.get(href, cookie, ("Sec-Fetch-Site", "same-origin"))[0] == 200
    assert site.get(href, cookie, method="HEAD")[::2] == (200, "")
    policy = headers["content-security-policy"]
    assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} <= set(
        policy.split("; ")
    )
    assert "script" not in policy
    expected = {
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
    }
    assert expected.items() <= headers.items()
    assert not [name for name in headers if name.startswith("access-control-") or name == "server"]


def test_the_link_works_once(site: Site) -> None:
    """A second use, a wrong ticket, a HEAD and a page's part are refused, and the first visitor stays."""
    assert site.get("/?ticket=x")[0] == 403
    assert site.get("/?ticket=")[0] == 403
    assert site.get(site.ticket, method="HEAD")[0] == 403
    assert (
        site.get(
            site.ticket, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")
        )[0]
        == 403
    )
    assert (
        site.get(
            site.ticket, ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe")
        )[0]
        == 403
    )
    assert site.get(site.ticket, ("Origin", "http://evil.example"))[0] == 403
    link = site.ticket
    room, cookie = site.enter()
    assert site.get(link)[0] == 403
    assert site.get(room, cookie)[0] == 200


def test_a_pasted_link_may_be_followed_from_anywhere(site: Site) -> None:
    """Opening the link counts wherever the terminal's line was pasted."""
    navigation = (("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))
    assert site.get(site.ticket, *navigation)[0] == 200


def test_two_uses_at_once_let_one_in(site: Site) -> None:
    """However many requests come with the ticket at the same time."""
    link, found = site.ticket, []
    threads = [threading.Thread(target=lambda: found.append(site.get(link)[0])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [403] * 11


def test_nobody_else_sees_anything(site: Site) -> None:
    """Without cookie or room, with another host, from another site: always the same refusal."""
    room, cookie = site.enter()
    name = cookie[1].partition("=")[0]
    port = site.serving.host.partition(":")[2]
    attempts: list[tuple[str, tuple[tuple[str, str], ...], str]] = [
        (room, (), ""),
        ("/", (cookie,), ""),
        ("/favicon.ico", (), ""),
        ("/x/", (cookie,), ""),
        (room, (("Cookie", f"{name}="),), ""),
        (room, (("Cookie", f"{name}=x"),), ""),
        (room, (("Cookie", "]=;;"),), ""),
        (room, (cookie, ("Sec-Fetch-Site", "cross-site")), ""),
        (room, (cookie, ("Sec-Fetch-Site", "same-site")), ""),
        (room, (cookie, ("Origin", "http://evil.example")), ""),
        (room, (cookie, ("Origin", "null")), ""),
        (room, (cookie, ("Host", "evil.example")), ""),
        (room, (cookie,), f"localhost:{port}"),
        (room, (cookie,), "evil.example"),
        (room, (cookie,), f"127.0.0.1.:{port}"),
        (f"http://{site.serving.host}{room}", (cookie,), ""),
        ("//evil.example/", (cookie,), ""),
        ("//[", (cookie,), ""),
    ]
    refusals = [site.get(path, *headers, host=host) for path, headers, host in attempts]
    assert {(status, body) for status, _, body in refusals} == {(403, refusals[0][2])}
    assert "AUC" not in refusals[0][2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_reading_only(site: Site, method: str) -> None:
    """Every other method is refused, with the cookie too."""
    room, cookie = site.enter()
    status, headers, body = site.get(room, cookie, method=method)
    assert (status, body) == (501, "")
    assert "access-control-allow-origin" not in headers


def test_pages_of_others_stay_where_they_are(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page is in a sandbox, the list, whose links lead on, in none; one that could lead elsewhere is not shown, and says why."""
    room, cookie = site.enter()
    place = f"{room}bucket%2Fa%20b%2Fevaluation.html"
    policies = [site.get(path, cookie)[1]["content-security-policy"].split("; ") for path in (room, place)]
    assert ["sandbox" in policy for policy in policies] == [False, True]
    assert policies[1][:-1] == policies[0]
    hostile = b'<meta http-equiv="refresh" content="0;url=http://other/?row=P0000001">'
    monkeypatch.setattr(Pages, "read", lambda _self, _name: hostile)
    status, _, body = site.get(place, cookie)
    assert (status, "P0000001" in body, "it has a forwarding" in body) == (403, False, True)


def test_only_what_is_listed(site: Site) -> None:
    """Another name is no page; one that cannot be read says so here and why in the terminal."""
    room, cookie = site.enter()
    for name in ("other", "..%2F..%2Fetc%2Fpasswd", "bucket/secret", "%00"):
        assert site.get(room + name, cookie)[0] == 404
    status, _, body = site.get(f"{room}broken", cookie)
    assert status == 502
    assert "denied" not in body
    assert site.told == ["s3://bucket/broken: access denied"]


def test_malformed_requests(site: Site) -> None:
    """No crash and no page; HTTP/1.0 without a host is refused."""
    address = site.serving.host.split(":")
    for data in (b"GET / HTTP/1.0\r\n\r\n", b"GET\r\n\r\n", b"\xff\xfe / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        with socket.create_connection((address[0], int(address[1]))) as wire:
            wire.settimeout(5)
            wire.sendall(data)
            assert b" 200" not in wire.recv(4096).partition(b"\r\n")[0]


def test_only_this_machine(site: Site) -> None:
    """The port listens on the loopback address alone."""
    assert site.serving.host.startswith("127.0.0.1:")
    assert site.serving._server.socket.getsockname()[0] == "127.0.0.1"
