"""Load a function from the very archive that is deployed."""

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from mlops.projects.packages import packages


def load(purpose: str, clients: dict[str, Any], folder: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    """The function's ``handler`` module with ``clients`` in place of boto3's."""
    tree = packages()[f"function-{purpose}"]
    for name, content in tree.items():
        (folder / name).write_bytes(content)
        sys.modules.pop(Path(name).stem, None)  # patch would bring it back afterwards
    patch.syspath_prepend(str(folder))
    patch.setattr(boto3, "client", lambda service: clients[service])
    module = importlib.import_module("handler")
    for name in tree:
        sys.modules.pop(Path(name).stem, None)  # patch would bring it back afterwards
    return module
