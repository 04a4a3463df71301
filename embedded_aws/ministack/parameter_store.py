"""Parameter Store's history says who has written (``LastModifiedUser``); MiniStack puts everything down to root."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core import iam_evaluator, router
from ministack.services import ssm

Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Any]]


def noting_writers(known: Handle) -> Handle:
    """After a PutParameter that was accepted, note its caller."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        answer = await known(method, path, headers, body, query)
        if headers.get("x-amz-target", "").endswith(".PutParameter") and answer[0] == 200:
            who = iam_evaluator.resolve_caller_identity(router.extract_access_key_id(dict(headers), query))
            written = json.loads(answer[2])["Version"]
            for entry in ssm._parameter_history.get(json.loads(body)["Name"], []):
                if who and entry["Version"] == written:
                    entry["LastModifiedUser"] = who["userArn"]
        return answer

    return handle
