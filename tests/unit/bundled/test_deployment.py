"""The pointer to the deployed version under racing decisions."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mlops.bundled.deployment import Pointer
from tests.unit.bundled.ssm import FakeSsm


def decision(version: int, second: int) -> dict[str, Any]:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return {"model_package_arn": f"arn:{version}", "version": version, "approved_at": at.isoformat()}


def deployed(ssm: FakeSsm) -> int:
    return int(json.loads(ssm.values[-1])["version"])


@given(st.permutations(range(6)))
def test_the_latest_decision_stays_in_whatever_order_functions_run(order: list[int]) -> None:
    """Six approvals whose functions run in any order: the pointer ends at the one that was decided last."""
    ssm = FakeSsm()
    for number in order:
        Pointer(ssm, "/p").move(decision(number, number))
    assert deployed(ssm) == 5


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True), st.integers(0, 50))
def test_no_later_decision_is_lost_between_reading_and_writing(others: list[int], own: int) -> None:
    """Others write between our look and our write, one before each of our writes: the latest decision of all stays."""
    waiting = list(others)

    def others_write(ssm: FakeSsm) -> None:
        if waiting:
            number = waiting.pop(0)
            ssm.values.append(json.dumps(decision(number, number), sort_keys=True))

    ssm = FakeSsm(others_write)
    Pointer(ssm, "/p").move(decision(own, own))
    written = {int(json.loads(value)["version"]) for value in ssm.values}
    assert deployed(ssm) == max(written)
    assert own in written or max(written) > own


def test_a_repeated_event_adds_nothing_to_the_log() -> None:
    """EventBridge delivers at least once; the log has one entry a decision."""
    ssm = FakeSsm()
    assert [Pointer(ssm, "/p").move(decision(1, 1)) for _ in range(3)] == ["deployed"] * 3
    assert len(ssm.values) == 1


def test_an_earlier_decision_is_superseded() -> None:
    """A late function with an older approval changes nothing and says so."""
    ssm = FakeSsm()
    Pointer(ssm, "/p").move(decision(2, 20))
    assert Pointer(ssm, "/p").move(decision(1, 10)) == "superseded"
    assert deployed(ssm) == 2
