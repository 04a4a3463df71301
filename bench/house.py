"""The house in figures: rooms, arrows that run up, circles, lengths of functions and files; ``make bench NAME=house``."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp

from tests.docs import house
from tests.unit.test_house import PACKAGES, circles

_ROOT = Path(__file__).parents[1]
_FOLDERS = ("bench", "embedded_aws", "lambdas", "mlops", "pipelines", "seed_code", "stacks")
_LEFT_OUT = {"tests", "history", "_packaged"}  # frozen or packaged copies, and tests


def main() -> int:
    """1 where a room imports one above it, or modules import each other."""
    found = house.arrows(house.PACKAGES, house.OPEN)
    found_circles = circles(grimp.build_graph(*PACKAGES, cache_dir=None))
    files = [path for folder in _FOLDERS for path in sorted((_ROOT / folder).rglob("*.py")) if _counts(path)]
    lines = sorted(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
    lengths = sorted(length for path in files for length in _functions(ast.parse(path.read_text(encoding="utf-8"))))
    up = len(house.running_up(found))
    _say("rooms (top-level packages; those of mlops each)", len(found))
    _say("arrows that run up", up)
    _say("circles of modules, imports within functions included", len(found_circles))
    _say("Python files without tests; lines: median, 90 %, longest", f"{len(files)}; {_shown(lines)}")
    _say("functions; lines without docstring: median, 90 %, longest", f"{len(lengths)}; {_shown(lengths)}")
    for circle in found_circles:
        sys.stdout.write(f"  {', '.join(circle)}\n")
    return int(bool(up or found_circles))


def _counts(path: Path) -> bool:
    return not _LEFT_OUT & set(path.relative_to(_ROOT).parts)


def _functions(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            said = (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            )
            docstring = _lines(first) if said else 0
            yield _lines(node) - docstring


def _lines(node: ast.stmt) -> int:
    return int(node.end_lineno or node.lineno) - node.lineno + 1


def _shown(values: list[int]) -> str:
    return f"{values[len(values) // 2]}, {values[int(len(values) * 0.9)]}, {values[-1]}"


def _say(what: str, value: object) -> None:
    sys.stdout.write(f"{what:<62} {value}\n")


if __name__ == "__main__":
    sys.exit(main())
