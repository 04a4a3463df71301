"""``stacks/stateful.lock``: everything of the platform's stacks that holds something, by what makes it the one that it is.

``make assembly`` adds lines and changes none. A resource that is replaced keeps its old line, and needs a waiver, until no account has
the old one any more: then line and waiver are removed together.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlops.errors import RefusedInput
from stacks.rules.findings import Template
from stacks.rules.replacement import Identity, Version, stateful

_REPOSITORY = Path(__file__).resolve().parents[2]
LOCK = _REPOSITORY / "stacks" / "stateful.lock"
WAIVERS = (
    _REPOSITORY / "stacks" / "replaced.json"
)  # stack/logical id, or product.version/logical id -> why it may be replaced


@dataclass(frozen=True)
class Earlier:
    """What a synth is compared with: the stacks' resources that hold something, products' published versions, and waivers."""

    known: Mapping[str, Identity] = field(default_factory=dict)
    published: Mapping[str, Sequence[Version]] = field(default_factory=dict)  # by product, oldest first
    waivers: Mapping[str, str] = field(default_factory=dict)


def known(lock: Path = LOCK) -> dict[str, Identity]:
    """``stack/logical id`` -> identity.

    Raises:
        RefusedInput: there is no lock, so that anything could be replaced unseen.
    """
    if not lock.exists():
        raise RefusedInput(f"{lock.name}: is missing; restore it (an empty one where nothing was ever deployed)")
    parts = (line.split(" ", 2) for line in lock.read_text().splitlines())
    return {f"{stack}/{logical_id}": json.loads(text) for stack, logical_id, text in parts}


def waivers(path: Path = WAIVERS) -> dict[str, str]:
    """Name -> reason."""
    return dict(json.loads(path.read_text()))


def grown(before: Mapping[str, Identity], stacks: Mapping[str, Template]) -> str:
    """The lock's text with what is new."""
    now = {f"{stack}/{id_}": it for stack, template in stacks.items() for id_, it in stateful(template).items()}
    lines = {**now, **before}
    return "".join(f"{name.replace('/', ' ')} {json.dumps(lines[name], sort_keys=True)}\n" for name in sorted(lines))
