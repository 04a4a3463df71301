"""``python -m tests.docs.house``: draw the house as the code's imports have it into docs/architecture.md (``--check``: compare only).

Rooms are the top-level packages and what lies directly in ``mlops``; an arrow is an import between modules of two rooms. Arrows that
follow from others are left out (transitive reduction), so that the picture can be read.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("bench", "stacks", "lambdas", "pipelines", "mlops", "embedded_aws")
FLOORS = (  # as the house is meant to be, the top one first: who stands on one imports from those below it only
    ("bench", "mlops.__main__"),
    ("mlops.cli", "stacks"),
    ("mlops.adherence", "mlops.costs"),
    ("mlops.backups", "mlops.models", "mlops.platform"),
    ("mlops.runs",),
    ("mlops.projects",),
    ("mlops.datasets", "mlops.monitoring", "lambdas", "pipelines"),
    ("mlops.aws", "mlops.s3"),
    ("mlops.bundled", "mlops.errors", "mlops.pages", "mlops.progress", "embedded_aws"),
)
OPEN = ("mlops",)  # packages that are drawn room by room
_BEGIN, _END = "<!-- house: drawn by 'python -m tests.docs.house' -->\n", "<!-- /house -->\n"
Arrows = dict[str, set[str]]


def arrows(packages: Iterable[str], opened: Iterable[str]) -> Arrows:
    """Room -> rooms that it imports, function-level imports included."""
    graph = grimp.build_graph(*packages, cache_dir=None)
    found: Arrows = {}
    for module in graph.modules:
        room = _room(module, opened)
        if room:
            targets = {_room(other, opened) for other in graph.find_modules_directly_imported_by(module)}
            found.setdefault(room, set()).update(target for target in targets if target and target != room)
    return found


def running_up(found: Mapping[str, set[str]]) -> list[tuple[str, str]]:
    """Arrows to a room that stands no lower, by ``FLOORS``; a room without a place there stands nowhere."""
    height = {room: -number for number, level in enumerate(FLOORS) for room in level}
    pairs = ((room, other) for room, near in sorted(found.items()) for other in sorted(near))
    return [(room, other) for room, other in pairs if not height.get(other, 0) < height.get(room, -len(FLOORS))]


def floors(found: Mapping[str, set[str]]) -> list[list[str]]:
    """Rooms by floor, the top one first: each room stands above all that it imports.

    Raises:
        ValueError: rooms import each other in a circle.
    """
    height: dict[str, int] = {}
    waiting = dict(found)
    while waiting:
        ready = [room for room, below in waiting.items() if below <= height.keys()]
        if not ready:
            raise ValueError(f"rooms in a circle: {', '.join(sorted(waiting))}")
        for room in ready:
            height[room] = 1 + max((height[other] for other in waiting.pop(room)), default=0)
    top = max(height.values())
    return [sorted(room for room, floor in height.items() if floor == level) for level in range(top, 0, -1)]


def reduced(found: Mapping[str, set[str]]) -> Arrows:
    """Without the arrows that follow from others."""
    reach: dict[str, set[str]] = {}
    for level in reversed(floors(found)):
        for room in level:
            reach[room] = found[room] | {far for near in found[room] for far in reach[near]}
    return {room: {it for it in near if not any(it in reach[other] for other in near)} for room, near in found.items()}


def picture() -> str:
    """The drawing as a Mermaid graph, rooms named as they are imported."""
    found = arrows(PACKAGES, OPEN)
    near = sorted((room, other) for room, others in reduced(found).items() for other in others)
    levels = [" ~~~ ".join(f"{_id(room)}[{room}]" for room in level) for level in floors(found)]
    lines = ["```mermaid", "graph TD", *(f"  {level}" for level in levels)]
    lines += [f"  {_id(room)} --> {_id(other)}" for room, other in near]
    return "\n".join([*lines, "```", ""])


def page() -> str:
    """docs/architecture.md with the drawing as it should be."""
    before, rest = PAGE.read_text().split(_BEGIN)
    return before + _BEGIN + picture() + _END + rest.split(_END)[1]


def _room(module: str, opened: Iterable[str]) -> str:
    """The room that a module lies in; nothing for an opened package itself."""
    top, _, rest = module.partition(".")
    if top not in opened:
        return top
    return f"{top}.{rest.split('.')[0]}" if rest else ""


def _id(room: str) -> str:
    return room.replace(".", "_")


def main() -> int:
    """Exit code 1 where ``--check`` finds a difference."""
    wanted = page()
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text() != wanted)
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
