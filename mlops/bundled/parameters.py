"""JSON documents in Parameter Store."""

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def read(ssm: "SSMClient", name: str) -> dict[str, Any] | None:
    """What the parameter says; None where there is none."""
    try:
        text = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        return None
    content: dict[str, Any] = json.loads(text)
    return content
