"""Whose secret signs: root's own, random ones of functions and jobs; none that could be worked out."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest

from embedded_aws.service import ServiceError

ACCOUNT = "111122223333"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:f"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


@pytest.fixture(autouse=True)
def hooked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hooks as the server installs them."""
    monkeypatch.setenv("AUTH", "true")
    from ministack import app
    from ministack.core import iam_evaluator, lambda_runtime

    from embedded_aws.ministack.credentials import random_sessions, resolving
    from embedded_aws.ministack.hooks import Hook, Hooks

    monkeypatch.setattr(app, "AUTH", True)
    hooks = Hooks()
    hooks.install(
        [
            Hook(iam_evaluator, "resolve_credential", resolving("the secret")),
            Hook(lambda_runtime, "execution_credentials", random_sessions()),
        ]
    )
    yield
    hooks.undo()


def _keys(config: dict[str, Any]) -> dict[str, str]:
    from ministack.core import lambda_runtime

    return dict(lambda_runtime.execution_credentials(config))


def test_root_signs_with_its_own_secret() -> None:
    """Twelve digits and the folder's secret; the engine's other names of root, and no name at all, are nobody's."""
    from embedded_aws.ministack.identities import secret_of

    assert secret_of(ACCOUNT, "") == "the secret"
    for key, token in (("test", ""), ("", ""), (ACCOUNT, "x"), ("AKIAIOSFODNN7EXAMPLE", ""), ("\u0661" * 12, "")):
        with pytest.raises(ServiceError) as raised:
            secret_of(key, token)
        assert raised.value.status == 403


def test_keys_of_functions_are_random() -> None:
    """The same for one function and role while the server runs, others for others, none derived from their names."""
    config = {"FunctionArn": FUNCTION, "FunctionName": "f", "Role": ROLE}
    first = _keys(config)
    assert _keys(config) == first
    others = [_keys({**config, "Role": f"{ROLE}2"}), _keys({**config, "FunctionArn": f"{FUNCTION}2"})]
    digest = sha256(f"{FUNCTION}:{ROLE}".encode()).hexdigest()
    derived = {f"ASIA{digest[:16].upper()}", sha256(f"secret:{digest}".encode()).hexdigest()}
    values = [value for keys in (first, *others) for value in keys.values()]
    assert len(set(values)) == len(values)
    assert not derived & set(values)
    assert all(len(keys["AWS_SECRET_ACCESS_KEY"]) >= 40 for keys in (first, *others))


def test_a_session_needs_its_token() -> None:
    """Its secret is found with the session's token only, and names the role."""
    from ministack.core import iam_evaluator

    from embedded_aws.ministack.identities import secret_of

    keys = _keys({"FunctionArn": FUNCTION, "FunctionName": "f", "Role": ROLE})
    assert secret_of(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SESSION_TOKEN"]) == keys["AWS_SECRET_ACCESS_KEY"]
    for token in ("", "x", keys["AWS_SESSION_TOKEN"][:-1]):
        with pytest.raises(ServiceError):
            secret_of(keys["AWS_ACCESS_KEY_ID"], token)
    found = iam_evaluator.resolve_credential(keys["AWS_ACCESS_KEY_ID"], ACCOUNT, keys["AWS_SESSION_TOKEN"])
    assert found.principal_arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/r/f"
