"""Pages and charts: what is text stays text, what a page says needs nothing but the page."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops.pages import svg
from mlops.pages.page import Html, card, cards, element, facts, fragment, key, mark, note, page, section, table, tiles

_MARKUP = re.compile(r"<(html|table|svg|td|th|tr|p|h1|h2|h3|div|span|section|rect|path|text|style)\b")
_HOSTILE = "<script>alert(1)</script>\"'&"


class Read(HTMLParser):
    """A page's elements with their attributes, and its texts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(st.text())
def test_any_text_stays_text(text: str) -> None:
    """Whatever stands in a text or an attribute is read back as it was, and makes no element."""
    read = Read(element("b", text, title=text))
    assert read.found == [("b", {"title": text})]
    assert "".join(read.texts) == text


def test_no_part_of_a_page_lets_markup_through() -> None:
    """A hostile name as title, cell, header, fact, tile, colour's meaning, label, tip or chart's title stays text."""
    made = page(
        _HOSTILE,
        section(_HOSTILE, note(_HOSTILE), mark(_HOSTILE, _HOSTILE), key((_HOSTILE, _HOSTILE), more=_HOSTILE)),
        table([_HOSTILE], [[_HOSTILE]], numbers={0}, marked={0}),
        cards([card(_HOSTILE, facts([(_HOSTILE, _HOSTILE)]))]),
        tiles([(_HOSTILE, _HOSTILE, _HOSTILE)]),
        svg.columns(_HOSTILE, [([1.0], _HOSTILE)], (_HOSTILE, _HOSTILE)),
        svg.named_bars(_HOSTILE, [(_HOSTILE, _HOSTILE, [1.0])]),
        svg.rect(0, 0, 1, 1, tip=_HOSTILE),
        svg.turned(0, 0, _HOSTILE),
    )
    assert "script" not in {tag for tag, _ in Read(made).found}
    assert "<script" not in made


def test_joined_markup_is_text_again() -> None:
    """Markup that was handled as a string is escaped rather than trusted; markup itself is escaped once only."""
    bold = element("b", "x")
    assert fragment(bold + "<i>") == "&lt;b&gt;x&lt;/b&gt;&lt;i&gt;"
    assert fragment(fragment(bold, "<i>")) == "<b>x</b>&lt;i&gt;"
    assert isinstance(fragment(bold), Html)


def test_a_page_is_self_contained() -> None:
    """One file for phones, too: no address, no script; every cell of a table says which column it is of."""
    made = page(
        "Title", table(["a", "b"], [["1", "2"]], numbers={1}), svg.columns("c", [([1.0, 2.0], "red")], ("0", "9"))
    )
    assert made.startswith("<!doctype html>")
    assert not re.search(r"https?:|<script|@import|url\(|<link|<img", made)
    read = Read(made)
    assert [value["data-label"] for tag, value in read.found if tag == "td"] == ["a", "b"]
    assert ("meta", {"name": "viewport", "content": "width=device-width,initial-scale=1"}) in read.found


def test_charts_are_the_same_bytes_every_time() -> None:
    """Coordinates have one decimal, and none where it is 0."""
    drawn = svg.columns("c", [([1.0, 2.0], "red")], ("0", "9"))
    assert drawn == svg.columns("c", [([1.0, 2.0], "red")], ("0", "9"))
    assert '<rect x="0.5" y="45" width="159" height="45" fill="red"></rect>' in drawn


@pytest.mark.parametrize("values", [[], [0.0, 0.0]])
def test_nothing_to_draw_is_drawn(values: list[float]) -> None:
    """Neither no bars nor bars of nothing divide by zero."""
    assert svg.columns("c", [(values, "red")], ("0", "9")).startswith("<svg")
    assert svg.named_bars("c", [("a", "0", values)]).startswith("<svg")
    assert svg.named_bars("c", []).startswith("<svg")


def test_only_pages_makes_markup() -> None:
    """No other module of the library has HTML or SVG in a literal, or declares a text to be markup."""
    found = []
    for path in sorted(Path("mlops").rglob("*.py")):
        if path.parts[1] != "pages" and "_packaged" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [f"{path}:{node.lineno}" for node in ast.walk(tree) if _makes_markup(node)]  # type: ignore[attr-defined]
    assert found == []


def _makes_markup(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return _MARKUP.search(node.value) is not None
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Html"
