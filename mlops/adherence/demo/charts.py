"""Inline SVG charts: no script, no network, readable at phone width (they scale with the page)."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

INK, MUTED, GRID = "#1d2733", "#67727e", "#e3e8ee"
BLUE, ORANGE, GREEN, RED, QUIET = "#2463eb", "#d9730d", "#18794e", "#c62a2f", "#b8c4d2"


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


def _svg(width: int, height: int, parts: Sequence[str], label: str) -> str:
    box = f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}"'
    return f'<svg {box} style="width:100%;max-width:{width}px;height:auto">{"".join(parts)}</svg>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", color: str = MUTED, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}" font-size="{size}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {style}/>'


def calibration(bins: Sequence[Bin]) -> str:
    """Predicted against observed, with the diagonal of perfect calibration; dots are sized by their rows."""
    size, left, bottom = 460, 52, 44
    plot = size - left - 14
    largest_value = max([0.05, *(max(item.predicted, item.high) for item in bins)])
    tick_step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if largest_value / step <= 6)
    ticks = [number * tick_step for number in range(math.ceil(largest_value / tick_step) + 1)]
    top = ticks[-1]

    def x(value: float) -> float:
        return left + value / top * plot

    def y(value: float) -> float:
        return size - bottom - value / top * plot

    parts = []
    for tick in ticks:
        parts += [_line(x(0), y(tick), x(top), y(tick), f'stroke="{GRID}"')]
        parts += [
            _text(left - 8, y(tick) + 4, f"{tick:.0%}", anchor="end"),
            _text(x(tick), size - bottom + 18, f"{tick:.0%}", anchor="middle"),
        ]
    parts.append(_line(x(0), y(0), x(top), y(top), f'stroke="{MUTED}" stroke-dasharray="5 5"'))
    largest = max((item.rows for item in bins), default=1)
    for item in bins:
        low, high = max(item.low, 0.0), min(item.high, top)
        parts.append(
            _line(x(item.predicted), y(low), x(item.predicted), y(high), f'stroke="{BLUE}" stroke-width="1.5"')
        )
        radius = 3 + 6 * (item.rows / largest) ** 0.5
        title = f"<title>{item.rows:,} rows: predicted {item.predicted:.1%}, observed {item.observed:.1%}</title>"
        parts.append(
            f'<circle cx="{x(item.predicted):.1f}" cy="{y(item.observed):.1f}" r="{radius:.1f}" fill="{BLUE}" '
            f'fill-opacity=".75">{title}</circle>'
        )
    parts.append(_text(left + plot / 2, size - 6, "predicted probability of stopping", anchor="middle", color=INK))
    middle = size - bottom - plot / 2
    parts.append(
        f'<g transform="rotate(-90 13 {middle})">{_text(13, middle, "observed share", anchor="middle", color=INK)}</g>'
    )
    return _svg(size, size, parts, "calibration plot")


def timeline(spans: Sequence[Span]) -> str:
    """A Gantt chart of pipeline steps."""
    width, row, left = 760, 24, 210
    total = max((item.end for item in spans), default=1.0) or 1.0
    colors = {"Succeeded": GREEN, "Failed": RED, "Executing": BLUE}
    parts = []
    for index, item in enumerate(spans):
        y = 6 + index * row
        begin, length = left + item.start / total * 480, max(2.0, (item.end - item.start) / total * 480)
        color = colors.get(item.status, MUTED)
        parts.append(_text(left - 10, y + 13, item.name, anchor="end", color=INK))
        parts.append(f'<rect x="{begin:.1f}" y="{y}" width="{length:.1f}" height="16" rx="3" fill="{color}"/>')
        parts.append(_text(begin + length + 6, y + 13, f"{item.end - item.start:.1f} s"))
    return _svg(width, 12 + len(spans) * row, parts, "timeline of the steps")


def drift_pairs(pairs: Sequence[Pair], threshold: float) -> str:
    """Two bars a feature, usual month above drifted month, cut off at ten thresholds; the dashed line is the threshold."""
    width, row, left, length = 760, 34, 210, 470
    top = min(10 * threshold, max([1.5 * threshold, *(max(pair.before, pair.after) for pair in pairs)]))
    parts = []
    for index, pair in enumerate(pairs):
        y = 8 + index * row
        parts.append(_text(left - 10, y + 17, pair.name, anchor="end", color=RED if pair.drifted else INK))
        for offset, value, color in ((0, pair.before, QUIET), (11, pair.after, ORANGE if pair.drifted else BLUE)):
            shown = max(1.5, min(value / top, 1.0) * length)
            parts.append(f'<rect x="{left}" y="{y + offset}" width="{shown:.1f}" height="10" rx="2" fill="{color}"/>')
            beyond = "→ " if value > top else ""
            parts.append(_text(left + shown + 5, y + offset + 9, f"{beyond}{value:.3f}", size=10))
    bottom = 10 + len(pairs) * row
    mark = left + threshold / top * length
    parts.append(_line(mark, 2, mark, bottom, f'stroke="{RED}" stroke-dasharray="4 4"'))
    parts.append(_text(mark + 4, bottom + 12, f"threshold {threshold:g}", color=RED, size=11))
    return _svg(width, bottom + 18, parts, "drift scores before and after")
