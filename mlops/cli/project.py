"""``mlops project``: provisioning."""

from typing import Annotated

import typer

from mlops.cli.common import caller, say
from mlops.errors import RefusedInput

app = typer.Typer(help="Projects: create.")


@app.callback()
def _group() -> None:
    """Keep ``create`` a sub-command while it is the only one."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="lower-case words joined by '-'")],
    on_drift: Annotated[str, typer.Option(help="retrain | notify | both | none")] = "retrain",
) -> None:
    """Create a project (or bring it up to date): pipelines, registry group, functions, alarms, rules."""
    from mlops.projects.provision import Settings, provision

    if on_drift not in {"retrain", "notify", "both", "none"}:
        raise RefusedInput(f"--on-drift {on_drift}: must be retrain, notify, both or none")
    project = provision(caller(), name, Settings(on_drift=on_drift))
    say(f"project {project.name}: {project.training_pipeline}, {project.inference_pipeline}")
    say(f"next: mlops train {project.name} --data FOLDER --as data-scientist")
