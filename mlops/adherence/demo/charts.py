"""The report's charts; they scale with the page and stay readable at phone width."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mlops.pages import svg
from mlops.pages.page import Html

_WIDTH, _WIDEST = 380, 640  # of a chart with named rows: its own units, and pixels
_LEFT, _LENGTH = 152, 170  # where its bars begin, and the longest
_SIZE, _MARGIN, _FOOT = 460, 52, 44  # of the calibration plot
_PLOT = _SIZE - _MARGIN - 14
_COLORS = {"Succeeded": svg.GREEN, "Failed": svg.RED, "Executing": svg.BLUE}


class Bin(NamedTuple):
    """One calibration bin: mean predicted and observed share (0..1), rows, and the observed share's 95 % interval."""

    predicted: float
    observed: float
    rows: int
    low: float
    high: float


class Span(NamedTuple):
    """One bar of a timeline: seconds since its beginning."""

    name: str
    start: float
    end: float
    status: str


class Pair(NamedTuple):
    """A feature's drift scores in two batches."""

    name: str
    before: float
    after: float
    drifted: bool


def calibration(bins: Sequence[Bin]) -> Html:
    """Predicted against observed, with the diagonal of perfect calibration; dots are sized by their rows."""
    ticks = _ticks(max([0.05, *(max(item.predicted, item.high) for item in bins)]))
    top = ticks[-1]
    largest = max((item.rows for item in bins), default=1)
    middle = _MARGIN + _PLOT / 2, _SIZE - _FOOT - _PLOT / 2
    parts = [
        *(part for tick in ticks for part in _grid(tick, top)),
        svg.line(_x(0, top), _y(0, top), _x(top, top), _y(top, top), svg.SOFT, dash="5 5"),
        *(part for item in bins for part in _dot(item, top, largest)),
        svg.label(middle[0], _SIZE - 6, "predicted probability of stopping", "middle", fill=svg.INK, size=12),
        svg.turned(13, middle[1], "observed share", fill=svg.INK, size=12),
    ]
    return svg.drawing("calibration plot", _SIZE, _SIZE, *parts, widest=_SIZE)


def _ticks(largest: float) -> list[float]:
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if largest / step <= 6)
    return [number * step for number in range(math.ceil(largest / step) + 1)]


def _x(value: float, top: float) -> float:
    return _MARGIN + value / top * _PLOT


def _y(value: float, top: float) -> float:
    return _SIZE - _FOOT - value / top * _PLOT


def _grid(tick: float, top: float) -> Iterator[Html]:
    yield svg.line(_x(0, top), _y(tick, top), _x(top, top), _y(tick, top))
    yield svg.label(_MARGIN - 8, _y(tick, top) + 4, f"{tick:.0%}", "end", size=12)
    yield svg.label(_x(tick, top), _SIZE - _FOOT + 18, f"{tick:.0%}", "middle", size=12)


def _dot(item: Bin, top: float, largest: int) -> Iterator[Html]:
    x, low, high = _x(item.predicted, top), max(item.low, 0.0), min(item.high, top)
    yield svg.line(x, _y(low, top), x, _y(high, top), svg.BLUE, width=1.5)
    radius = 3 + 6 * (item.rows / largest) ** 0.5
    tip = f"{item.rows:,} rows: predicted {item.predicted:.1%}, observed {item.observed:.1%}"
    yield svg.dot(x, _y(item.observed, top), radius, svg.BLUE, tip=tip, opacity=0.75)


def timeline(spans: Sequence[Span]) -> Html:
    """A Gantt chart of pipeline steps."""
    row, total = 24, max((item.end for item in spans), default=1.0) or 1.0
    parts = []
    for index, item in enumerate(spans):
        y = 6 + index * row
        begin = _LEFT + item.start / total * _LENGTH
        length = max(2.0, (item.end - item.start) / total * _LENGTH)
        parts += [
            svg.label(_LEFT - 8, y + 12, item.name, "end", fill=svg.INK),
            svg.rect(begin, y, length, 16, _COLORS.get(item.status, svg.SOFT), radius=3),
            svg.label(begin + length + 5, y + 12, f"{item.end - item.start:.1f} s"),
        ]
    return svg.drawing("timeline of the steps", _WIDTH, 12 + len(spans) * row, *parts, widest=_WIDEST)


def drift_pairs(pairs: Sequence[Pair], threshold: float) -> Html:
    """Two bars a feature, usual month above drifted month, cut off at ten thresholds; the dashed line is the threshold."""
    row, top = 34, min(10 * threshold, max([1.5 * threshold, *(max(pair.before, pair.after) for pair in pairs)]))
    bottom, mark = 10 + len(pairs) * row, _LEFT + threshold / top * _LENGTH
    parts = [
        *(part for index, pair in enumerate(pairs) for part in _bars(pair, 8 + index * row, top)),
        svg.line(mark, 2, mark, bottom, svg.RED, dash="4 4"),
        svg.label(mark + 4, bottom + 12, f"threshold {threshold:g}", fill=svg.RED),
    ]
    return svg.drawing("drift scores before and after", _WIDTH, bottom + 18, *parts, widest=_WIDEST)


def _bars(pair: Pair, y: float, top: float) -> Iterator[Html]:
    yield svg.label(_LEFT - 8, y + 15, pair.name, "end", fill=svg.RED if pair.drifted else svg.INK)
    colors = svg.QUIET, svg.ORANGE if pair.drifted else svg.BLUE
    for offset, value, color in zip((0, 11), (pair.before, pair.after), colors, strict=True):
        shown = max(1.5, min(value / top, 1.0) * _LENGTH)
        yield svg.rect(_LEFT, y + offset, shown, 10, color, radius=2)
        beyond = "→ " if value > top else ""
        yield svg.label(_LEFT + shown + 5, y + offset + 9, f"{beyond}{value:.3f}")
