"""The frame of the demo's report: style, sections, tables and tiles of one self-contained page."""

from collections.abc import Sequence
from html import escape

STYLE = """
:root{color-scheme:light}
body{font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;color:#1d2733;max-width:1060px;margin:28px auto;padding:0 18px}
h1{font-size:26px;margin:0 0 4px} h2{font-size:19px;margin:38px 0 8px;padding-top:14px;border-top:1px solid #e3e8ee}
h3{font-size:15px;margin:18px 0 4px} p{margin:6px 0} .muted{color:#67727e} .bad{color:#c62a2f} .good{color:#18794e}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:18px 0}
.tile{border:1px solid #e3e8ee;border-radius:10px;padding:12px 14px} .tile b{display:block;font-size:23px;line-height:1.25}
.tile span{color:#67727e;font-size:13px} .tile.warn{background:#fffaf4;border-color:#e9b27b}
.tile.ok{background:#f4fbf7;border-color:#a9d8bf}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:26px;align-items:start}
.scroll{overflow-x:auto} table{border-collapse:collapse;font-size:13.5px;min-width:60%}
td,th{text-align:right;padding:4px 0 4px 18px;border-bottom:1px solid #e3e8ee;vertical-align:top}
td:first-child,th:first-child{text-align:left;padding-left:0} th{color:#67727e;font-weight:600} .left td,.left th{text-align:left}
code{font:13px/1.4 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere} .key i{display:inline-block;width:12px;height:12px;
border-radius:2px;margin:0 5px -1px 14px}
"""

Cell = str | float | int | None


def page(title: str, lead: str, parts: Sequence[str]) -> str:
    """The whole page; ``lead`` and ``parts`` are HTML."""
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return f"{head}<title>{escape(title)}</title><style>{STYLE}</style><h1>{escape(title)}</h1>{lead}{''.join(parts)}</html>\n"


def section(title: str, *parts: str) -> str:
    """A headed part of the page."""
    return f"<h2>{escape(title)}</h2>{''.join(parts)}"


def note(text: str) -> str:
    """A paragraph in a quiet colour."""
    return f'<p class="muted">{escape(text)}</p>'


def tiles(items: Sequence[tuple[str, str, str]]) -> str:
    """Headline figures: (figure, what it is, "" | "ok" | "warn")."""
    shown = (
        f'<div class="tile {mood}"><b>{escape(figure)}</b><span>{escape(what)}</span></div>'
        for figure, what, mood in items
    )
    return f'<div class="tiles">{"".join(shown)}</div>'


def table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, left: bool = False) -> str:
    """A table; numbers with three decimals, counts with separators, None as a dash; ``left`` aligns text columns left."""
    head = "".join(f"<th>{escape(name)}" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{_cell(cell)}" for cell in row) for row in rows)
    return f'<div class="scroll"><table{" class=left" if left else ""}><tr>{head}{body}</table></div>'


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else escape(value)
