"""What a persona may not do is refused before anything is read, listed or written: in one line, in our words, with exit code 3."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mlops import aws
from mlops.cli.main import app
from mlops.errors import RefusedByPolicy
from mlops.projects.refusals import ensure_may

DS, MLE, M = "data-scientist", "ml-engineer", "manager"
_UPLOAD, _PROJECTS = "may not write uploaded tables", "may not create and change projects; ml-engineer may"
_VERSIONS = "may not write versions of data sets; data-scientist may"
CASES: tuple[tuple[str, tuple[str, ...], str], ...] = (  # command, who may not, words
    ("train ward --data nowhere", (MLE, M), f"{_UPLOAD} on project ward; data-scientist may"),
    ("train ward --dataset no-such", (MLE, M), "may not start a training on project ward; data-scientist may"),
    ("predict ward --data nowhere --as-of 2024-06-19", (MLE, M), f"{_UPLOAD} on project ward; data-scientist may"),
    ("project create ward", (DS, M), _PROJECTS),
    ("project upgrade ward", (DS, M), _PROJECTS),
    ("project delete ward", (DS, M), "may not ask for a deletion on project ward; ml-engineer may"),
    ("project delete ward --yes", (DS, M), "may not ask for a deletion on project ward; ml-engineer may"),
    ("model approve ward 1 --reason x", (DS, M), "may not approve a version on project ward; ml-engineer may"),
    ("model reject ward 1 --reason x", (DS, M), "may not reject a version on project ward; ml-engineer may"),
    ("model rollback ward --reason x", (DS, M), "may not approve a version on project ward; ml-engineer may"),
    ("run release x --reason y", (DS, M), "may not release a delivery; ml-engineer may"),
    (
        "monitor score ward --labels nowhere.csv",
        (MLE, M),
        "may not write reports on predictions whose labels have come",
    ),
    ("monitor simulate ward --scenario copay-reset", (MLE, M), f"{_UPLOAD} on project ward; data-scientist may"),
    ("dataset import nowhere --name x", (MLE, M), _VERSIONS),
    ("dataset publish claims", (MLE, M), _VERSIONS),
    ("dataset approve claims --reason x", (M,), "may not write reviews; data-scientist or ml-engineer may"),
    ("dataset reject claims --reason x", (M,), "may not write reviews; data-scientist or ml-engineer may"),
    (
        "dataset self-review allow",
        (DS, MLE, M),
        "may not decide whether importers review what they imported; an administrator may",
    ),
)


def _called(service: str) -> Any:
    """A client whose every call is work that ought not to be done."""

    class Client(SimpleNamespace):
        def __getattr__(self, name: str) -> Callable[..., Any]:
            def call(**_: Any) -> Any:
                raise AssertionError(f"{service}.{name} was called before the refusal")

            return call

    return Client()


@dataclass(frozen=True)
class _Account:
    """An account in which a role's session may not be used at all."""

    identity: str = "arn:aws:iam::000000000000:root"
    account: str = "000000000000"
    region: str = "us-east-1"
    user_id: str = "x"

    def client(self, service: str) -> Any:
        """The account's own may look for the persona's role."""
        if self.identity.endswith(":root"):
            return SimpleNamespace(get_role=lambda **_: {})
        return _called(service)

    def assume(self, role: str, session: str) -> "_Account":
        """A session of it."""
        return replace(self, identity=f"arn:aws:sts::000000000000:assumed-role/{role}/{session}")


@pytest.mark.parametrize(
    "case",
    [(command, who, words) for command, personas, words in CASES for who in personas],
)
def test_refused_before_any_work(
    case: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No call, no line on standard output, and whatever else is wrong with the command is not looked at."""
    command, who, words = case
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(aws, "connect", lambda _target=None: _Account())
    with pytest.raises(RefusedByPolicy) as refused:
        app([*command.split(), "--as", who], standalone_mode=False)
    assert str(refused.value).startswith(f"{who} {words}")
    assert (refused.value.exit_code, "\n" in str(refused.value), capsys.readouterr().out) == (3, False, "")


def test_of_others_the_services_own_answer_counts() -> None:
    """A role that is none of ours, a user, the account's root: only IAM knows what they may; nor do the tables know every call."""
    call = {"Name": "/mlops/ward/deletion"}
    for identity in ("user/ann", "root"):
        ensure_may(f"arn:aws:iam::000000000000:{identity}", "ssm:PutParameter", call)
    ensure_may("arn:aws:sts::000000000000:assumed-role/admins/ann", "ssm:PutParameter", call)
    ensure_may("arn:aws:sts::000000000000:assumed-role/mlops-manager/eve", "ec2:RunInstances", {})
