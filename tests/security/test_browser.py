"""A page of another origin against the server, in a real browser: it sees refusals only, and nothing was changed."""

import html
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mlops.aws import local
from mlops.pages.serving import Entry, Serving
from mlops.platform import server
from tests.security import browsers
from tests.security.browsers import CHROMIUM, COMMANDS, SENT_BY_A_BROWSER
from tests.security.house import House

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="NOT TESTED HERE: there is no Chromium; the same requests are sent by hand"
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with one bucket and one object."""
    with server.start(tmp_path_factory.mktemp("browser") / "state", persist=False, owner=True) as running:
        found = House(running, local(running))
        found.root.client("s3").create_bucket(Bucket="canary")
        found.root.client("s3").put_object(Bucket="canary", Key="kept", Body=b"a secret")
        yield found


@needs_chromium
def test_the_attack_works_where_there_is_no_door(tmp_path: Path) -> None:
    """The page reaches a server that answers everything, with every kind of request and the headers that are replayed by hand."""
    with browsers.recording() as victim:
        noted = browsers.attacked(victim.endpoint, tmp_path)
    read = {what for what, (kind, status, text) in noted if status == 200 and text == "a secret"}
    assert {f"fetch {method} {path}" for method, path, *_ in COMMANDS if method in {"GET", "POST"}} <= read
    reached = {(method, path) for method, path, _ in victim.seen}
    assert {(method, path) for method, path, *_ in COMMANDS} <= reached
    kinds = {
        (headers.get("Sec-Fetch-Site"), headers.get("Sec-Fetch-Mode"), headers.get("Sec-Fetch-Dest"))
        for _, _, headers in victim.seen
    }
    replayed = {
        (it.get("Sec-Fetch-Site"), it.get("Sec-Fetch-Mode"), it.get("Sec-Fetch-Dest")) for it in SENT_BY_A_BROWSER
    }
    seen_here = {
        kind for kind in replayed if kind[0] == "same-site" and kind[2] in {"empty", "image", "script", "iframe"}
    }
    assert seen_here <= kinds
    assert all("Origin" in headers or headers.get("Sec-Fetch-Site") == "same-site" for _, _, headers in victim.seen)


@needs_chromium
def test_a_page_of_another_port(house: House, tmp_path: Path) -> None:
    """Every attempt ends as an error or an answer that the page cannot read; forms and frames show nothing; all is as it was."""
    before = house.state
    noted = browsers.attacked(house.running.endpoint, tmp_path)
    attempts = {what for what, _ in noted}
    assert {f"fetch {method} {path}" for method, path, *_ in COMMANDS} <= attempts
    assert {"img /health", "script /canary/kept", "socket /", "form POST /_ministack/reset"} <= attempts
    readable = [
        (what, seen) for what, seen in noted if seen[2] or seen[1] or seen[0] not in {"error", "opaque", "loaded"}
    ]
    assert readable == []
    assert {seen[0] for what, seen in noted if what.startswith(("img", "script", "socket"))} == {"error"}
    assert house.state == before
    assert house.root.client("s3").get_object(Bucket="canary", Key="kept")["Body"].read() == b"a secret"


@needs_chromium
@pytest.mark.parametrize(
    "path", ["/health", "/_ministack/health", "/canary/kept", "/?Action=ListUsers&Version=2010-05-08"]
)
def test_a_name_that_a_foreign_server_answers(house: House, path: str, tmp_path: Path) -> None:
    """DNS rebinding: a page's own name, which leads here, shows a refusal and nothing else."""
    port = urlsplit(house.running.endpoint).port
    rule = "--host-resolver-rules=MAP rebound.example 127.0.0.1"
    document = browsers.dumped(f"http://rebound.example:{port}{path}", tmp_path, rule)
    assert f"the Host has to be {house.host}" in html.unescape(document)
    assert "a secret" not in document


@needs_chromium
def test_a_name_reaches_the_machine(tmp_path: Path) -> None:
    """The rule of the test above leads to this machine: another server there is read under that name."""
    with browsers.recording() as open_house:
        port = urlsplit(open_house.endpoint).port
        rule = "--host-resolver-rules=MAP rebound.example 127.0.0.1"
        assert "a secret" in browsers.dumped(f"http://rebound.example:{port}/", tmp_path, rule)


@pytest.mark.parametrize("headers", SENT_BY_A_BROWSER, ids=lambda it: " ".join(it.values()))
def test_the_same_by_hand(house: House, headers: dict[str, str]) -> None:
    """What the browser sends, from this port and from other sites, without one."""
    before = house.state
    for method, path, kind, body in COMMANDS:
        content = [("Content-Type", kind)] if kind else []
        answer = house.send(method, path, [("Host", house.host), *headers.items(), *content], body.encode())
        assert answer.status in {403, 404, 405}, (method, path, answer)
        assert b"a secret" not in answer.body
        assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert house.state == before


class _Secret:
    title = "Pages of ward"

    def entries(self) -> list[Entry]:
        """One page."""
        return [Entry("page", "page", "now")]

    def read(self, name: str) -> bytes:
        """That page, with a script in it."""
        return b"<p id=it>a secret</p><script>document.getElementById('it').textContent = 'ran'</script>"


@pytest.fixture
def serving() -> Iterator[Serving]:
    """The port for pages."""
    found = Serving(_Secret(), lambda error: None)
    thread = threading.Thread(target=found.run)
    thread.start()
    yield found
    found.close()
    thread.join()


@needs_chromium
def test_the_link_opens_the_list(serving: Serving, tmp_path: Path) -> None:
    """A browser follows the link to the list with its cookie; without the cookie the list is nobody's."""
    assert "Pages of ward" in browsers.dumped(serving.link, tmp_path / "one")
    assert "Pages of ward" not in browsers.dumped(serving.link, tmp_path / "two")


@needs_chromium
def test_a_page_of_another_port_reads_no_pages(serving: Serving, tmp_path: Path) -> None:
    """Neither the ticket nor a page: the attack's requests read nothing."""
    noted = browsers.attacked(f"http://{serving.host}", tmp_path)
    assert [seen for _, seen in noted if seen[2] or seen[1]] == []


@needs_chromium
@pytest.mark.parametrize("contained", [True, False], ids=["as it is", "without a sandbox"])
def test_a_page_forwards_nobody(contained: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a job has written as its page goes nowhere with a row, the sandbox alone sees to that; without it the browser goes there."""
    read: list[str] = []

    def page(_self: _Secret, name: str) -> bytes:
        read.append(name)
        return onward.encode()

    with browsers.recording() as other:
        onward = f'<meta http-equiv="refresh" content="0;url={other.endpoint}/?row=P0000001">shown'
        monkeypatch.setattr(_Secret, "read", page)
        monkeypatch.setattr("mlops.pages.serving.leads_away", lambda _content: "")
        if not contained:
            monkeypatch.setattr("mlops.pages.serving._CONTAINED", {})
        found = Serving(_Secret(), lambda error: None)
        enter, room = found._enter, f"/{found._room}/"

        def into_the_page(ticket: str) -> tuple[int, bytes, Any]:
            status, body, more = enter(ticket)
            return status, body.replace(f"url={room}".encode(), f"url={room}page".encode()), more

        monkeypatch.setattr(found, "_enter", into_the_page)
        threading.Thread(target=found.run, daemon=True).start()
        try:
            browsers.opened(found.link, tmp_path, lambda: bool(read), lambda: bool(other.seen))
        finally:
            found.close()
        visited = [path for _, path, _ in other.seen]
    assert (read, "/?row=P0000001" in visited) == (["page"], not contained)


def test_mlops_browse(house: House, tmp_path: Path) -> None:
    """The command prints a link, serves what the caller may read, and ends with Ctrl-C."""
    s3 = house.root.client("s3")
    buckets = [f"mlops-ward-{kind}-000000000000" for kind in ("artifacts", "data")] + ["mlops-datasets-000000000000"]
    for bucket in buckets:
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=buckets[0], Key="runs/1/evaluation/evaluation.html", Body=b"<h1>AUC 0.9</h1>")
    s3.put_object(Bucket=buckets[0], Key="runs/1/model.tar.gz", Body=b"x")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    clean |= {"MLOPS_STATE_DIR": str(house.running.state_dir)}
    with subprocess.Popen(
        [sys.executable, "-m", "mlops", "browse", "ward"],
        cwd=tmp_path,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        try:
            assert link.startswith("Pages of ward: http://127.0.0.1:")
            at = urlsplit(link.rpartition(" ")[2])
            answers = _visit(at.netloc, f"{at.path}?{at.query}")
        finally:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert "evaluation.html" in answers[0]
    assert "model.tar.gz" not in answers[0]
    assert answers[1] == "<h1>AUC 0.9</h1>"
    assert (process.returncode, errors) == (0, "")


def _visit(host: str, ticket: str) -> list[str]:
    """The list and its first page."""
    import http.client
    import re

    def get(path: str, headers: dict[str, str]) -> tuple[Any, str]:
        connection = http.client.HTTPConnection(host, timeout=20)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read().decode()

    answer, body = get(ticket, {})
    cookie = {"Cookie": answer.headers["Set-Cookie"].partition(";")[0]}
    room = re.search(r"0;url=(/[^\"]+/)", body)
    assert room is not None
    shown = get(room[1], cookie)[1]
    first = re.search(r'<a href="([^"]+)"', shown)
    assert first is not None
    return [shown, get(html.unescape(first[1]), cookie)[1]]


def test_an_unknown_project_is_told(house: House, tmp_path: Path) -> None:
    """That there is no such project is learned from the command, not from an empty page."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
    clean |= {"MLOPS_STATE_DIR": str(house.running.state_dir)}
    command = [sys.executable, "-m", "mlops", "browse", "nowhere"]
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "project nowhere: there is none" in done.stderr
    assert json.dumps(done.stdout) == '""'
