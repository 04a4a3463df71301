"""The model card in Markdown: whatever a brand is called or a setting says, the card's structure and links stay the same."""

from html import unescape
from typing import Any

import pytest
from adherence.quality import card
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

HOSTILE = (
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "a | b | c",
    "`code` and ``more``",
    "line\n# heading\n\n- item\n> quote",
    "# heading",
    "- item",
    "1. item",
    "2) item",
    "+ item",
    "===",
    "---",
    "***",
    "**bold** _soft_ ~~gone~~",
    "&lt;b&gt; &#42;",
    "\\| \\* \\",
    "https://example.org www.example.org me@example.org",
    "[ref]: /address",
    "    indented",
    "\u2028# heading\u202e",
    "$x^2$ {{ x }}",
)


def document(name: str) -> dict[str, Any]:
    """A card with the text in every kind of place: plain, in a list, in a mapping (as name and as value), in a table."""
    group = {"name": name, "rows": 40, "auc": 0.75}
    parts = ("details", "purpose", "development", "fairness", "validation", "performance", "maintenance", "updates")
    made: dict[str, Any] = {part: {"text": name, "list": [name, "Ozempic"], "map": {name: name}} for part in parts}
    table = {"brands": [group, {"name": "Ozempic", "suppressed": True}]}
    return made | {"title": name, "out_of_scope": [name, "plain"], "performance": table, "tripod_ai": {"1 Title": name}}


def structure(text: str) -> list[tuple[str, str]]:
    """What an independent parser of GitHub's Markdown sees: every mark, without the texts."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
    inner = [child for token in tokens for child in token.children or ()]
    return [(token.type, token.tag) for token in (*tokens, *inner)]


def texts(text: str) -> list[str]:
    """The texts of the inline tokens, as a reader sees them."""
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(text)
    return ["".join(child.content for child in token.children or ()) for token in tokens if token.type == "inline"]


def _marks(text: str) -> list[tuple[str, str]]:
    return [mark for mark in structure(text) if mark[0] not in {"text", "text_special"}]


@given(st.text(min_size=1).filter(lambda text: any(map(str.isalnum, text))))
def test_no_text_changes_the_structure(name: str) -> None:
    """The same marks as with a harmless name, and the reader sees the text itself, on one line."""
    text = card.markdown(document(name))
    assert _marks(text) == _marks(card.markdown(document("harmless")))


@pytest.mark.parametrize("name", HOSTILE)
def test_markup_in_a_name_is_text(name: str) -> None:
    """Markup, links, tables, headings, HTML and references: nothing of it comes to life, and the reader sees what was written."""
    text = card.markdown(document(name))
    assert _marks(text) == _marks(card.markdown(document("harmless")))
    seen = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    assert f"text: {seen}" in texts(text)
    alone = texts(card.markdown(document("harmless"))).count("harmless")
    assert texts(text).count(seen) == alone  # in the table's cell too
    assert "<" not in text
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(text)
    assert "<a " not in html
    assert "<img" not in html
    assert "<script" not in html
    assert seen in unescape(html)


@pytest.mark.parametrize("address", ["https://example.org/x", "www.example.org", "me@example.org"])
def test_an_address_in_a_name_is_no_link(address: str) -> None:
    """GitHub makes links of bare addresses: not of these, for its rule (a scheme with //, www., an @) finds none in the source."""
    text = card.markdown(document(address))
    assert address not in text
    assert not any(mark in text for mark in ("https://", "www.", "e@e"))


def test_a_harmless_name_is_readable_in_the_source() -> None:
    """Escaping leaves usual words alone."""
    text = card.markdown(document("Glucophage XR 500 mg (metformin), 0.5"))
    assert "- **text**: Glucophage XR 500 mg (metformin), 0.5\n" in text
