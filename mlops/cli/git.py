"""``mlops git-credential``: git's way to sign in to a project's repository (git's credential-helper protocol)."""

import sys
from typing import Annotated

import typer

from mlops.cli.common import AsPersona, caller, say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("git-credential")(git_credential)


def git_credential(
    action: Annotated[str, typer.Argument(help="get, store or erase; git says it")], persona: AsPersona = ""
) -> None:
    """Sign git in to a project's repository; 'mlops project show' prints the command that uses it."""
    from mlops.projects.repository import login

    asked = dict(line.rstrip("\n").split("=", 1) for line in sys.stdin if "=" in line)
    if action == "get":  # nothing is kept, so there is nothing to store or erase
        for key, value in login(caller(persona), asked).items():
            say(f"{key}={value}")
