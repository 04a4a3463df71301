"""What may be said of a value where it may not be shown: the class of its text, from which nobody can make the value again."""

import re
import unicodedata

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOST = 20  # a longer run is "over 20": the exact length of a long text can point at it
_KINDS = ("letter", "digit", "space", "control character", "other sign")


def text_class(text: str) -> str:
    """For example "11 letters, 2 digits", "the form of a date", "a number with 3 digits and a point" or "an empty text"."""
    if not text:
        return "an empty text"
    if _DATE.fullmatch(text):
        return "the form of a date"
    if _NUMBER.fullmatch(text):
        return _number(text)
    kinds = list(map(_kind, text))
    return ", ".join(_count(kinds.count(kind), kind) for kind in _KINDS if kind in kinds)


def _number(text: str) -> str:
    marks = [name for name, there in (("a sign", text[0] in "+-"), ("a point", "." in text)) if there]
    digits = _count(sum(map(str.isdigit, text)), "digit")
    return f"a number with {' and '.join([', '.join([digits, *marks[:-1]]), *marks[-1:]])}"


def _kind(sign: str) -> str:
    if sign.isspace():
        return "space"
    if unicodedata.category(sign).startswith("C"):
        return "control character"
    return "letter" if sign.isalpha() else "digit" if sign.isdigit() else "other sign"


def _count(number: int, kind: str) -> str:
    return f"{f'over {_MOST}' if number > _MOST else number} {kind}{'' if number == 1 else 's'}"
