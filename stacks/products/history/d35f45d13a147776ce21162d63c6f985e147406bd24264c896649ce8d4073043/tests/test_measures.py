"""CMA1..CMA7 and PDC against their definitions (Dima & Dediu 2017; PQA), worked out by hand and day by day.

AdhereR's own output on its example data is not at hand here; the expected values come from its published definitions.
"""

import numpy as np
import pytest
from adherence.measures import CMA, covered, pdc
from hypothesis import given, settings
from hypothesis import strategies as st


def _fills(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([day for day, _ in pairs]), np.array([days for _, days in pairs])


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        # fills on days 0, 20, 60 and 100 of a window of 0..150: supplies of 30, 30, 30 and 30 days
        (1, 90 / 100),
        (2, 120 / 150),
        (3, 90 / 100),
        (4, 120 / 150),
        (5, 90 / 100),  # 0-30, 30-60, 60-90: ten days without supply before day 100
        (6, 120 / 150),
        (7, 120 / 150),
    ],
)
def test_hand_worked(number: int, expected: float) -> None:
    """A series with one early refill and one gap."""
    assert CMA[number](*_fills((0, 30), (20, 30), (60, 30), (100, 30)), 0, 150) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        # fills on days -10 (40 days), 10 (90), 50 (90) and 150 (30); window 0..180
        (1, 180 / 140),
        (2, 210 / 170),
        (3, 1.0),
        (4, 1.0),
        (5, 1.0),  # 10-100, 100-190
        (6, 1.0),
        (7, 1.0),  # -10 to 30 covers the window's first days, then 30-120, 120-210
    ],
)
def test_oversupply_is_capped_where_the_definition_says_so(number: int, expected: float) -> None:
    """CMA1 and CMA2 exceed 1; CMA3 and CMA4 cap; CMA5..7 carry over."""
    fills = _fills((-10, 40), (10, 90), (50, 90), (150, 30))
    assert CMA[number](*fills, 0, 180) == pytest.approx(expected, abs=1e-12)


def test_carry_over_from_before_the_window_counts_in_cma7_only() -> None:
    """A 60-day supply 30 days before the window covers its first 30 days; CMA6 begins with the first event inside."""
    fills = _fills((-30, 60), (50, 30))
    assert CMA[7](*fills, 0, 100) == pytest.approx((30 + 30) / 100)
    assert CMA[6](*fills, 0, 100) == pytest.approx(30 / 50)


def test_one_event_has_no_cma1() -> None:
    """There is nothing between the first and the last event."""
    assert np.isnan(CMA[1](*_fills((5, 30)), 0, 100))
    assert np.isnan(CMA[5](*_fills((5, 30)), 0, 100))


def test_pdc_shifts_the_same_drug() -> None:
    """PQA: the overlap of the same drug moves behind the earlier supply."""
    assert pdc([_fills((0, 30), (25, 30), (70, 30))], 0, 100) == pytest.approx(0.90)


def test_pdc_does_not_shift_different_drugs() -> None:
    """PQA: different drugs overlap, a day is covered once."""
    assert pdc([_fills((0, 30)), _fills((20, 30))], 0, 100) == pytest.approx(0.50)
    assert pdc([_fills((0, 30), (20, 30))], 0, 100) == pytest.approx(0.60)


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(1, 90)), min_size=1, max_size=12, unique_by=lambda pair: pair[0]
    ),
    st.integers(0, 100),
    st.integers(1, 150),
)
@settings(max_examples=200, deadline=None)
def test_covered_days_equal_a_pill_box(pairs: list[tuple[int, int]], begin: int, length: int) -> None:
    """Counting day by day from a pill box gives the same."""
    pairs = sorted(pairs)
    waiting, box, count = dict(pairs), 0, 0
    for day in range(begin + length):
        box += waiting.get(day, 0)
        count += box > 0 and day >= begin
        box -= box > 0
    assert covered(*_fills(*pairs), begin, begin + length) == count
