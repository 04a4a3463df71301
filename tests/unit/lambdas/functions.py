"""Load a function from the very archive that is deployed."""

import importlib
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from mlops.projects.packages import packages


def load(purpose: str, clients: dict[str, Any], folder: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    """The function's ``handler`` module with ``clients`` in place of boto3's; what it imports comes from the archive, too."""
    for name, content in packages()[f"function-{purpose}"].items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    patch.syspath_prepend(str(folder))
    patch.setattr(boto3, "client", lambda service: clients[service])
    known = _forget()
    try:
        module = importlib.import_module(f"lambdas.{purpose.replace('-', '_')}.handler")
        assert Path(str(module.__file__)).is_relative_to(folder)
        return module
    finally:
        _forget()
        sys.modules.update(known)


def _forget() -> dict[str, ModuleType]:
    """Take the functions and the library out of ``sys.modules``."""
    names = [name for name in sys.modules if name.split(".")[0] in {"lambdas", "mlops"}]
    return {name: sys.modules.pop(name) for name in names}


def published(tree: Mapping[str, bytes], s3: Any, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What ``publish-code`` makes of a code package in the bucket ``own``."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in tree.items():
            archive.writestr(name, content)
    s3.put_object(Bucket="own", Key="packages/p.zip", Body=raw.getvalue())
    handler = load("publish-code", {"s3": s3, "ssm": None}, folder, patch)
    given = {"PackageBucket": "own", "PackageKey": "packages/p.zip", "Bucket": "own", "Defaults": {}}
    return dict(handler.publish(s3, given))
