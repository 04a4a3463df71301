"""Small charts as inline SVG; colours come from the page's style, every chart has a title for screen readers."""

from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 320, 90
_ROW = 20  # height of a category's bar
_CELL = 30  # of a heat map


def _svg(title: str, width: int, height: int, body: str) -> str:
    label = escape(title, quote=True)
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}"><title>{label}</title>{body}</svg>'


def _rect(x: float, y: float, width: float, height: float, fill: str = "var(--bar)") -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{max(0.0, height):.1f}" fill="{fill}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def histogram(title: str, counts: Sequence[int], ends: tuple[str, str]) -> str:
    """Columns of counts, with the two ends of the axis named."""
    top, width = max(counts, default=0) or 1, _WIDTH / max(1, len(counts))
    body = "".join(
        _rect(i * width + 0.5, _HEIGHT - _HEIGHT * count / top, width - 1, _HEIGHT * count / top)
        for i, count in enumerate(counts)
    )
    axis = f'<line x1="0" y1="{_HEIGHT}" x2="{_WIDTH}" y2="{_HEIGHT}" stroke="var(--line)"/>'
    names = _text(0, _HEIGHT + 14, ends[0]) + _text(_WIDTH, _HEIGHT + 14, ends[1], "end")
    return _svg(title, _WIDTH, _HEIGHT + 18, body + axis + names)


def bars(title: str, items: Sequence[tuple[str, int]]) -> str:
    """One bar a category, with its share."""
    top, total = max((count for _, count in items), default=0) or 1, sum(count for _, count in items) or 1
    body = ""
    for i, (label, count) in enumerate(items):
        y = i * _ROW
        body += _rect(0, y + 13, _WIDTH * count / top, 4)
        body += _text(0, y + 10, label[:40]) + _text(_WIDTH, y + 10, f"{count / total:.1%}", "end")
    return _svg(title, _WIDTH, len(items) * _ROW + 2, body)


def two(title: str, labels: Sequence[str], before: Sequence[float], after: Sequence[float]) -> str:
    """Two distributions over the same bins, side by side; few labels are written out."""
    if len(labels) <= 17 and not labels[0].startswith("up to "):
        return _two_bars(title, labels, before, after)
    top, width = max([*before, *after, 1e-9]), _WIDTH / len(labels)
    body = ""
    for i, (one, other) in enumerate(zip(before, after, strict=True)):
        for value, shift, fill in ((one, 0.05, "var(--bar)"), (other, 0.5, "var(--two)")):
            height = _HEIGHT * value / top
            body += _rect((i + shift) * width, _HEIGHT - height, 0.43 * width, height, fill)
    ends = (labels[0], labels[-1])
    names = _text(0, _HEIGHT + 14, ends[0]) + _text(_WIDTH, _HEIGHT + 14, ends[1], "end")
    return _svg(title, _WIDTH, _HEIGHT + 18, body + names)


def _two_bars(title: str, labels: Sequence[str], before: Sequence[float], after: Sequence[float]) -> str:
    top, body = max([*before, *after, 1e-9]), ""
    for i, (label, one, other) in enumerate(zip(labels, before, after, strict=True)):
        y = i * (_ROW + 4)
        body += _text(0, y + 10, label[:34]) + _text(_WIDTH, y + 10, f"{one:.1%} → {other:.1%}", "end")
        body += _rect(0, y + 13, _WIDTH * one / top, 4) + _rect(0, y + 18, _WIDTH * other / top, 4, "var(--two)")
    return _svg(title, _WIDTH, len(labels) * (_ROW + 4) + 2, body)


def heatmap(title: str, names: Sequence[str], values: Mapping[tuple[str, str], float]) -> str:
    """A square of correlations: blue for positive, orange for negative, the stronger the deeper."""
    left, body = 130, ""
    for row, first in enumerate(names):
        body += _text(left - 6, row * _CELL + 19, first[:20], "end")
        for column, second in enumerate(names):
            r = 1.0 if row == column else values.get((first, second), values.get((second, first)))
            if r is not None:
                fill = "var(--bar)" if r >= 0 else "var(--two)"
                x, y = left + column * _CELL, row * _CELL
                tip = f"<title>{escape(first)}, {escape(second)}: {r:.2f}</title>"
                shape = f'<rect x="{x}" y="{y}" width="{_CELL - 1}" height="{_CELL - 1}" fill="{fill}"'
                body += f'{shape} fill-opacity="{0.85 * abs(r):.2f}">{tip}</rect>'
                body += _text(
                    x + _CELL / 2 - 0.5, y + 19, f"{round(r, 1) + 0.0:.1f}" if row != column else "", "middle"
                )
    width = left + len(names) * _CELL
    picture = _svg(title, width, len(names) * _CELL, body)
    return f'<div style="max-width:{width * 1.3:.0f}px;min-width:280px">{picture}</div>'
