"""A function's handler is in its archive: Lambda takes one that is not there, and tells at the first invocation only."""

import ast
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stacks.rules.findings import Finding, Template, resources, text

Files = Mapping[str, bytes]
Archive = Callable[[str], Files | None]  # key in the assets bucket -> its files; None where there is no such asset
_RULE = "handler"
_NODE = (".js", ".mjs", ".cjs")


def archives(folder: Path) -> Archive:
    """Assets as a synth leaves them in its folder, by their keys: an archive, or the folder that becomes one."""

    def files(key: str) -> Files | None:
        path = folder / f"asset.{key}"
        if path.is_file():
            with zipfile.ZipFile(path) as archive:
                return {name: archive.read(name) for name in archive.namelist()}
        tree = path.with_suffix("")
        if tree.is_dir():
            return {it.relative_to(tree).as_posix(): it.read_bytes() for it in tree.rglob("*") if it.is_file()}
        return None

    return files


def missing_handlers(template: Template, archive: Archive) -> Iterator[Finding]:
    """Functions of a template whose handler's file, or whose function in that file, is not in the code that they are given."""
    for logical_id, properties in resources(template, "AWS::Lambda::Function"):
        code, runtime = properties.get("Code", {}), text(properties.get("Runtime", ""))
        files = _files(code, runtime, archive)
        if files is None:
            yield Finding(_RULE, logical_id, f"{text(code.get('S3Key', 'its code'))}: no such archive among the assets")
            continue
        problem = _problem(text(properties.get("Handler", "")), runtime, files) if files else ""
        if problem:
            yield Finding(_RULE, logical_id, problem)


def _files(code: Mapping[str, Any], runtime: str, archive: Archive) -> Files | None:
    """Empty where nothing can be looked at: an image, or code that a parameter names."""
    if "ZipFile" in code:
        return {f"index{'.py' if runtime.startswith('python') else '.js'}": text(code["ZipFile"]).encode()}
    key = text(code.get("S3Key", ""))
    return archive(key) if key and "$" not in key else {}


def _problem(handler: str, runtime: str, files: Files) -> str:
    module, _, name = handler.rpartition(".")
    if not module:
        return f"handler {handler!r} is not FILE.FUNCTION"
    if runtime.startswith("nodejs"):
        return "" if any(f"{module}{it}" in files for it in _NODE) else f"handler {handler}: no file {module}.js"
    if not runtime.startswith("python"):
        return ""
    path = module.replace(".", "/")
    source = files.get(f"{path}.py", files.get(f"{path}/__init__.py"))
    if source is None:
        return f"handler {handler}: no file {path}.py in its archive"
    try:
        return "" if name in _names(ast.parse(source)) else f"handler {handler}: {path}.py has no {name}"
    except SyntaxError as error:
        return f"handler {handler}: {path}.py, line {error.lineno}: {error.msg}"


def _names(module: ast.Module) -> set[str]:
    """What a module binds at its top."""
    found: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {it.asname or it.name.split(".")[0] for it in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {it.id for it in targets if isinstance(it, ast.Name)}
    return found
