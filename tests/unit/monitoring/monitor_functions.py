"""Load a Lambda function's code anew, as the service does, with its environment."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def loaded(folder: str, module: str = "handler") -> Iterator[ModuleType]:
    """A module of ``lambdas/<folder>``; it and its siblings are forgotten afterwards."""
    _forget()
    try:
        yield importlib.import_module(f"lambdas.{folder}.{module}")
    finally:
        _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "lambdas"]:
        del sys.modules[name]
