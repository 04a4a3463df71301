"""Texts of policies: ``*`` and ``?``, and variables that a request gives their values."""

import re
from collections.abc import Mapping
from typing import Any

_PIECE = re.compile(r"\$\{([^}]*)\}|(\*)|(\?)|([^*?$]+|\$)", re.DOTALL)
_DEFAULT = re.compile(r"^([^,]+), '(.*)'$", re.DOTALL)
Pattern = list[tuple[str, bool]]  # pieces of text; True: a wildcard


def listed(value: Any) -> list[Any]:
    """A list, whether one value or several were written."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def compiled(text: str, context: Mapping[str, Any]) -> Pattern | None:
    """The text with its variables replaced; None where one has no value: such a text equals nothing and is like nothing.

    A value's own ``*`` and ``?`` are no wildcards. ``${*}``, ``${?}`` and ``${$}`` are these characters; ``${key, 'text'}`` has a default.
    """
    pieces: Pattern = []
    for variable, star, mark, plain in _PIECE.findall(text):
        if star or mark:
            pieces.append((star or mark, True))
        elif plain or variable in {"*", "?", "$"}:
            pieces.append((plain or variable, False))
        else:
            value = _value(variable, context)
            if value is None:
                return None
            pieces.append((value, False))
    return pieces


def written(pattern: Pattern) -> str:
    """The text itself, for operators that know no wildcards."""
    return "".join(text for text, _ in pattern)


def matches(actual: str, pattern: Pattern | None) -> bool:
    """Whether the whole of a text is like the pattern; letters' case counts, line ends are characters as others."""
    if pattern is None:
        return False
    parts = [{"*": ".*", "?": "."}[text] if wild else re.escape(text) for text, wild in pattern]
    return re.fullmatch("".join(parts), actual, re.DOTALL) is not None


def arn_like(actual: str, pattern: Pattern | None) -> bool:
    """Each of the six parts of an ARN by itself: a wildcard spans no colon before the resource; what has fewer parts is no ARN."""
    if pattern is None:
        return False
    wanted, given = _parts(pattern), actual.split(":", 5)
    return len(wanted) == len(given) == 6 and all(map(matches, given, wanted))


def _parts(pattern: Pattern) -> list[Pattern]:
    parts: list[Pattern] = [[]]
    for text, wild in pattern:
        if wild:
            parts[-1].append((text, True))
            continue
        first, *rest = text.split(":", 6 - len(parts)) if len(parts) < 6 else [text]
        parts[-1].append((first, False))
        parts += [[(item, False)] for item in rest]
    return parts


def _value(variable: str, context: Mapping[str, Any]) -> str | None:
    """Of a key with one value; of one with several there is none, as variables have only one."""
    match = _DEFAULT.match(variable)
    name, default = (match.group(1), match.group(2)) if match else (variable, None)
    found = next((value for key, value in context.items() if key.lower() == name.strip().lower()), None)
    return str(found) if found not in (None, "") and not isinstance(found, list | tuple | set) else default
