"""``mlops demo``: the whole story on this machine."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mlops.cli.common import AsJson, say, say_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    patients: Annotated[int, typer.Option(min=2000, max=200_000, help="synthetic patients")] = 5000,
    seed: Annotated[int, typer.Option(help="of the synthetic patients")] = 7,
    keep: Annotated[bool, typer.Option("--keep", help="leave the embedded AWS running, to look around")] = False,
    out: Annotated[Path, typer.Option(help="folder for the report and the predictions")] = Path(".mlops/demo"),
    as_json: AsJson = False,
) -> None:
    """Train, approve, predict, detect drift and retrain, all for real, in about a minute."""
    from mlops.adherence.demo.outcome import Choices
    from mlops.adherence.demo.story import tell
    from mlops.adherence.demo.summary import as_object, as_text

    outcome = tell(Choices(patients=patients, seed=seed, keep=keep, out=out), sys.stderr if as_json else sys.stdout)
    if as_json:
        say_json(as_object(outcome))
    else:
        say(as_text(outcome))
    raise typer.Exit(0 if outcome.ok else 1)
