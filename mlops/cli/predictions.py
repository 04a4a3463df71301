"""``mlops predictions``: a batch's stored predictions in a folder of this machine."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mlops.cli.common import AsJson, AsPersona, caller, ensure_may, say, say_json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(predictions)


def predictions(
    project: Annotated[str, typer.Argument(help="project")],
    output: Annotated[Path, typer.Option(help="folder to write to; must be new or empty")],
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day of the data; the newest batch without it")
    ] = None,
    persona: AsPersona = "",
    as_json: AsJson = False,
) -> None:
    """Fetch the stored predictions of a batch; every file is verified against its digest."""
    from mlops.projects.names import Project
    from mlops.runs.stored import StoredPredictions

    aws = caller(persona)
    owner = Project(project, aws.account)
    ensure_may(aws, "s3:GetObject", Bucket=owner.data_bucket, Key="predictions/any")
    stored = StoredPredictions(aws, owner)
    batch = stored.newest(as_of.date() if as_of else None)
    metadata = stored.fetch(batch, output)
    if as_json:
        say_json({**vars(batch), "output": str(output), "metadata": metadata})
        return
    say(
        f"{metadata['rows']:,} predictions as of {batch.as_of}, of run {batch.run} and model version {metadata['model_version']}"
    )
    say(f"{output}/: {', '.join([*metadata['files'], 'metadata.json'])}; digests verified")
