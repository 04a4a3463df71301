"""git over HTTP: ``git http-backend`` behind our port; a push that moved references becomes CodeCommit's event.

The address is ``/git/<account>/<region>/<repository>``. The user name is an access key (``key%token`` for role sessions), the password its
secret or CodeCommit's signature.
"""

import asyncio
import base64
import binascii
import logging
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Protocol

from embedded_aws.service import Call, ServiceError

_LOG = logging.getLogger("embedded_aws")
_PATH = re.compile(
    r"/git/(?P<account>\d{12})/(?P<region>[a-z0-9-]+)/(?P<name>[A-Za-z0-9._-]+?)(?:\.git)?"
    r"(?P<rest>/info/refs|/git-upload-pack|/git-receive-pack)"
)
_IN_MEMORY = 1 << 20  # what is larger waits in a file
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Backend(Protocol):
    """What stands behind: CodeCommit's repositories."""

    def path(self, call: Call, name: str) -> Any:
        """The bare repository."""

    def pushed(self, call: Call, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        """References have moved."""


# (access key, token, password, host, path, action, repository ARN, account, region) -> caller's ARN; ServiceError where refused
Authorize = Callable[["Request", str], str]


@dataclass(frozen=True)
class Request:
    """One request of git's."""

    method: str
    path: str
    rest: str
    query: str
    headers: Mapping[str, str]
    account: str
    region: str
    name: str
    body: IO[bytes]

    @property
    def writes(self) -> bool:
        """Whether it belongs to a push."""
        return "git-receive-pack" in self.rest + self.query

    @property
    def action(self) -> str:
        """What IAM has to allow."""
        return "codecommit:GitPush" if self.writes else "codecommit:GitPull"

    @property
    def arn(self) -> str:
        """Of the repository."""
        return f"arn:aws:codecommit:{self.region}:{self.account}:{self.name}"

    @property
    def repository(self) -> str:
        """The path that signatures cover."""
        return f"/git/{self.account}/{self.region}/{self.name}"

    def login(self) -> tuple[str, str, str]:
        """(access key, session token, password); empty where there is none."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return "", "", ""
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", "", ""
        key, _, token = user.partition("%")
        return key, token, password


class GitHttp:
    """ASGI application of everything below ``/git/``."""

    def __init__(self, backend: Backend, authorize: Authorize) -> None:
        self._backend, self._authorize = backend, authorize
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    async def __call__(self, scope: Mapping[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        """Answer one request."""
        match = _PATH.fullmatch(scope["path"])
        if match is None:
            await _send(send, 404, [], [b"no such repository\n"])
            return
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as body, tempfile.SpooledTemporaryFile(_IN_MEMORY) as answer:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            where = {key: match[key] for key in ("account", "region", "name", "rest")}
            query = scope["query_string"].decode("latin-1")
            request = Request(scope["method"], scope["path"], query=query, headers=headers, body=body, **where)
            try:
                identity = await asyncio.to_thread(self._authorize, request, request.action)
                await _read(receive, body)
                status, found = await asyncio.to_thread(self._answer, request, identity, answer)
            except ServiceError as error:
                challenge = [(b"www-authenticate", b'Basic realm="CodeCommit"')] if error.status == 401 else []
                await _send(send, error.status, challenge, [f"{error.code}: {error.message}\n".encode()])
                return
            await _send(send, status, found, iter(lambda: answer.read(1 << 16), b""))

    def _answer(self, request: Request, identity: str, answer: IO[bytes]) -> tuple[int, Headers]:
        operation = request.action.partition(":")[2]
        call = Call(operation, {"repositoryName": request.name}, request.account, request.region, identity)
        path = self._backend.path(call, request.name)
        if not path.is_dir():
            raise ServiceError("RepositoryDoesNotExistException", f"repository {request.name} does not exist", 404)
        if request.rest != "/git-receive-pack":
            return _backend(path, request, identity, answer)
        with self._locks[request.repository]:  # so that each push knows what it moved
            before = references(path)
            result = _backend(path, request, identity, answer)
            after = references(path)
            if before != after:
                self._backend.pushed(call, request.name, before, after)
        return result


def references(path: Any) -> dict[str, str]:
    """Branches and tags of a repository: full name -> commit."""
    command = [
        "git",
        "-C",
        str(path),
        "for-each-ref",
        "--format",
        "%(refname) %(objectname)",
        "refs/heads",
        "refs/tags",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def _backend(path: Any, request: Request, identity: str, answer: IO[bytes]) -> tuple[int, Headers]:
    """Run ``git http-backend`` as CGI."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(path.parent),
        "GIT_PROJECT_ROOT": str(path.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{path.name}{request.rest}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.query,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(request.body.seek(0, os.SEEK_END)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": identity,  # lets a push in
        "REMOTE_ADDR": "127.0.0.1",
    }
    request.body.seek(0)
    with subprocess.Popen(
        ["git", "http-backend"],
        env={key: value for key, value in environment.items() if value},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        feeder = threading.Thread(target=_feed, args=(request.body, process.stdin), daemon=True)
        feeder.start()
        assert process.stdout is not None  # noqa: S101 (for the type checker: it is a pipe)
        status, headers = _cgi_headers(process.stdout)
        shutil.copyfileobj(process.stdout, answer)
        feeder.join()
    answer.seek(0)
    if process.returncode:
        _LOG.warning("git http-backend ended with %s on %s", process.returncode, request.path)
    return status, headers


def _feed(source: IO[bytes], target: Any) -> None:
    try:
        shutil.copyfileobj(source, target)
        target.close()
    except BrokenPipeError:
        pass  # git has refused it and says why in its answer


def _cgi_headers(stream: IO[bytes]) -> tuple[int, Headers]:
    status, headers = 200, []
    for line in _until_blank(stream):
        name, _, value = line.partition(b":")
        if name.lower() == b"status":
            status = int(value.split()[0])
        else:
            headers.append((name.lower(), value.strip()))
    return status if headers else 500, headers


def _until_blank(stream: IO[bytes]) -> Iterator[bytes]:
    for line in stream:
        if not line.strip():
            return
        yield line.rstrip(b"\r\n")


async def _read(receive: Callable[[], Awaitable[Any]], body: IO[bytes]) -> None:
    while True:
        message = await receive()
        body.write(message.get("body", b""))
        if not message.get("more_body"):
            return


async def _send(send: Send, status: int, headers: Headers, chunks: Iterable[bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
