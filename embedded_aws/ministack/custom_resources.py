"""A function's answer to CloudFormation: its address is unguessable and takes one answer."""

import json

from ministack.services.cloudformation import custom_resource


def deliver(token: str, body: bytes) -> bool:
    """Give the answer to the stack that waits for it; False where none waits, one was given, or this is none."""
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    if not isinstance(answer, dict) or answer.get("Status") not in {"SUCCESS", "FAILED"}:
        return False
    with custom_resource._lock:
        waiting = custom_resource._pending.get(token)
        if waiting is None or waiting["result"] is not None:
            return False
        waiting["result"] = answer
        waiting["event"].set()
    return True
