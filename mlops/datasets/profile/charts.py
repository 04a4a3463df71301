"""The charts of a profile: distributions of one version or two, and correlations."""

from collections.abc import Mapping, Sequence

from mlops.pages import svg
from mlops.pages.page import Html, element

_CELL = 30  # of a heat map
_LEFT = 130  # where its cells begin


def histogram(title: str, counts: Sequence[int], ends: tuple[str, str]) -> Html:
    """Columns of counts, with the two ends of the axis named."""
    return svg.columns(title, [(counts, svg.BLUE)], ends)


def bars(title: str, items: Sequence[tuple[str, int]]) -> Html:
    """One bar a category, with its share."""
    total = sum(count for _, count in items) or 1
    return svg.named_bars(title, [(label[:40], f"{count / total:.1%}", (count,)) for label, count in items])


def two(title: str, labels: Sequence[str], before: Sequence[float], after: Sequence[float]) -> Html:
    """Two distributions over the same bins, side by side; few labels are written out."""
    if len(labels) <= 17 and not labels[0].startswith("up to "):
        pairs = zip(labels, before, after, strict=True)
        return svg.named_bars(
            title, [(name[:34], f"{one:.1%} → {other:.1%}", (one, other)) for name, one, other in pairs]
        )
    return svg.columns(title, [(before, svg.BLUE), (after, svg.ORANGE)], (labels[0], labels[-1]))


def heatmap(title: str, names: Sequence[str], values: Mapping[tuple[str, str], float]) -> Html:
    """A square of correlations: blue for positive, orange for negative, the stronger the deeper."""
    parts = []
    for row, first in enumerate(names):
        parts.append(svg.label(_LEFT - 6, row * _CELL + 19, first[:20], "end"))
        for column, second in enumerate(names):
            r = 1.0 if row == column else values.get((first, second), values.get((second, first)))
            if r is not None:
                parts += _cell(row, column, r, f"{first}, {second}: {r:.2f}")
    width = _LEFT + len(names) * _CELL
    picture = svg.drawing(title, width, len(names) * _CELL, *parts)
    return element("div", picture, style=f"max-width:{width * 1.3:.0f}px;min-width:280px")


def _cell(row: int, column: int, r: float, tip: str) -> list[Html]:
    x, y = _LEFT + column * _CELL, row * _CELL
    fill, opacity = svg.BLUE if r >= 0 else svg.ORANGE, min(0.85 * abs(r), 0.85)
    shape = svg.rect(x, y, _CELL - 1, _CELL - 1, fill, tip=tip, opacity=opacity)
    figure = f"{round(r, 1) + 0.0:.1f}"
    return [shape] if row == column else [shape, svg.label(x + _CELL / 2 - 0.5, y + 19, figure, "middle")]
