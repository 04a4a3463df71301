"""Load a Lambda function's code as the service does: from its own folder, with its environment."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

LAMBDAS = Path(__file__).resolve().parents[3] / "lambdas"


@contextmanager
def loaded(folder: str, module: str = "handler") -> Iterator[ModuleType]:
    """A module of ``lambdas/<folder>``; its siblings are forgotten afterwards."""
    names = [path.stem for path in (LAMBDAS / folder).glob("*.py")]
    sys.path.insert(0, str(LAMBDAS / folder))
    for name in names:
        sys.modules.pop(name, None)
    try:
        yield importlib.import_module(module)
    finally:
        sys.path.remove(str(LAMBDAS / folder))
        for name in names:
            sys.modules.pop(name, None)
