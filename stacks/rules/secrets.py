"""What looks like a secret: detect-secrets' plugins for known formats, and what they leave open."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from math import log2
from typing import Any

_NAMES = re.compile(r"password|passwd|secret|token|api_?key|private_?key|credential", re.IGNORECASE)
# handled here: by a name as the file's kind has it, by entropy without quotes; hexadecimal digests and addresses are no secrets
_OTHERS = {"KeywordDetector", "Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"}
_ADDRESS = re.compile(r"://:(?P<value>[^\s/:@\"'{}$<>]{3,})@")  # a password without a user
_RUN = re.compile(r"(?<![\w+/.@-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w+/])")
_ENTROPY = 4.5  # bits a character; a random text of base64's characters has nearly six
_HASHED = re.compile(r"[A-Za-z0-9]+[0-9A-F]{8}")
_WORD = re.compile(r"[A-Z]*[a-z]+|[A-Z]+|\d+")
_LONG_WORDS = 3.0  # letters on average; of random texts less than two
_DIGEST = re.compile(r"sha(256|384|512)[-_:=]")
_PLACEHOLDER = re.compile(r"[<{$*.=]|x{3}|\d+(\.\d+)+$", re.IGNORECASE)
_REFERENCE = re.compile(r"\{\{resolve:[^{}]*\}\}")  # CloudFormation puts the value in, from where secrets are kept
_QUOTES = re.compile(r"\\+(?=\")")


def looks_secret(name: str, value: str) -> bool:
    """By its form, or because a name that promises a secret has a literal value."""
    literal = _REFERENCE.sub("", value).strip()
    return bool(literal) and (bool(_NAMES.search(name)) or any(map(found_in, literal.splitlines())))


@lru_cache(maxsize=200_000)
def found_in(line: str) -> tuple[tuple[str, str], ...]:
    """(kind, value) of everything on the line that has the form of a secret."""
    return tuple(dict.fromkeys(_found(_plain(line))))


def _plain(line: str) -> str:
    """Without the backslashes of texts in texts, and without references to where secrets are kept."""
    return _REFERENCE.sub("", _QUOTES.sub("", line))


def _found(line: str) -> Iterator[tuple[str, str]]:
    for plugin in _plugins():
        for value in _matches(plugin, line):
            yield plugin.secret_type, value
    for match in _ADDRESS.finditer(line):
        yield "Basic Auth Credentials", match["value"]
    for match in _RUN.finditer(line):
        if _is_random(match[0], line[: match.start()]):
            yield "High Entropy String", match[0]


def _matches(plugin: Any, line: str) -> Iterator[str]:
    """All of what a plugin finds: its own answer may be a part only, the same for every secret of the kind."""
    from detect_secrets.plugins.base import RegexBasedDetector

    if type(plugin).analyze_string is RegexBasedDetector.analyze_string:
        return (match[0] for pattern in plugin.denylist for match in pattern.finditer(line))
    found: Iterator[str] = plugin.analyze_string(line)
    return found


def _is_random(value: str, before: str) -> bool:
    """Characters of all kinds in no order; neither an identifier of CDK's, nor a digest, nor a path."""
    kinds = (any(map(test, value)) for test in (str.isupper, str.islower, str.isdigit))
    if not all(kinds) or _is_logical_id(value) or _DIGEST.search(before[-8:] + value[:8]):
        return False
    shares = [value.count(sign) / len(value) for sign in set(value)]
    return -sum(share * log2(share) for share in shares) > _ENTROPY


def _is_logical_id(value: str) -> bool:
    """As CDK makes them: words and a hash."""
    return bool(_HASHED.fullmatch(value)) and len(value) - 8 >= _LONG_WORDS * len(_WORD.findall(value[:-8]))


@cache
def _plugins() -> list[Any]:
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    classes = get_mapping_from_secret_type_to_class().values()
    return [it() for it in sorted(classes, key=lambda it: it.__name__) if it.__name__ not in _OTHERS]


@cache
def _keywords() -> Any:
    from detect_secrets.plugins.keyword import KeywordDetector

    return KeywordDetector()


def named_in(file: str, line: str) -> Iterator[tuple[str, str]]:
    """(kind, value) of literals that are given to a name like password; how they are written depends on the file's kind."""
    from detect_secrets.filters import heuristic

    if not _NAMES.search(line):
        return
    for secret in _keywords().analyze_line(filename=file, line=_plain(line)):
        value = secret.secret_value
        if not (_PLACEHOLDER.match(value.lstrip("\"'")) or heuristic.is_indirect_reference(line) or " " in value):
            yield secret.type, value
