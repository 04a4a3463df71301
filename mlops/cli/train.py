"""``mlops train`` and ``mlops predict``: the two pipelines; ``mlops synthesize``: data to try them with."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from mlops.cli.common import AsJson, AsPersona, caller, ensure_may, ensure_may_upload, goes_on, say, say_json
from mlops.errors import RefusedInput

ProjectName = Annotated[str, typer.Argument(help="project")]
Data = Annotated[Path, typer.Option(help="folder with the CSV tables")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(train)
    app.command()(predict)
    app.command()(synthesize)


def train(  # noqa: PLR0917 (the command's options)
    project: ProjectName,
    data: Annotated[Path | None, typer.Option(help="folder with the CSV tables")] = None,
    dataset: Annotated[str, typer.Option(help="version of the data set registry: NAME or NAME@v2")] = "",
    allow_unapproved: Annotated[bool, typer.Option(help="train on a version that nobody approved; recorded")] = False,
    reason: Annotated[str, typer.Option(help="why, for the record")] = "",
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Train a model version on a registered data set (or a folder of CSV tables) and register it (pending approval)."""
    from mlops.progress import Progress
    from mlops.projects.names import Project
    from mlops.runs.training import Training

    if (data is None) == (not dataset):
        raise RefusedInput("train: give either --dataset NAME@V or --data FOLDER")
    aws = caller(persona)
    training = Training(aws, Project(project, aws.account))
    if data is not None:
        ensure_may_upload(aws, project)
    ensure_may(aws, "sagemaker:StartPipelineExecution", PipelineName=f"{project}-training")
    if data is not None:
        arn = training.start(training.upload(data), reason)
    else:
        arn, _ = training.start_on(dataset, reason, allow_unapproved=allow_unapproved)
    with goes_on(arn), Progress(f"training {project}") as progress:
        version = training.finish(arn, progress.step_listener())
    if as_json:
        say_json({"run": arn, "version": version})
    else:
        say(f"registered version {version} of {project}: pending approval")
        say(f"next: mlops model approve {project} {version} --reason ... --as ml-engineer")


def predict(  # noqa: PLR0917 (the command's options)
    project: ProjectName,
    data: Data,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="index date")],
    on_violation: Annotated[
        str,
        typer.Option(
            help="fail: store no predictions on drift, where the project would continue (a batch can only be stricter)"
        ),
    ] = "",
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Predict with the deployed version for the patients of a folder of CSV tables."""
    from mlops.progress import Progress
    from mlops.projects.names import Project
    from mlops.runs.inference import Inference

    aws = caller(persona)
    ensure_may_upload(aws, project)
    inference = Inference(aws, Project(project, aws.account))
    arn = inference.start(inference.upload(data), as_of.date(), on_violation)
    with goes_on(arn), Progress(f"predicting {project}") as progress:
        batch = inference.finish(arn, progress.step_listener())
    told = {"predictions_drifted": bool(batch.judged.get("drifted"))}
    if as_json:
        say_json({"run": arn, "predictions": batch.predictions, "drifted": batch.drift["drifted"]} | told)
        return
    say(f"predictions: {batch.predictions}")
    say(f"drift of the input: {'yes' if batch.drift['drifted'] else 'no'} (report: {batch.monitoring})")
    say(f"drift of the predictions: {'yes' if told['predictions_drifted'] else 'no'}")


def synthesize(
    out: Annotated[Path, typer.Argument(help="folder to write the CSV tables to; must not exist")],
    patients: Annotated[int, typer.Option(min=50)] = 5000,
    seed: int = 7,
    as_of: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="nothing later is written")] = datetime(
        2024, 6, 30
    ),
) -> None:
    """Write synthetic diabetic patients as the CSV tables that the pipelines read."""
    from mlops.adherence.synthetic import simulate

    if out.exists():
        raise RefusedInput(f"{out} exists already; choose a new folder")
    rows = simulate(patients, seed).extract(as_of.date(), out)
    say(", ".join(f"{name}: {count}" for name, count in rows.items()))
    if rows["patients"] < patients:
        say(f"{rows['patients']:,} of {patients:,} simulated patients are enrolled by {as_of.date()}")
