"""What a killed server leaves of a provisioned product, whatever the instant."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from embedded_aws.servicecatalog.provisioning import Provisioning
from embedded_aws.store import DocumentStore

_KEY, _RECORD = "000000000000/us-east-1/pp-1", "000000000000/us-east-1/rec-1"
_STOPPED = "the embedded AWS was stopped during this change"


@pytest.mark.parametrize(
    ("record", "status"), [(None, "ERROR"), ("PROVISION_PRODUCT", "ERROR"), ("UPDATE_PROVISIONED_PRODUCT", "TAINTED")]
)
def test_a_change_that_was_cut_off_has_failed(tmp_path: Path, record: str | None, status: str) -> None:
    """Also where not even the record of the change had been written: nothing stays under change for ever."""
    store = DocumentStore(tmp_path / "services.sqlite")
    item: dict[str, Any] = {"Id": "pp-1", "Status": "UNDER_CHANGE", "UserArn": "arn:aws:iam::000000000000:root"}
    store.put("ProvisionedProduct", _KEY, item | ({"LastRecordId": "rec-1"} if record else {}))
    if record:
        known = {"RecordId": "rec-1", "RecordType": record, "ProvisionedProductId": "pp-1", "Status": "IN_PROGRESS"}
        store.put("Record", _RECORD, known)
    stacks = SimpleNamespace(find=lambda name: f"stack {name}")
    Provisioning(SimpleNamespace(store=store), None, stacks).recover()
    found = store.get("ProvisionedProduct", _KEY)
    assert found is not None
    assert (found["Status"], found["StatusMessage"], found["PhysicalId"]) == (
        status,
        _STOPPED,
        "stack SC-000000000000-pp-1",
    )
    assert (store.get("Record", _RECORD) or {}).get("Status") == ("FAILED" if record else None)
