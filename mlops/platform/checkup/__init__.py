"""Whether an account has what the platform needs, and is as its stacks make it: calls that read, and what to do where it is not."""

from mlops.platform.checkup.checks import OK, UNCHECKED, WRONG, Check
from mlops.platform.checkup.run import READS, checkup

__all__ = ["OK", "READS", "UNCHECKED", "WRONG", "Check", "checkup"]
