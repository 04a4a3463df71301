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
