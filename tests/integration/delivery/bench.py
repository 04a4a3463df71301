"""A bare embedded AWS for tests of source control and delivery: clients, git, and what happens as events."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlops.aws import Aws, local
from mlops.platform.server import Running
from tests.integration.desk import Desk, same

ACCOUNT = "000000000000"


@dataclass
class Bench:
    """One running embedded AWS."""

    server: Running
    folder: Path
    _queues: dict[str, str] = field(default_factory=dict)

    @property
    def aws(self) -> Aws:
        """As root."""
        return same(local(self.server))

    def client(self, service: str) -> Any:
        """A client as root."""
        return self.aws.client(service)

    def role(self, name: str, *statements: dict[str, Any], service: str = "") -> str:
        """ARN of a role that root or ``service`` may assume; services are separated by spaces."""
        services = [f"{it}.amazonaws.com" for it in service.split()]
        who: dict[str, Any] = {"Service": services} if services else {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trust = {"Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}]}
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        policy = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
        return str(arn)

    def listen(self, name: str, pattern: dict[str, Any]) -> None:
        """Keep events that match in a queue."""
        sqs, events = self.client("sqs"), self.client("events")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), State="ENABLED")
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
        self._queues[name] = url

    def heard(self, name: str) -> list[dict[str, Any]]:
        """Events that came since the last look."""
        found: list[dict[str, Any]] = []
        sqs = self.client("sqs")
        while messages := sqs.receive_message(QueueUrl=self._queues[name], MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self._queues[name], ReceiptHandle=message["ReceiptHandle"])
        return found

    def address(self, repository: str, user: str = "") -> str:
        """Where git finds a repository, with a login: root's where none is given."""
        user = user or f"{ACCOUNT}:{self.server.root_secret}"
        url = self.client("codecommit").get_repository(repositoryName=repository)["repositoryMetadata"]["cloneUrlHttp"]
        return str(url).replace("://", f"://{user}@")


def git(folder: Path, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run git there, with an author and without the machine's own settings."""
    person = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org"}
    person |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org"}
    own = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", **person}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stderr
    return done


def commit(folder: Path, message: str, **files: str) -> str:
    """Write files (``__`` is a dot, ``_in_`` a slash), commit; returns the commit's id."""
    for name, content in files.items():
        path = folder / name.replace("_in_", "/").replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD").stdout.strip()


def cloned(desk: Desk, project: str, folder: Path) -> Path:
    """A clone of a project's repository, made as a data scientist makes it."""
    address = json.loads(desk.done("project", "show", project, "--json"))["repository"]
    state = desk.folder / ".mlops"
    helper = f"!MLOPS_STATE_DIR={state} {sys.executable} -m mlops git-credential --as data-scientist"
    settings = ["-c", "credential.useHttpPath=true", "-c", f"credential.helper={helper}"]
    git(folder, "clone", "-q", *settings, address, project)
    return folder / project


def wait_for(probe: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """What ``probe`` gives as soon as it gives something; who has waited long looks less often, as every look costs the server."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < seconds:
        if found := probe():
            return found
        time.sleep(min(0.1 + waited / 50, 0.5))
    raise AssertionError(f"{what}: not within {seconds:.0f} s")


def running(folder: Path) -> Iterator[Bench]:
    """An embedded AWS that ends with the test."""
    from mlops.platform.server import start

    with start(folder / "state", persist=False, owner=True) as server:
        yield Bench(server, folder)
