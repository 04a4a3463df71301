"""``mlops exec``: a program that knows nothing of the platform, with its environment set."""

import os
import shutil
import signal
from typing import Annotated

import typer

from mlops.cli.common import AsPersona, caller
from mlops.errors import RefusedInput

_SETTINGS = {"ignore_unknown_options": True, "allow_interspersed_args": False}  # the program's options are its own


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("exec", context_settings=_SETTINGS)(execute)


def execute(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(help="the program and its arguments")],
    persona: AsPersona = "",
) -> None:
    """Run any program against the target: region, endpoint and keys are set; its exit code is the answer.

    On the embedded AWS, Python programs also find STS there where the SageMaker SDK has the public address written into it.
    """
    from mlops.platform.environment import program_environment

    environment = program_environment(caller(persona), os.environ)
    program = shutil.which(command[0])
    if program is None:
        raise RefusedInput(f"exec {command[0]}: no such program")
    os.umask(context.obj)  # the user's own, and no signal ignored that Python ignores
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execve(program, command, environment)  # noqa: S606 (the user's own program)
