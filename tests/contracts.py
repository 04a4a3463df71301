"""A contract for import-linter: what modules may import, and nothing else; the standard library is always allowed.

The other way round than import-linter's own ``forbidden``: a library that nobody has thought of is refused, too. Imports that only a
type checker sees (``if TYPE_CHECKING``) do not count: they are never made.
"""

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from grimp import ImportGraph, build_graph
from importlinter import Contract, ContractCheck, fields, output

_BUILT_IN = {*sys.stdlib_module_names, "__future__"}


class AllowList(Contract):
    """Options: ``modules`` (packages, with what is below them) and what they may import besides what is their own.

    ``allowed`` are packages; ``lazily`` are packages that only functions import, not modules when they are loaded. With ``apart``
    the packages below ``modules`` are each on their own: none imports another one.
    """

    modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField())
    lazily = fields.ListField(subfield=fields.StringField(), required=False)
    apart = fields.BooleanField(required=False, default=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find what is imported and not allowed."""
        roots = self.session_options["root_packages"]
        graph = build_graph(*roots, include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None)
        own = [module for module in graph.modules if self._own(module)]
        found = sorted(line for module in own for line in self._problems(graph, module))
        found += [f"{it}: no such package" for it in self.modules if not any(_below(module, it) for module in own)]  # type: ignore[attr-defined]
        return ContractCheck(kept=not found, metadata={"found": found})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line an import."""
        for line in check.metadata["found"]:
            output.print_error(line)
        output.new_line()

    def _problems(self, graph: ImportGraph, module: str) -> Iterator[str]:
        for imported in graph.find_modules_directly_imported_by(module):
            if not self._may(module, imported):
                for detail in graph.get_import_details(importer=module, imported=imported):
                    yield f"{module}:{detail['line_number']} imports {imported}, which is not allowed"
        for package, line in _imported_at_once(module):
            if package in (self.lazily or ()):
                yield f"{module}:{line} imports {package} when it is loaded: only functions may"

    def _own(self, module: str) -> str:
        """The package that a module belongs to; empty where the contract is not about it."""
        for package in self.modules:  # type: ignore[attr-defined]
            if _below(module, package):
                parts = module.removeprefix(package).split(".")
                return f"{package}.{parts[1]}" if self.apart and len(parts) > 1 else package
        return ""

    def _may(self, module: str, imported: str) -> bool:
        allowed = (*self.allowed, *(self.lazily or ()), self._own(module))
        return imported in _BUILT_IN or any(_below(imported, package) for package in allowed)


def _below(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


def _imported_at_once(module: str) -> Iterator[tuple[str, int]]:
    """(top package, line) of the imports that are made when the module is loaded."""
    spec = find_spec(module)
    waiting: list[ast.AST] = [ast.parse(Path(str(spec and spec.origin)).read_text())]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).split(".")[0], node.lineno
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not _types_only(node):
            waiting += ast.iter_child_nodes(node)


def _types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
