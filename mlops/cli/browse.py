"""``mlops browse``: a project's pages in a browser, read-only, for whoever has the link."""

import sys
from typing import Annotated

import typer

from mlops.cli.common import AsPersona, caller, say
from mlops.errors import RefusedInput


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(browse)


def browse(
    project: Annotated[str, typer.Argument(help="whose pages; every project's where none is named")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="loopback port; 0 takes a free one")] = 0,
    persona: AsPersona = "",
) -> None:
    """Show evaluations, monitoring reports and profiles in a browser, until Ctrl-C (the link works once)."""
    from mlops.pages.serving import Serving
    from mlops.projects.catalog import Projects
    from mlops.runs.reports import Reports

    aws = caller(persona)
    names = [project] if project else [item.name for item in Projects(aws).all()]
    if not names:
        raise RefusedInput("there is no project yet: 'mlops project create NAME' makes one")
    shelf = Reports(aws, names)
    shelf.entries()  # who may not list them learns it here
    try:
        serving = Serving(shelf, _failed, port)
    except OSError as error:
        raise RefusedInput(f"--port {port}: {error.strerror}") from error
    say(f"{shelf.title}: {serving.link}")
    say("the link works once, in one browser; Ctrl-C ends")
    sys.stdout.flush()
    try:
        serving.run()
    except KeyboardInterrupt:
        say("closed")


def _failed(error: Exception) -> None:
    sys.stderr.write(f"error: {error}\n")
