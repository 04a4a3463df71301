"""For programs that ``mlops exec`` starts: an STS client with the public address written into its source goes to AWS_ENDPOINT_URL.

The SageMaker SDK makes its STS clients with ``endpoint_url="https://sts.<region>.amazonaws.com"``, which no setting changes. Python
imports this file by its name when it starts (https://docs.python.org/3/library/site.html), because its folder stands first in
PYTHONPATH. It changes one method, botocore's ``Session.create_client``, for that one argument, and imports the standard library alone.
"""

import importlib.util
import os
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any
from urllib.parse import urlsplit

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (pathlib would double a program's start)
_PATCHED = "botocore.session"


def _is_public_sts(url: object) -> bool:
    """sts.amazonaws.com or sts.REGION.amazonaws.com, whatever stands before and behind the host."""
    host = (urlsplit(url).hostname or "") if isinstance(url, str) else ""
    parts = host.removesuffix(".cn").split(".")
    return parts[0] == "sts" and parts[-2:] == ["amazonaws", "com"] and len(parts) in {3, 4}


def _redirect(session: Any) -> None:
    create = session.create_client

    def create_client(self: Any, *given: Any, **named: Any) -> Any:
        here = os.environ.get("AWS_ENDPOINT_URL")
        if here and _is_public_sts(named.get("endpoint_url")):
            named["endpoint_url"] = here
        return create(self, *given, **named)

    session.create_client = create_client


class _WhenImported:
    """Finds botocore's sessions as Python would, and changes them once they are loaded."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":  # noqa: ARG002 (the import system's interface)
        if name != _PATCHED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            load(module)
            _redirect(module.Session)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _run_the_next() -> None:
    """The machine's own sitecustomize, which this one stands before."""
    spec = PathFinder.find_spec("sitecustomize", [place for place in sys.path if os.path.abspath(place) != _HERE])  # noqa: PTH100
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


sys.meta_path.insert(0, _WhenImported())
_run_the_next()
