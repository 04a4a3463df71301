"""Which of MiniStack's names embedded_aws/ministack touches, found in its source."""

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import embedded_aws

_CHANGES = {"update", "setdefault"}  # of a table; records within one are data, not hooks
PACKAGE = Path(embedded_aws.__file__).parent / "ministack"


def touched() -> set[str]:
    """Dotted names: modules' attributes (``ministack.services.s3._buckets``) and private ones below these."""
    return {name for file in sorted(PACKAGE.rglob("*.py")) for name in _names(ast.parse(file.read_text()))}


def assigned() -> set[str]:
    """Places in the source that assign to something of MiniStack's themselves, as ``file: code``."""
    found = set()
    for file in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(file.read_text())
        modules = dict(_imports(tree))
        for node in ast.walk(tree):
            found |= {f"{file.name}: {ast.unparse(item)}" for item in _changed(node) if _is_hook(item, modules)}
    return found


def _changed(node: ast.AST) -> list[ast.expr]:
    """What a statement assigns to or deletes, and the table that a call of ``update`` changes."""
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    if isinstance(node, ast.AugAssign | ast.AnnAssign):
        return [node.target]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
        return [node.func.value]
    return []


def _imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(name here, dotted name) of everything imported of MiniStack."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ministack":
            yield from ((item.asname or item.name, f"{node.module}.{item.name}") for item in node.names)
        elif isinstance(node, ast.Constant) and str(node.value).startswith("ministack."):
            raise AssertionError(f"{node.value!r}, line {node.lineno}: a module by its name cannot be followed")
        elif isinstance(node, ast.Import):
            assert not any(item.name.split(".")[0] == "ministack" for item in node.names), "write 'from ministack ...'"


def _names(tree: ast.AST) -> Iterator[str]:
    imported = dict(_imports(tree))
    yield from (name for name in imported.values() if not _is_module(name))
    modules = {here: name for here, name in imported.items() if _is_module(name)}
    hooked = {id(node.args[0]) for node in ast.walk(tree) if _makes_hook(node)}  # type: ignore[attr-defined]
    owners = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in modules and id(node) not in owners | hooked:
            raise AssertionError(
                f"{node.id}, line {node.lineno}: a module of MiniStack that is passed on cannot be followed"
            )
        if _makes_hook(node):
            yield f"{_owner(node.args[0], modules)}.{node.args[1].value}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Attribute):
            yield from _chain(node, modules)


def _owner(node: ast.expr, modules: dict[str, str]) -> str:
    """A module, or a class of one."""
    if isinstance(node, ast.Attribute):
        return f"{_owner(node.value, modules)}.{node.attr}"
    assert isinstance(node, ast.Name)
    return modules[node.id]


def _makes_hook(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Hook"


def _chain(node: ast.Attribute, modules: dict[str, str]) -> Iterator[str]:
    """The attribute of a module; below it private attributes only (``_alarms._data``, not ``_buckets.get``)."""
    if isinstance(node.value, ast.Name) and node.value.id in modules:
        yield f"{modules[node.value.id]}.{node.attr}"
    elif isinstance(node.value, ast.Attribute) and node.attr.startswith("_"):
        yield from (f"{name}.{node.attr}" for name in _chain(node.value, modules))


def _is_hook(target: ast.expr, modules: dict[str, str]) -> bool:
    """An attribute of a module of MiniStack, or an entry directly in such an attribute."""
    if isinstance(target, ast.Subscript):
        target = target.value
    return isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id in modules


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
