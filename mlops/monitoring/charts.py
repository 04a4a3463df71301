"""Overlaid distributions; counts under the smallest cell are not shown."""

from math import ceil

import numpy as np

from mlops.monitoring.baseline import Feature, Numbers
from mlops.monitoring.columns import Column
from mlops.monitoring.levels import labels
from mlops.monitoring.quality import SMALLEST_CELL
from mlops.monitoring.sketch import Cdf, Floats, cdf
from mlops.pages import svg
from mlops.pages.page import Html, fragment, note

BEFORE, NOW = svg.QUIET, svg.ORANGE
_BINS, _SHOWN = 20, 8


def chart(feature: Feature, column: Column | None) -> Html:
    """The feature in the baseline and in the batch; empty where nothing can be compared."""
    if column is None:
        return fragment()
    if feature.numbers and column.numbers.count:
        return _histogram(feature.numbers, feature.present, column)
    if feature.categories and column.present:
        return _categories(feature.name, feature.categories, column)
    return fragment()


def _histogram(numbers: Numbers, present: int, column: Column) -> Html:
    counts = present, column.numbers.count
    if min(counts) < 2 * SMALLEST_CELL:
        return note(f"fewer than {2 * SMALLEST_CELL} values: not drawn")
    pair = cdf(numbers.levels), cdf(column.numbers.sketch.levels)
    edges = _edges(pair, counts)
    if len(edges) < 2:
        return note(f"{'always' if all(len(it.values) == 1 for it in pair) else 'nearly always'} {edges[0]:g}")
    shares = [_pooled(_shares(it, edges), count).tolist() for it, count in zip(pair, counts, strict=True)]
    ends = f"{edges[0]:.4g}", f"{edges[-1]:.4g}"
    return svg.columns("distributions", list(zip(shares, (BEFORE, NOW), strict=True)), ends, overlaid=True)


def _edges(pair: tuple[Cdf, Cdf], counts: tuple[int, int]) -> Floats:
    """Bins between the outermost half per cents of both; as wide as a whole number where all values are whole.

    No end lies beyond the smallest cell's outermost value: it would be a single person's.
    """
    ends = np.array([_ends(it, count) for it, count in zip(pair, counts, strict=True)])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if low == high:
        return np.array([low])
    if all((np.mod(it.values, 1) == 0).all() for it in pair):
        width = ceil((high - low + 1) / _BINS)
        return np.arange(low, high + width + 0.5, width, dtype=np.float64)
    return np.linspace(low, high, _BINS + 1)


def _ends(distribution: Cdf, count: int) -> Floats:
    low, high = max(0.005, SMALLEST_CELL / count), min(0.995, 1 - (SMALLEST_CELL - 1) / count)
    return distribution.quantile(np.array([low, high]))


def _shares(distribution: Cdf, edges: Floats) -> Floats:
    """Share per bin; the outer bins take what lies beyond them."""
    inner = np.nextafter(edges[1:-1], -np.inf)  # a bin begins at its edge
    return np.diff(np.r_[0.0, distribution.at(inner), 1.0])


def _pooled(shares: Floats, count: int) -> Floats:
    return np.where(shares * count < SMALLEST_CELL, 0.0, shares)


def _categories(feature: str, before: dict[str, int], column: Column) -> Html:
    n, m = max(sum(before.values()), 1), column.present
    now = column.values
    names = sorted(
        set(before) | set(now), key=lambda name: (-abs(before.get(name, 0) / n - now.get(name, 0) / m), name)
    )
    shown = [name for name in names if max(before.get(name, 0), now.get(name, 0)) >= SMALLEST_CELL][:_SHOWN]
    shares = [(before.get(name, 0) / n, now.get(name, 0) / m) for name in shown]
    rows = [
        (label[:34], f"{one:.0%} → {other:.0%}", (one, other))
        for label, (one, other) in zip(labels(feature, shown), shares, strict=True)
    ]
    return svg.named_bars("categories", rows, (BEFORE, NOW))
