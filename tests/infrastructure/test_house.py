"""How the stacks are written: what no linter and no import contract sees."""

import ast
from collections.abc import Iterator
from pathlib import Path

STACKS = Path(__file__).parents[2] / "stacks"


def _statements() -> Iterator[tuple[str, ast.Call]]:
    """Every call that makes a statement of a policy, with its place."""
    for path in sorted(STACKS.rglob("*.py")):
        if STACKS / "products" / "history" in path.parents:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"allow", "deny"}:
                yield f"{path.relative_to(STACKS)}:{node.lineno}", node


def _by_position(call: ast.Call) -> bool:
    """Whether something in it is taken from a list by a number: ``pipelines()[0]``, ``actions[:5]``."""
    found = [node.slice for node in ast.walk(call) if isinstance(node, ast.Subscript)]
    numbers = (node.operand if isinstance(node, ast.UnaryOp) else node for node in found)
    return any(isinstance(node, ast.Slice) or isinstance(getattr(node, "value", None), int) for node in numbers)


def test_permissions_are_given_by_name() -> None:
    """An action or a resource that is the third of a list becomes another one when the list grows."""
    found = dict(_statements())
    assert len(found) > 100
    assert [place for place, call in found.items() if _by_position(call)] == []
    assert _by_position(ast.parse("allow(['a'], pipelines()[0])").body[0].value)  # type: ignore[attr-defined]
    assert _by_position(ast.parse("allow([f'x:{name}' for name in actions[:5]], y)").body[0].value)  # type: ignore[attr-defined]
