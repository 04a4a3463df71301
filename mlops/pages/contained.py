"""Whether a page that somebody else has written stays where it is: a browser follows addresses with whatever they carry."""

import re
from html import unescape

_AWAY = {
    "an address": r"href\s*=\s*(?!(?:[\"']|&(?:amp;)*(?:quot|#x27|#39);)?#)",  # of any element; a place in the page itself begins with #
    "a forwarding": r"http-equiv\s*=",
    "another file": r"<(?:link|base|object|embed|frame|frameset|portal)\b",
    "a form": r"<form\b",
    "an animation": r"<(?:animate\w*|set)\b",  # of SVG: it can set an address
}
_DEPTH = 3  # pages within a page's srcdoc


def leads_away(content: bytes) -> str:
    """What in the page leads a browser elsewhere; empty where nothing does.

    It looks for the words wherever they stand, so that no two parsers can differ on it; a page that is no UTF-8 could be read as another.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "no UTF-8 text"
    for _ in range(_DEPTH):
        for what, pattern in _AWAY.items():
            if re.search(pattern, text, re.IGNORECASE):
                return what
        if "srcdoc" not in text.lower():
            return ""
        text = unescape(text)
    return ""
