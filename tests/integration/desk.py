"""One embedded AWS in a working folder of its own, used as users do: through the command line and boto3."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mlops.aws import ROOT_SECRET, Aws, connect
from tests.integration import forked


@dataclass(frozen=True)
class Desk:
    """A working folder with a running embedded AWS."""

    folder: Path

    def mlops(self, *arguments: str, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run the command line here."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MLOPS_"))}
        return forked.run(arguments, self.folder, environment, timeout)

    def done(self, *arguments: str) -> str:
        """Standard output of a command that must succeed."""
        finished = self.mlops(*arguments)
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    def approved(self, folder: Path, name: str = "patients") -> str:
        """A folder of tables as a data set of the registry that another person has approved; its version."""
        self.done("dataset", "import", str(folder), "--name", name, "--as", "data-scientist")
        self.done("dataset", "approve", name, "--reason", "looked at", "--as", "ml-engineer")
        return f"{name}@v1"

    @property
    def aws(self) -> Aws:
        """Clients of the account's root, the same ones as long as server and secret are."""
        return same(connect("local", self.folder / ".mlops"))

    def with_login(self, url: str) -> str:
        """A repository's address with root's login in it."""
        keys = self.aws.credentials
        assert keys is not None
        return url.replace("://", f"://{keys.access_key}:{keys.secret_key}@")

    def everything(self, name: str) -> Aws:
        """A session of a role that holds every right, under a person's own name."""
        iam, role = self.client("iam"), "everything"
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{self.aws.account}:root"}}
        allowed = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        with suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=_policy({**trust, "Action": "sts:AssumeRole"}))
        iam.put_role_policy(RoleName=role, PolicyName="all", PolicyDocument=_policy(allowed))
        return self.aws.assume(role, name)

    def client(self, service: str) -> Any:
        """A boto3 client of the account's root."""
        return self.aws.client(service)


@cache
def same(aws: Aws) -> Aws:
    """The first that was like it: its clients are made already."""
    return aws


def points_at(state: Path, aws: Aws) -> None:
    """A state folder that leads the command line to somebody else's embedded AWS, as its root."""
    assert aws.credentials is not None
    state.mkdir(mode=0o700)
    (state / "server.json").write_text(json.dumps({"endpoint": aws.endpoint}))
    (state / ROOT_SECRET).write_text(aws.credentials.secret_key)


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """``mlops up`` and ``mlops deploy`` in a fresh folder, ``mlops down`` at the end."""
    here = Desk(tmp_path_factory.mktemp("desk"))
    here.done("up")
    here.done("deploy")
    yield here
    here.done("down")


@pytest.fixture(scope="session")
def patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """CSV tables of 1,500 synthetic patients up to 2024-06-30."""
    from mlops.adherence.synthetic import simulate

    folder = tmp_path_factory.mktemp("data") / "patients"
    simulate(1500, 3).extract(date(2024, 6, 30), folder)
    return folder
