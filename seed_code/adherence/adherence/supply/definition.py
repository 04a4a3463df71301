"""What defines the label, as a hash: two versions answer the same question only where theirs are the same."""

import ast
import hashlib
import inspect
import json
from collections.abc import Mapping
from typing import Any

from adherence.supply import index_rows, labels, ledger

_SETTINGS = ("horizon_days", "permissible_gap_days", "carry_over_cap_days", "switch_policy")
_SILENT = {"annotation", "kind", "returns", "type_comment"}  # fields that change nothing that is computed


def label_hash(settings: Mapping[str, Any]) -> str:
    """Hash of the settings that the label depends on and of what its code does: not of its comments, types or places."""
    code = [_meaning(ast.parse(inspect.getsource(module))) for module in (ledger, index_rows, labels)]
    chosen = {name: settings[name] for name in _SETTINGS}
    return hashlib.sha256(json.dumps([code, chosen], sort_keys=True).encode()).hexdigest()


def _meaning(node: Any) -> Any:
    """A tree as lists; fields that newer Pythons add to it are empty, and empty ones are left out."""
    if isinstance(node, list):
        return [_meaning(item) for item in node if not _says_nothing(item)]
    if not isinstance(node, ast.AST):
        return repr(node)
    told = [(name, value) for name, value in ast.iter_fields(node) if name not in _SILENT]
    return [type(node).__name__, [[name, _meaning(value)] for name, value in told if value is not None and value != []]]


def _says_nothing(node: Any) -> bool:
    """Docstrings, and where in this package a module lies that is imported."""
    words = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return words or isinstance(node, ast.Import | ast.ImportFrom)
