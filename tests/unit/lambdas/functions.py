"""Load a function from the very archive that is deployed."""

import importlib
import io
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

from mlops.bundled.code_tree import Tree
from mlops.projects.packages import packages


def load(purpose: str, clients: dict[str, Any], folder: Path, patch: pytest.MonkeyPatch) -> ModuleType:
    """The function's ``handler`` module with ``clients`` in place of boto3's; what it imports comes from the archive, too."""
    for name, content in _archives()[f"function-{purpose}"].items():
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


@cache
def _archives() -> Mapping[str, Tree]:
    return packages()


def _forget() -> dict[str, ModuleType]:
    """Take the functions and the library out of ``sys.modules``."""
    names = [name for name in sys.modules if name.split(".")[0] in {"lambdas", "mlops"}]
    return {name: sys.modules.pop(name) for name in names}


def published(  # noqa: PLR0917 (a test's fixtures, then what differs)
    tree: Mapping[str, bytes],
    s3: Any,
    folder: Path,
    patch: pytest.MonkeyPatch,
    product: Mapping[str, bytes] | None = None,
    defaults: Mapping[str, str] | None = None,
    key: str = "packages/p.zip",
) -> dict[str, Any]:
    """What ``publish-code`` makes in the bucket ``own`` of a code package and of the product's own archive (the same by default)."""
    s3.put_object(Bucket="own", Key=key, Body=_zip(tree))
    s3.put_object(Bucket="own", Key="product.zip", Body=_zip(product or tree))
    clients = dict.fromkeys(("ssm", "codepipeline", "cloudformation"))
    handler = load("publish-code", {"s3": s3, **clients}, folder, patch)
    given = {
        "PackageBucket": "own",
        "PackageKey": key,
        "ProductBucket": "own",
        "ProductKey": "product.zip",
    }
    found = handler.publish(s3, {**given, "Bucket": "own", "Defaults": {**DEFAULTS, **(defaults or {})}})
    return dict(found)


def _zip(tree: Mapping[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, content in tree.items():
            archive.writestr(name, content)
    return raw.getvalue()


_FUNCTIONS = (
    "AuthorizeRun",
    "ResolveChampion",
    "RecordCard",
    "ResolveModel",
    "PublishDriftMetrics",
    "PublishPredictions",
)
DEFAULTS = {  # what a project's stack fills in
    "ExecutionRoleArn": "arn:aws:iam::000000000000:role/mlops-p-execution",
    "ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0",
    "MonitorImageUri": "monitor",
    "OutputUri": "s3://own/runs",
    "PredictionsUri": "s3://data/predictions",
    "ModelPackageGroupName": "p",
    "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k",
    "OnViolation": "continue",
    "MinAuc": "0.75",
    "MinAucDue": "0.68",
    "MaxEceDue": "0.05",
    **{f"{name}FunctionArn": f"arn:aws:lambda:us-east-1:000000000000:function:p-{name}" for name in _FUNCTIONS},
}
