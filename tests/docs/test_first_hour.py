"""docs/first-hour.md: its commands exist with their options, and the rights that it lists are those that the doctor uses."""

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from mlops.cli.main import app
from mlops.platform.checkup import READS

PAGE = (Path(__file__).parents[2] / "docs" / "first-hour.md").read_text()


def _commands() -> list[str]:
    """In its blocks, and inline in its tables; what a user fills in is a word like any other."""
    blocks = [line.strip() for line in PAGE.splitlines() if line.startswith("    mlops ")]
    inline = re.findall(r"`(mlops [^`]+)`", PAGE)
    return [*blocks, *(it.replace("...", "x") for it in inline)]


@pytest.mark.parametrize("line", _commands())
def test_its_commands_exist(line: str) -> None:
    """With these options and arguments: each is parsed, and none is run."""
    command, words = get_command(app), shlex.split(line)[1:]
    context = command.make_context("mlops", list(words), resilient_parsing=False)
    rest = [*context._protected_args, *context.args]
    while rest:
        name, command, rest = context.command.resolve_command(context, rest)  # type: ignore[attr-defined]
        context = command.make_context(name, rest, parent=context)
        rest = [*context._protected_args, *context.args]


def test_its_rights_are_the_doctors() -> None:
    """All of them, and no others."""
    listed = PAGE.partition("<!-- rights -->")[2].partition("<!-- /rights -->")[0]
    assert re.findall(r"`([^`]+)`", listed) == list(READS)
