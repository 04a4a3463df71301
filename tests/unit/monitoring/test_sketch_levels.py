"""The quantile sketch equals Deequ's algorithm value by value, and keeps its promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops.monitoring.sketch import Sketch, cdf, rank_error, weighted
from tests.unit.monitoring.monitor_oracles import Compactors


def sketched(values: np.ndarray, parts: int) -> Sketch:
    sketch = Sketch()
    for part in np.array_split(values, parts):
        sketch.add(part)
    return sketch


@given(st.integers(0, 2**32 - 1), st.integers(1, 30_000), st.integers(1, 9), st.sampled_from([2, 50, 10**9]))
@settings(max_examples=25, deadline=None)
def test_levels_equal_the_scalar_algorithm(seed: int, count: int, parts: int, distinct: int) -> None:
    """Same arrays in the same order, in whatever portions the values come, with and without ties."""
    values = np.random.default_rng(seed).integers(0, distinct, count) / 8
    oracle = Compactors()
    for value in values.tolist():
        oracle.update(value)
    assert sketched(values, parts).to_json()["data"] == oracle.buffers


def test_up_to_the_first_capacity_every_value_is_kept() -> None:
    """2 (ceil(2048 / 2) + 1) = 2050 values fit; the next one compacts them to 1025 of weight two."""
    values = np.arange(2051.0)[::-1].copy()
    assert sketched(values[:2050], 3).to_json()["data"] == [values[:2050].tolist()]
    data = sketched(values, 3).to_json()["data"]
    assert data == [[0.0], np.arange(1.0, 2051.0)[::2].tolist()]


@pytest.mark.parametrize("count", [1, 2050, 2051, 10_000, 250_000])
def test_weights_sum_to_the_number_of_values(count: int) -> None:
    """Compaction loses no weight."""
    _, weights = weighted(sketched(np.random.default_rng(count).normal(size=count), 4).levels)
    assert weights.sum() == count


@pytest.mark.parametrize("order", ["random", "ascending", "descending", "organ pipe"])
def test_ranks_are_within_the_bound(order: str) -> None:
    """No rank is wrong by more than the figure that the decision rule allows for."""
    values = np.random.default_rng(4).permutation(200_000).astype(float)
    if order == "ascending":
        values.sort()
    elif order == "descending":
        values = np.sort(values)[::-1].copy()
    elif order == "organ pipe":
        values = np.concatenate([np.arange(0.0, 200_000, 2), np.arange(199_999.0, 0, -2)])
    points = np.arange(0.0, 200_000, 500)
    error = np.abs(cdf(sketched(values, 7).levels).at(points) - (points + 1) / 200_000)
    assert error.max() < rank_error(200_000)
    assert rank_error(2050) == 0.0


def test_memory_does_not_grow() -> None:
    """A million values leave fewer than 8,000 items."""
    assert sum(map(len, sketched(np.random.default_rng(1).normal(size=1_000_000), 30).levels)) < 8_000
