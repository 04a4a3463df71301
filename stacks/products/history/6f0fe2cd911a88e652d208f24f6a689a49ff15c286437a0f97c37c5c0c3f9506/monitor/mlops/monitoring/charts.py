"""Overlaid distributions as inline SVG; counts under the smallest cell are not shown."""

from html import escape
from math import ceil

import numpy as np

from mlops.monitoring.baseline import Feature, Numbers
from mlops.monitoring.columns import Column
from mlops.monitoring.sketch import Cdf, Floats, cdf

SMALLEST_CELL = 11
BEFORE, NOW = "#9aa9ba", "#d9730d"
_WIDTH, _HEIGHT, _BINS, _SHOWN = 300, 96, 20, 8
_MUTED = "#67727e"


def chart(feature: Feature, column: Column | None) -> str:
    """The feature in the baseline and in the batch; empty where nothing can be compared."""
    if column is None:
        return ""
    if feature.numbers and column.numbers.count:
        return _histogram(feature.numbers, feature.present, column)
    if feature.categories and column.present:
        return _categories(feature.categories, column)
    return ""


def _histogram(numbers: Numbers, present: int, column: Column) -> str:
    pair = cdf(numbers.levels), cdf(column.numbers.sketch.levels)
    edges = _edges(*pair)
    if len(edges) < 2:
        return f'<p class="muted">always {edges[0]:g}</p>'
    counts = (present, column.numbers.count)
    shares = [_pooled(_shares(it, edges), count) for it, count in zip(pair, counts, strict=True)]
    top = max(1e-9, *(float(part.max()) for part in shares))
    step = _WIDTH / (len(edges) - 1)
    bars = "".join(
        f'<rect x="{number * step:.1f}" y="{_HEIGHT * (1 - share / top):.1f}" width="{max(step - 1, 1):.1f}" '
        f'height="{_HEIGHT * share / top:.1f}" fill="{color}" fill-opacity=".65"/>'
        for part, color in zip(shares, (BEFORE, NOW), strict=True)
        for number, share in enumerate(part)
    )
    axis = _text(0, _HEIGHT + 13, f"{edges[0]:.4g}") + _text(_WIDTH, _HEIGHT + 13, f"{edges[-1]:.4g}", "end")
    return _svg(_HEIGHT + 16, bars + axis, "distributions")


def _edges(one: Cdf, other: Cdf) -> Floats:
    """Bins between the outermost half per cents of both; as wide as a whole number where all values are whole."""
    ends = np.array([it.quantile(np.array([0.005, 0.995])) for it in (one, other)])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if low == high:
        return np.array([low])
    if all((np.mod(it.values, 1) == 0).all() for it in (one, other)):
        width = ceil((high - low + 1) / _BINS)
        return np.arange(low, high + width + 0.5, width, dtype=np.float64)
    return np.linspace(low, high, _BINS + 1)


def _shares(distribution: Cdf, edges: Floats) -> Floats:
    """Share per bin; the outer bins take what lies beyond them."""
    inner = np.nextafter(edges[1:-1], -np.inf)  # a bin begins at its edge
    return np.diff(np.r_[0.0, distribution.at(inner), 1.0])


def _pooled(shares: Floats, count: int) -> Floats:
    return np.where(shares * count < SMALLEST_CELL, 0.0, shares)


def _categories(before: dict[str, int], column: Column) -> str:
    n, m = max(sum(before.values()), 1), column.present
    now = column.values
    names = sorted(
        set(before) | set(now), key=lambda name: (-abs(before.get(name, 0) / n - now.get(name, 0) / m), name)
    )
    shown = [name for name in names if max(before.get(name, 0), now.get(name, 0)) >= SMALLEST_CELL][:_SHOWN]
    top = max([max(before.get(name, 0) / n, now.get(name, 0) / m) for name in shown], default=1.0)
    parts = []
    for index, name in enumerate(shown):
        y, shares = index * 22, (before.get(name, 0) / n, now.get(name, 0) / m)
        parts.append(_text(0, y + 13, name[:18], color="#1d2733"))
        for offset, share, color in ((2, shares[0], BEFORE), (10, shares[1], NOW)):
            parts.append(
                f'<rect x="112" y="{y + offset}" width="{share / top * 118:.1f}" height="7" rx="1" fill="{color}"/>'
            )
        parts.append(_text(234, y + 13, f"{shares[0]:.0%} → {shares[1]:.0%}"))
    return _svg(len(shown) * 22 + 4, "".join(parts), "categories")


def _text(x: float, y: float, text: str, anchor: str = "start", color: str = _MUTED) -> str:
    return f'<text x="{x:g}" y="{y:g}" font-size="11" fill="{color}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(height: float, content: str, label: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height:g}" style="width:100%" role="img" aria-label="{label}">{content}</svg>'
