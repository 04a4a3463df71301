"""Whose delivery it is, a project's or the platform's: what the parts of a delivery need to know of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from constructs import Construct

from stacks.secure import Statement


@dataclass(frozen=True, kw_only=True)
class Owner:
    """``name`` makes a thing's name from its purpose (a text of Fn::Sub), ``role`` a role's ARN from purpose, service and statements.

    ``bucket`` is where artifacts go, ``bucket_arn`` its ARN, ``artifacts`` what reads and writes them; logs are kept for ``days``.
    Builds run on ``machine`` for ``minutes`` at most.
    """

    scope: Construct
    name: Callable[[str], str]
    role: Callable[[str, str, list[Statement]], str]
    key_arn: str
    bucket: str
    bucket_arn: str
    artifacts: Sequence[Statement]
    days: int
    machine: str
    minutes: int
