"""Pages and their parts: text is escaped wherever it is put into markup, unless it is ``Html``, which only this package makes.

A page is one file: no script, no address of anything outside it; readable on a phone (390 px) and in the dark.
"""

from collections.abc import Collection, Iterable, Sequence
from html import escape

STYLE = """
:root{color-scheme:light dark;--ink:#1a2330;--soft:#5c6b7d;--line:#dde3ea;--card:#fff;--page:#f5f7fa;--bar:#2f6db3;--two:#d9730d;
--quiet:#9aa9ba;--high:#c0272d;--warning:#8a5a00;--info:#35618e;--good:#18794e}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#9fb0c2;--line:#33404f;--card:#1c2530;--page:#12181f;--bar:#6aa5e6;
--two:#f0a35e;--quiet:#6d7d90;--high:#ff8a80;--warning:#f5c26b;--info:#8fc1f2;--good:#6cc99a}}
*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);font:16px/1.45 system-ui,sans-serif}
main{max-width:1120px;margin:0 auto;padding:16px}h1{font-size:1.5rem;margin:.4em 0 .1em;overflow-wrap:anywhere}
h2{font-size:1.2rem;margin:1.6em 0 .5em}h3{font-size:1rem;margin:0;overflow-wrap:anywhere}main h3{margin:16px 0 6px}
p{margin:.4em 0}.lead{font-size:1.1rem}.muted{color:var(--soft)}code{font:.9em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.good,.bad,.high,.warning,.info{font-weight:600}.bad,.high{color:var(--high)}.warning{color:var(--warning)}.info{color:var(--info)}
.good{color:var(--good)}.key i{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin:0 .3em 0 .8em}
.cards{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(min(100%,280px),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px;min-width:0}.card.marked{border-color:var(--two)}
.card h3{margin:0}.card p{font-size:.85rem;margin:2px 0 6px}
.facts dt+dd{min-width:0}details{margin:8px 0}summary{color:var(--soft);cursor:pointer}
details .facts{display:block}details .facts dd{text-align:left;margin:0 0 .5em}
.facts{display:grid;grid-template-columns:auto 1fr;gap:0 10px;font-size:.85rem;margin:6px 0 0}
.facts dt{color:var(--soft)}.facts dd{margin:0;text-align:right;overflow-wrap:anywhere}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:18px 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px}.tile.ok{border-color:var(--good)}
.tile.warn{border-color:var(--two)}.tile b{display:block;font-size:1.4rem;line-height:1.25}.tile span{color:var(--soft);font-size:.85rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr));gap:26px;align-items:start}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px;margin:.6em 0}
table{border-collapse:collapse;width:100%;background:var(--card);font-size:.9rem}th{color:var(--soft);font-weight:600}
th,td{border-bottom:1px solid var(--line);padding:6px 8px;text-align:left;vertical-align:top;overflow-wrap:break-word}
.n{text-align:right;font-variant-numeric:tabular-nums}tr.marked td:first-child{box-shadow:inset 4px 0 var(--two)}
svg{display:block;width:100%;height:auto;margin-top:8px}svg text{font-family:system-ui,sans-serif}
iframe{width:100%;height:1500px;border:1px solid var(--line);border-radius:8px}
.bar{display:inline-block;height:9px;background:var(--two);border-radius:2px;vertical-align:middle;margin-left:6px}
@media(max-width:640px){thead{display:none}tr{display:grid;grid-template-columns:1fr 1fr;border-bottom:2px solid var(--line);padding:4px 0}
td{grid-column:1/-1;display:grid;grid-template-columns:8em 1fr;border:0;padding:2px 8px;overflow-wrap:anywhere}
td.n{grid-column:auto;display:flex;justify-content:space-between;gap:.5em;overflow-wrap:break-word}
td::before{content:attr(data-label);color:var(--soft);overflow:hidden;text-overflow:ellipsis;padding-right:.5em}td.n::before{padding:0;text-align:left}}
"""
_VOID = {"meta"}


class Html(str):
    """Markup; any other text is escaped where it meets markup."""

    __slots__ = ()


def fragment(*parts: str) -> Html:
    """The parts in their order, texts escaped."""
    return Html("".join(part if isinstance(part, Html) else escape(part) for part in parts))


def element(name: str, /, *content: str, **attributes: str) -> Html:
    """One element. ``class_`` is the attribute class, ``data_label`` the attribute data-label; values are always escaped."""
    named = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{named}>" if name in _VOID else f"<{name}{named}>{fragment(*content)}</{name}>")


def page(title: str, *body: str) -> str:
    """A whole page, headed by its title."""
    head = (
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("title", title),
        element("style", Html(STYLE)),
    )
    main = element("main", element("h1", title), *body)
    return "<!doctype html>" + element("html", element("head", *head), element("body", main), lang="en") + "\n"


def section(title: str, *body: str) -> Html:
    """A headed part of the page."""
    return fragment(element("h2", title), *body)


def lead(*content: str) -> Html:
    """What the page says first, a little larger."""
    return element("p", *content, class_="lead")


def note(*content: str) -> Html:
    """A paragraph in a quiet colour."""
    return element("p", *content, class_="muted")


def mark(text: str, kind: str) -> Html:
    """A word that stands out: good, bad, or a severity (high, warning, info)."""
    return element("span", text, class_=kind)


def key(*colours: tuple[str, str], more: str = "") -> Html:
    """What the colours of the charts below mean: (colour, meaning)."""
    named = (part for colour, meaning in colours for part in (element("i", style=f"background:{colour}"), meaning))
    return element("p", *named, more, class_="key muted")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Collection[int] = (),
    marked: Collection[int] = (),
) -> Html:
    """A table; on a phone every row is a list of its named cells. ``numbers`` are columns aligned right, ``marked`` rows that differ."""
    kinds = [{"class_": "n"} if place in numbers else {} for place in range(len(columns))]
    head = element("tr", *(element("th", name, **kind) for name, kind in zip(columns, kinds, strict=True)))
    lines = (
        element(
            "tr",
            *(
                element("td", cell, data_label=name, **kind)
                for name, kind, cell in zip(columns, kinds, row, strict=True)
            ),
            **({"class_": "marked"} if place in marked else {}),
        )
        for place, row in enumerate(rows)
    )
    return element("div", element("table", element("thead", head), element("tbody", *lines)), class_="wide")


def cards(items: Iterable[str]) -> Html:
    """Cards beside each other, as many as fit."""
    return element("div", *items, class_="cards")


def card(title: str, *content: str, marked: bool = False) -> Html:
    """A framed part with a small heading; ``marked`` in another colour."""
    return element("section", element("h3", title), *content, class_="card marked" if marked else "card")


def facts(pairs: Iterable[tuple[str, str]]) -> Html:
    """Names and values in two columns."""
    named = (part for name, value in pairs for part in (element("dt", name), element("dd", value)))
    return element("dl", *named, class_="facts")


def tiles(items: Iterable[tuple[str, str, str]]) -> Html:
    """Headline figures: (figure, what it is, "" | "ok" | "warn")."""
    shown = (
        element("div", element("b", figure), element("span", what), class_=f"tile {mood}".rstrip())
        for figure, what, mood in items
    )
    return element("div", *shown, class_="tiles")
