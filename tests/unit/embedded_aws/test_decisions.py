"""Decisions about one model version that are made at once: one of them counts, the others are told (API reference, ConflictException)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from embedded_aws.sagemaker.registry import Registry
from embedded_aws.service import Call, ServiceError
from embedded_aws.store import Document, DocumentStore

_COUNT = 4


class _Together(DocumentStore):
    """Each of ``_COUNT`` threads has read a version before any of them writes it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._all, self._seen = threading.Barrier(_COUNT), threading.local()

    def get(self, kind: str, key: str) -> Document | None:
        found = super().get(kind, key)
        apart = threading.current_thread() is not threading.main_thread()
        if apart and kind == "ModelPackage" and not getattr(self._seen, "once", False):
            self._seen.once = True
            self._all.wait(timeout=10)
        return found


def _call(operation: str, **params: Any) -> Call:
    return Call(operation, params, "000000000000", "us-east-1", "arn:aws:iam::000000000000:root")


@pytest.mark.parametrize(
    ("statuses", "members"),
    [
        (["Approved", "Rejected"], {}),
        (["Approved", "Approved"], {}),
        ([None, None], {"CustomerMetadataProperties": {"a": "b"}}),
    ],
)
def test_of_decisions_at_once_one_counts(tmp_path: Path, statuses: list[str | None], members: dict[str, Any]) -> None:
    """One event, of the status that is stored; what decides nothing is written by everybody."""
    store, told = _Together(tmp_path / "s.sqlite"), []
    store.put("ModelPackageGroup", "000000000000/us-east-1/g", {})
    registry = Registry(store, lambda _kind, detail, *_: told.append(detail["ModelApprovalStatus"]))
    arn = registry.operations["CreateModelPackage"](_call("CreateModelPackage", ModelPackageGroupName="g"))[
        "ModelPackageArn"
    ]
    told.clear()

    def decide(number: int) -> str:
        status = statuses[number % 2]
        given = members | ({"ModelApprovalStatus": status} if status else {})
        try:
            registry.operations["UpdateModelPackage"](_call("UpdateModelPackage", ModelPackageArn=arn, **given))
        except ServiceError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(_COUNT) as pool:
        answers = sorted(pool.map(decide, range(_COUNT)))
    now = registry.operations["DescribeModelPackage"](_call("DescribeModelPackage", ModelPackageName=arn))
    if members:
        assert (answers, told) == (["done"] * _COUNT, [])
    else:
        assert answers == ["ConflictException"] * (_COUNT - 1) + ["done"]
        assert told == [now["ModelApprovalStatus"]]
