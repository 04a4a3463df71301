"""CloudFormation's registry: what the properties of each type may be, and which permissions its handlers take.

``schemas.txt`` is an extract of the registry's schemas as cfn-lint (MIT-0) ships them, one line a type, for the types that are made
here; ``python -m tests.infrastructure.cfn_schemas`` writes it, and a test compares.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("schemas.txt")
Schema = Mapping[str, Any]


def names() -> tuple[str, ...]:
    """All types."""
    return tuple(_lines())


@cache
def schema(type_name: str) -> Schema | None:
    """The schema of a type; None where the registry has none."""
    line = _lines().get(type_name)
    return dict(json.loads(line)) if line else None


def permissions(type_name: str, handler: str) -> tuple[str, ...]:
    """What a handler (``create``, ``update``, ``delete``) may call; nothing where the registry does not say."""
    return tuple((schema(type_name) or {}).get("handlers", {}).get(handler, ()))


@cache
def _lines() -> dict[str, str]:
    """Type -> its schema as text: reading one takes longer than finding it."""
    return dict(line.split(" ", 1) for line in FILE.read_text().splitlines())
