"""An embedded AWS with something in it that nobody may touch, and requests to it with exactly the headers that a test wants."""

import http.client
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mlops.aws import Aws, local
from mlops.platform import server
from mlops.platform.server import Running

ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class House:
    """A running embedded AWS with something in it that nobody may touch."""

    running: Running
    root: Aws

    @property
    def host(self) -> str:
        """Address and port."""
        return urlsplit(self.running.endpoint).netloc

    def send(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> Answer:
        """One request with exactly these headers."""
        connection = http.client.HTTPConnection(self.host, timeout=20)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, found, answer.read())

    def signed(self, method: str, target: str, keys: Credentials, service: str = "s3") -> list[tuple[str, str]]:
        """Host and signature of a request without a body."""
        sent = AWSRequest(method, f"http://{self.host}{target}")
        (S3SigV4Auth if service == "s3" else SigV4Auth)(keys, service, "us-east-1").add_auth(sent)
        return [("Host", self.host), *sent.headers.items()]

    def raw(self, data: bytes) -> bytes:
        """What comes back for these bytes, until the server closes or falls silent."""
        with socket.create_connection(
            (urlsplit(self.running.endpoint).hostname, urlsplit(self.running.endpoint).port)
        ) as wire:
            wire.settimeout(3)
            wire.sendall(data)
            found = b""
            try:
                while part := wire.recv(65536):
                    found += part
            except TimeoutError:
                pass
        return found

    @property
    def state(self) -> list[Any]:
        """What an intruder would have changed."""
        s3, iam = self.root.client("s3"), self.root.client("iam")
        return [
            sorted(item["Name"] for item in s3.list_buckets()["Buckets"]),
            sorted(item["Key"] for item in s3.list_objects_v2(Bucket="canary")["Contents"]),
            sorted(item["FunctionName"] for item in self.root.client("lambda").list_functions()["Functions"]),
            sorted(item["RoleName"] for item in iam.list_roles()["Roles"]),
            sorted(item["UserName"] for item in iam.list_users()["Users"]),
            self.root.client("sqs").list_queues().get("QueueUrls", []),
        ]


def wrong(house: House) -> Credentials:
    """Root's key with a wrong secret."""
    return Credentials(ACCOUNT, "test")


def right(house: House) -> Credentials:
    """Root's key with its secret."""
    return Credentials(ACCOUNT, house.running.root_secret)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose state is the same when the tests have gone."""
    state = tmp_path_factory.mktemp("door") / "state"
    state.mkdir(mode=0o755)  # an earlier version's
    with server.start(state, owner=True) as running:
        found = House(running, local(running))
        found.root.client("s3").create_bucket(Bucket="canary")
        found.root.client("s3").put_object(Bucket="canary", Key="kept", Body=b"kept")
        yield found


@pytest.fixture
def unchanged(house: House) -> Iterator[None]:
    """Nothing is otherwise afterwards."""
    before = house.state
    yield
    assert house.state == before
