"""Secrets that nobody can work out: the roots' own, and those of the sessions in which functions, jobs and builds act.

MiniStack lets every root sign with the word ``test`` (or not sign at all) and derives a function's keys from its name and role.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import sts

Resolve = Callable[..., Any]
Credentials = Callable[[dict[str, Any]], dict[str, str]]
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def resolving(root_secret: str) -> Callable[[Resolve], Resolve]:
    """A root is the 12 digits of its account with this secret; no other key is one, and none is none."""

    def make(known: Resolve) -> Resolve:
        def resolve(access_key_id: str, *rest: Any, **named: Any) -> Any:
            found = known(access_key_id, *rest, **named)
            failed = isinstance(found, iam_evaluator.CredentialResolutionError)
            if failed or not iam_evaluator.is_root_access_key(access_key_id):
                return found
            if not (access_key_id.isascii() and access_key_id.isdigit() and len(access_key_id) == 12):
                return iam_evaluator.CredentialResolutionError(
                    "UnrecognizedClientException", "The security token included in the request is invalid."
                )
            return replace(found, secret_access_key=root_secret)

        return resolve

    return make


def random_sessions() -> Callable[[Credentials], Credentials]:
    """One session a function and role for as long as the server runs, with random keys."""
    made: dict[tuple[str, str], dict[str, str]] = {}
    lock = threading.Lock()

    def credentials(config: dict[str, Any]) -> dict[str, str]:
        function, role = config["FunctionArn"], config.get("Role", "")
        with lock:
            keys = made.setdefault((function, role), _keys())
        name, session = role.rsplit("/", 1)[-1], config.get("FunctionName", "")[:64]
        sts.register_session(
            keys["AWS_ACCESS_KEY_ID"],
            {
                "Arn": f"arn:aws:sts::{function.split(':')[4]}:assumed-role/{name}/{session}",
                "UserId": f"{sts._role_id(role)}:{session}",  # as AWS has it; MiniStack's own has the role's name
                "SecretAccessKey": keys["AWS_SECRET_ACCESS_KEY"],
                "SessionToken": keys["AWS_SESSION_TOKEN"],
            },
        )
        return dict(keys)

    return lambda _: credentials


def _keys() -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "ASIA" + "".join(secrets.choice(_ALPHABET) for _ in range(16)),
        "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
        "AWS_SESSION_TOKEN": secrets.token_urlsafe(96),
    }
