"""Commands that texts name, and whether there are such commands."""

import re
from collections.abc import Iterator

import typer

from mlops.cli.main import app

_NAMED = re.compile(r"\bmlops((?: [a-z][a-z-]*)+)")
_QUOTED = re.compile(r"(?P<mark>['`]+)(mlops [^'`\n]*)(?P=mark)")


def named(text: str) -> Iterator[str]:
    """What follows ``mlops`` between quotation marks: the words before the first option or argument in capitals."""
    for match in _QUOTED.finditer(text):
        words = _NAMED.match(match.group(2).replace(" --target aws", ""))
        if words:
            yield words.group(1).strip()


def exists(command: str) -> bool:
    """Whether the first words are a command: a group with one of its own commands, or a command of none."""
    group = typer.main.get_command(app)
    for word in command.split():
        known = getattr(group, "commands", None)
        if known is None:
            return True  # the rest are arguments
        if word not in known:
            return False
        group = known[word]
    return True
