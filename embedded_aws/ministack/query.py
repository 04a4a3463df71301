"""Requests of services that speak AWS's query protocol or JSON: their members, and errors in the form that the client expects."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs


def parameters(headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]) -> dict[str, str]:
    """Members of a request in either protocol, lists flattened as the query protocol does; ``Action`` is the operation."""
    if "amz-json" in headers.get("content-type", ""):
        found = json.loads(body or b"{}")
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        return {name: value for name, value in found.items() if isinstance(value, str)} | {"Action": operation}
    sent = {**query, **parse_qs(body.decode(errors="replace"), keep_blank_values=True)}
    return {name: value[0] if isinstance(value, list) else str(value) for name, value in sent.items()}
