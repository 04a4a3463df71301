"""Checks of an account that the embedded AWS cannot show: Service Quotas, roles that run out, stacks that did not end well."""

from types import SimpleNamespace
from typing import Any

import pytest

from mlops.platform.checkup import OK, UNCHECKED, WRONG, Check
from mlops.platform.checkup import deployed as of
from mlops.platform.checkup.region import instances, quotas, roles_left


def _account(**clients: Any) -> Any:
    """An account with these clients, and a project of two roles."""
    template = {"Resources": {it: {"Type": "AWS::IAM::Role"} for it in "ab"}}
    return SimpleNamespace(client=clients.__getitem__, products={"p": template})


def _served(values: dict[str, float]) -> Any:
    """Service Quotas with these, in two pages."""
    found = [{"QuotaName": name, "Value": value} for name, value in values.items()]
    pages = [{"Quotas": found[:1]}, {"Quotas": found[1:]}]
    return SimpleNamespace(get_paginator=lambda _: SimpleNamespace(paginate=lambda **_: pages))


ENOUGH = {f"{instance} for {kind} job usage": float(count) for (instance, kind), count in instances().items()}


def test_the_shipped_jobs() -> None:
    """What the definitions take by default: the kinds of jobs that have quotas of their own."""
    assert set(instances()) == {("ml.m5.xlarge", kind) for kind in ("processing", "training", "transform")}


def test_quotas_that_do() -> None:
    """Each is told with its value."""
    found = list(quotas(_account(**{"service-quotas": _served(ENOUGH)})))
    assert {it.state for it in found} == {OK}
    assert "ml.m5.xlarge for training job usage: 1" in [it.found for it in found]


@pytest.mark.parametrize("name", ENOUGH)
def test_a_quota_of_none(name: str) -> None:
    """A new account's: the run would fail with ResourceLimitExceeded."""
    (found,) = [it for it in quotas(_account(**{"service-quotas": _served(ENOUGH | {name: 0.0})})) if it.state == WRONG]
    assert found.found == f"{name}: 0, one step takes {ENOUGH[name]:g}"
    assert found.remedy.startswith(f"raise '{name}' to {ENOUGH[name]:g} or more in Service Quotas")


def test_a_quota_that_is_not_listed() -> None:
    """No value is no answer."""
    known = dict(list(ENOUGH.items())[1:])
    assert {it.state for it in quotas(_account(**{"service-quotas": _served(known)}))} == {OK, UNCHECKED}


@pytest.mark.parametrize(("used", "state"), [(998, OK), (999, WRONG)])
def test_roles_of_a_project(used: int, state: str) -> None:
    """A project takes two here, and the account has room for a thousand."""
    iam = SimpleNamespace(get_account_summary=lambda: {"SummaryMap": {"Roles": used, "RolesQuota": 1000}})
    (found,) = roles_left(_account(iam=iam))
    assert (found.state, found.found) == (state, f"{used} of 1000 roles are used, a project takes 2")


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        ("UPDATE_IN_PROGRESS", "wait"),
        ("ROLLBACK_COMPLETE", "describe-stack-events"),
        ("UPDATE_ROLLBACK_COMPLETE", "describe-stack-events"),
        ("UPDATE_ROLLBACK_FAILED", "describe-stack-events"),
        ("DELETE_FAILED", "describe-stack-events"),
    ],
)
def test_a_stack_that_did_not_end_well(status: str, remedy: str) -> None:
    """What it is, and where the reason stands."""
    one = SimpleNamespace(name="mlops-access", template="{}")
    account: Any = SimpleNamespace(
        assembly=SimpleNamespace(stacks=[one]), stack=lambda _: {"StackStatus": status}, client=lambda _: None
    )
    (found,) = of.stacks(account)
    assert (found.state, found.found) == (WRONG, f"mlops-access: {status}")
    assert remedy in found.remedy


def test_a_key_that_is_to_be_deleted() -> None:
    """The data go with it: the remedy is first of all to keep it."""
    metadata = {"KeyMetadata": {"KeyState": "PendingDeletion", "KeyId": "k"}}
    kms = SimpleNamespace(describe_key=lambda **_: metadata, exceptions=SimpleNamespace(NotFoundException=KeyError))
    stack = SimpleNamespace(name="mlops-foundation")
    account: Any = SimpleNamespace(client=lambda _: kms, expected=lambda *_: [(stack, "Key", {})])
    (found,) = of.key(account)
    assert found == Check("key", WRONG, "alias/mlops/data is PendingDeletion", found.remedy)
    assert "cancel-key-deletion" in found.remedy
