"""Names of AWS's own managed policies: they can be attached in every account.

``managed_policies.txt`` is an extract of moto's data (Apache-2.0; read from AWS): ``python -m tests.infrastructure.aws_lists`` writes it.
"""

from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("managed_policies.txt")
PREFIX = "arn:aws:iam::aws:policy/"


def of_aws(arn: str) -> bool:
    """Whether an ARN is that of a policy that AWS manages."""
    return arn.startswith(PREFIX) and arn.removeprefix(PREFIX) in _names()


@cache
def _names() -> frozenset[str]:
    """With their paths."""
    return frozenset(FILE.read_text().split())
