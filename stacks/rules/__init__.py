"""Our own validation rules: pure functions from a template to findings; the same run in tests and in every synth."""

from stacks.rules.findings import Finding
from stacks.rules.registry import check

__all__ = ["Finding", "check"]
