"""Parameter Store's history says who has written (``LastModifiedUser``), and names in a hierarchy begin with a stroke.

MiniStack puts everything down to root, and takes any name (Systems Manager User Guide, "Requirements and constraints for parameter names").
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import iam_evaluator, responses, router
from ministack.services import ssm

Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]


def noting_writers(known: Handle) -> Handle:
    """Refuse a name that is not fully qualified; after a PutParameter that was accepted, note its caller."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        puts = headers.get("x-amz-target", "").endswith(".PutParameter")
        if puts and not _qualified(body):
            words = "Parameter name must be a fully qualified name."
            return responses.error_response_json("ValidationException", words, 400)
        answer = await known(method, path, headers, body, query)
        if puts and answer[0] == 200:
            who = iam_evaluator.resolve_caller_identity(router.extract_access_key_id(dict(headers), query))
            written = json.loads(answer[2])["Version"]
            for entry in ssm._parameter_history.get(json.loads(body)["Name"], []):
                if who and entry["Version"] == written:
                    entry["LastModifiedUser"] = who["userArn"]
        return answer

    return handle


def _qualified(body: bytes) -> bool:
    """Whether a name with strokes begins with one: two names would have one ARN."""
    try:
        name = json.loads(body).get("Name", "")
    except (ValueError, AttributeError):
        return True  # which the service refuses
    return not isinstance(name, str) or "/" not in name or name.startswith(("/", "arn:"))
