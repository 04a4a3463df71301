"""Patterns of policies: wildcards, the characters that are none, and ARNs part by part."""

import re
from functools import lru_cache

# stand for a ``*`` and a ``?`` that are no wildcards: of a variable's value, or written as ${*} and ${?}
STAR, MARK = "\ue000", "\ue001"
_REGEX = {"*": ".*", "?": ".", STAR: r"\*", MARK: r"\?"}
_ARN_PARTS = 6


def literal(text: str) -> str:
    """A text as the part of a pattern that matches itself only."""
    return text.replace("*", STAR).replace("?", MARK)


def plain(text: str) -> str:
    """A pattern as the text that it is to operators without wildcards."""
    return text.replace(STAR, "*").replace(MARK, "?")


@lru_cache(4096)
def compiled(pattern: str, ignore_case: bool) -> "re.Pattern[str]":
    """The pattern as a regular expression; line ends are characters as others."""
    regex = "".join(_REGEX.get(char) or re.escape(char) for char in pattern)
    return re.compile(rf"(?:{regex})\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def arn_like(arn: str, pattern: str) -> bool:
    """Each of six parts by itself (IAM user guide, "Condition operators"); what has fewer is no ARN and like none."""
    given, wanted = arn.split(":", _ARN_PARTS - 1), pattern.split(":", _ARN_PARTS - 1)
    return len(given) == len(wanted) == _ARN_PARTS and all(
        compiled(part, False).match(own) is not None for own, part in zip(given, wanted, strict=True)
    )
