"""Small charts as inline SVG: shapes, and the charts that several pages draw; colours come from the page's style.

Lengths are units of the chart's own width (``viewBox``); a chart is as wide as what it stands in.
"""

from collections.abc import Sequence

from mlops.pages.page import Html, element

INK, SOFT, LINE = "var(--ink)", "var(--soft)", "var(--line)"
BLUE, ORANGE, GREEN, RED, QUIET = "var(--bar)", "var(--two)", "var(--good)", "var(--high)", "var(--quiet)"
WIDTH, HEIGHT = 320, 90  # of a chart in a card
_ROW = 20  # height of a named bar with its text
_THICK = 4  # of a named bar

Shares = Sequence[float]


def drawing(title: str, width: float, height: float, *parts: str, widest: int | None = None) -> Html:
    """A chart with a title for screen readers; it grows to ``widest`` pixels."""
    limits = {} if widest is None else {"style": f"max-width:{widest}px"}
    box = f"0 0 {_number(width)} {_number(height)}"
    return element("svg", element("title", title), *parts, viewBox=box, role="img", aria_label=title, **limits)


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str = BLUE,
    *,
    tip: str = "",
    opacity: float = 1.0,
    radius: float = 0,
) -> Html:
    """A filled rectangle; ``tip`` is what a pointer that rests on it is told."""
    shape = {"x": x, "y": y, "width": max(0.0, width), "height": max(0.0, height)}
    more = {"fill_opacity": f"{opacity:.2f}"} if opacity < 1 else {}
    more |= {"rx": _number(radius)} if radius else {}
    return element("rect", *_tip(tip), **_numbers(shape), fill=fill, **more)


def dot(x: float, y: float, radius: float, fill: str, *, tip: str = "", opacity: float = 1.0) -> Html:
    """A filled circle."""
    shape = _numbers({"cx": x, "cy": y, "r": radius})
    return element("circle", *_tip(tip), **shape, fill=fill, fill_opacity=f"{opacity:.2f}")


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = LINE, *, width: float = 1, dash: str = "") -> Html:
    """A straight line; ``dash`` is its pattern, such as ``4 4``."""
    more = {"stroke_dasharray": dash} if dash else {}
    shape = _numbers({"x1": x1, "y1": y1, "x2": x2, "y2": y2})
    return element("line", **shape, stroke=stroke, stroke_width=_number(width), **more)


def label(x: float, y: float, text: str, anchor: str = "start", *, fill: str = SOFT, size: int = 11) -> Html:
    """Text that begins (``end``: ends, ``middle``: is centred) at x, on the base line y."""
    place = _numbers({"x": x, "y": y})
    return element("text", text, **place, text_anchor=anchor, fill=fill, font_size=str(size))


def turned(x: float, y: float, text: str, *, fill: str = SOFT, size: int = 11) -> Html:
    """Text that runs upwards, centred at a point: the name of a vertical axis."""
    place = f"rotate(-90 {_number(x)} {_number(y)})"
    return element("g", label(x, y, text, "middle", fill=fill, size=size), transform=place)


def columns(
    title: str,
    series: Sequence[tuple[Shares, str]],
    ends: tuple[str, str],
    *,
    overlaid: bool = False,
) -> Html:
    """Columns over the bins of an axis whose two ends are named; several series stand side by side, or on each other."""
    top = max((value for values, _ in series for value in values), default=0) or 1
    step = WIDTH / max(1, *(len(values) for values, _ in series))
    width = step - 1 if overlaid or len(series) == 1 else 0.43 * step
    bars = (
        rect(
            place * step + (0.5 if overlaid or len(series) == 1 else (0.05 + 0.45 * number) * step),
            HEIGHT - HEIGHT * value / top,
            max(width, 1),
            HEIGHT * value / top,
            fill,
            opacity=0.65 if overlaid else 1,
        )
        for number, (values, fill) in enumerate(series)
        for place, value in enumerate(values)
    )
    names = label(0, HEIGHT + 14, ends[0]), label(WIDTH, HEIGHT + 14, ends[1], "end")
    return drawing(title, WIDTH, HEIGHT + 18, *bars, line(0, HEIGHT, WIDTH, HEIGHT), *names)


def named_bars(title: str, rows: Sequence[tuple[str, str, Shares]], fills: Sequence[str] = (BLUE, ORANGE)) -> Html:
    """Rows of (name, text at the right, values): the text, and below it one thin bar a value."""
    top = max((value for _, _, values in rows for value in values), default=0) or 1
    row = _ROW + _THICK * (max((len(values) for _, _, values in rows), default=1) - 1)
    parts = []
    for number, (name, text, values) in enumerate(rows):
        y = number * row
        parts += [label(0, y + 10, name), label(WIDTH, y + 10, text, "end")]
        for place, (value, fill) in enumerate(zip(values, fills, strict=False)):
            parts.append(rect(0, y + 13 + place * (_THICK + 1), WIDTH * value / top, _THICK, fill))
    return drawing(title, WIDTH, len(rows) * row + 2, *parts)


def _tip(text: str) -> Sequence[Html]:
    return [element("title", text)] if text else []


def _numbers(values: dict[str, float]) -> dict[str, str]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float) -> str:
    """One decimal, none where it is 0: the same bytes for the same input."""
    return f"{value:.1f}".removesuffix(".0")
