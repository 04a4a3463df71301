"""What a function or a job carries with it: the library's modules that its files import, by what stands in them."""

import ast
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlops.bundled.code_tree import Tree
from mlops.errors import RefusedInput

_ROOT = Path(__file__).resolve().parents[2]
_LIBRARY = "mlops"


def with_imports(tree: Tree, allowed: tuple[str, ...] = ("mlops.bundled",)) -> Tree:
    """``tree`` with every module of the library that its files import, and those that these import in their turn.

    Raises:
        RefusedInput: an import of the library that is not below ``allowed``, or of a module that there is none of.
    """
    found, waiting = dict(tree), [name for name in tree if name.endswith(".py")]
    while waiting:
        name = waiting.pop()
        for module in _imported(name, found[name]):
            if not any(f"{module}.".startswith(f"{prefix}.") for prefix in allowed):
                raise RefusedInput(f"{name} imports {module}: of the library it can carry {', '.join(allowed)} only")
            for file in _files(module, name):
                if file not in found:
                    found[file] = (_ROOT / file).read_bytes()
                    waiting.append(file)
    return found


def _imported(name: str, content: bytes) -> Iterator[str]:
    """Modules of the library that a file names, wherever in it."""
    for node in ast.walk(ast.parse(content, name)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = list(_from(node, name))
        else:
            continue
        yield from (module for module in names if module.split(".")[0] == _LIBRARY)


def _from(node: ast.ImportFrom, name: str) -> Iterator[str]:
    """The modules of a ``from ... import ...``: the one it names, or, where that is a package, those that it takes from it."""
    parents = list(PurePosixPath(name).parent.parts)
    base = parents[: len(parents) - node.level + 1] if node.level else []
    module = ".".join([*base, *([node.module] if node.module else [])])
    if (_ROOT / module.replace(".", "/")).is_dir():
        yield from (f"{module}.{alias.name}" for alias in node.names)
    else:
        yield module


def _files(module: str, name: str) -> Iterator[str]:
    """The module's file and those of the packages around it."""
    path = PurePosixPath(module.replace(".", "/"))
    own = path / "__init__.py" if (_ROOT / path).is_dir() else path.with_suffix(".py")
    if not (_ROOT / own).is_file():
        raise RefusedInput(f"{name} imports {module}: there is no such module")
    yield own.as_posix()
    yield from (f"{parent}/__init__.py" for parent in path.parents if parent.name)
