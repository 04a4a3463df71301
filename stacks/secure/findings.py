"""Finding ids of cdk-nag's wildcard rule for a policy's statements."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def wildcards(statements: Iterable[Mapping[str, Any]], reason: str) -> dict[str, str]:
    """An acknowledgement for each ``*`` that the statements allow, with its reason."""
    found: dict[str, str] = {}
    for statement in statements:
        if statement["Effect"] != "Allow":
            continue
        for action in statement["Action"]:
            if "*" in action:
                found[f"AwsSolutions-IAM5[Action::{action}]"] = reason
        for resource in statement["Resource"]:
            text = _VARIABLE.sub(r"<\1>", resource)
            if "*" in text:
                found[f"AwsSolutions-IAM5[Resource::{text}]"] = reason
    return found
