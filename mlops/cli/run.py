"""``mlops run``: pipeline executions."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.cli.common import AsJson, AsPersona, Reason, caller, duration, ensure_may, goes_on, say, say_json, table
from mlops.errors import RefusedInput

if TYPE_CHECKING:
    from mlops.runs.starters import Started

app = typer.Typer(help="Pipeline executions: list, show, logs, stop, resume; run anybody's definition.")

RunId = Annotated[str, typer.Argument(help="execution id or ARN (the beginning of the id will do)")]


@app.command("list")
def list_runs(
    pipeline: Annotated[str, typer.Argument()] = "", as_json: AsJson = False, persona: AsPersona = ""
) -> None:
    """List executions and deliveries, newest first: how long they took, who or what started them, rehearsals marked."""
    from mlops.projects.deliveries import Deliveries, is_delivery
    from mlops.runs.runs import Runs
    from mlops.runs.starters import Starters

    aws = caller(persona)
    delivers = is_delivery(pipeline)
    known = Deliveries(aws).names() if delivers else Runs(aws).pipelines() if pipeline else []
    if pipeline and pipeline not in known:
        raise RefusedInput(f"pipeline {pipeline}: there is none; there are {', '.join(sorted(known)) or 'no others'}")
    found = [] if delivers else Runs(aws).executions(pipeline or None)
    deliveries = Deliveries(aws).all(pipeline or None) if delivers or not pipeline else []
    starters = Starters(aws)
    begun, delivered = starters.of_runs(found), starters.of_deliveries(deliveries)
    if as_json:
        runs = [run | _told(it) for run, it in zip(found, begun, strict=True)]
        others = [item | _told(it, "startedBy", "seconds") for item, it in zip(deliveries, delivered, strict=True)]
        say_json({"runs": runs, "deliveries": others})
        return
    rows = [_run_row(run, it) for run, it in zip(found, begun, strict=True)]
    rows += [_delivery_row(item, it) for item, it in zip(deliveries, delivered, strict=True)]
    if not rows:
        say("no runs yet")
        return
    columns = ["run", "pipeline", "status", "started", "took", "by", "name"]
    table(columns, sorted(rows, key=lambda row: row[3], reverse=True))


def _told(started: "Started", by: str = "StartedBy", seconds: str = "Seconds") -> dict[str, Any]:
    """What a reading program gets beside the service's answer."""
    told = {by: started.by, seconds: round(started.seconds, 1)}
    return told | ({"Rehearsal": started.rehearsal} if by == "StartedBy" else {})


def _run_row(run: dict[str, Any], started: "Started") -> list[str]:
    from mlops.runs.runs import execution_id

    status, name = run["PipelineExecutionStatus"], run.get("PipelineExecutionDisplayName", "")
    start = [execution_id(run["PipelineExecutionArn"]), run["PipelineName"], status]
    return [*start, f"{run['StartTime']:%Y-%m-%d %H:%M:%S}", duration(started.seconds), started.shown, name]


def _delivery_row(item: dict[str, Any], started: "Started") -> list[str]:
    commits = [revision.get("revisionId", "")[:8] for revision in item.get("sourceRevisions", [])]
    start = [item["pipelineExecutionId"], item["pipelineName"], item["status"]]
    return [*start, f"{item['startTime']:%Y-%m-%d %H:%M:%S}", duration(started.seconds), started.by, " ".join(commits)]


@app.command()
def show(run: RunId, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Show an execution and its steps, or a delivery and its actions."""
    from mlops.runs.runs import FINAL, Runs, refused_step
    from mlops.runs.starters import Starters

    aws = caller(persona)
    if (delivery := _delivery(aws, run)) is not None:
        _show_delivery(aws, delivery, as_json=as_json)
        return
    runs = Runs(aws)
    arn = runs.find(run)
    answer, steps = runs.describe(arn), runs.steps(arn)
    started = Starters(aws).of_run(answer | {"PipelineName": answer["PipelineArn"].rsplit("/", 1)[-1]})
    if as_json:
        answer.pop("ResponseMetadata", None)
        say_json(answer | _told(started) | {"steps": steps})
        return
    reason = answer.get("FailureReason", "")
    say(f"{arn}\n{answer['PipelineExecutionStatus']}{': ' + reason if reason else ''}")
    took = "took" if answer["PipelineExecutionStatus"] in FINAL else "runs since"
    say(f"started by {started.by}; {took} {duration(started.seconds)}")
    if started.rehearsal:
        say("a rehearsal, on invented data: no part of the project")
    if refused := refused_step(steps):
        say(f"{refused[0]} refused it: {refused[1]}")
    table(["step", "status", "seconds", "reason"], [_step_row(step) for step in steps])


def _delivery(aws: Any, run: str) -> dict[str, Any] | None:
    """The delivery that is meant; None where it is an execution: the beginning of an id may be either's.

    Raises:
        RefusedInput: it may be both, or several deliveries.
    """
    from mlops.projects.deliveries import Deliveries
    from mlops.runs.runs import Runs, execution_id

    if run.startswith("arn:"):
        return None
    found = Deliveries(aws).find(run)
    if found is None and "-" in run:  # executions' ids have no dashes
        raise RefusedInput(f"run {run}: no run matches; see 'mlops run list'")
    if found is not None and "-" not in run:
        others = [it for it in Runs(aws).executions() if execution_id(it["PipelineExecutionArn"]).startswith(run)]
        if others:
            raise RefusedInput(f"run {run}: a delivery and an execution match; give more of the id")
    return found


def _show_delivery(aws: Any, found: dict[str, Any], *, as_json: bool) -> None:
    from mlops.projects.deliveries import Deliveries, reason
    from mlops.runs.starters import Starters

    actions, (started,) = Deliveries(aws).actions(found), Starters(aws).of_deliveries([found])
    by = Deliveries(aws).started_by(found)
    if as_json:
        say_json({**found, "startedBy": by, "seconds": round(started.seconds, 1), "actions": actions})
        return
    say(f"{found['pipelineName']} {found['pipelineExecutionId']}\n{found['status']}, {duration(started.seconds)}")
    say(f"started by {by} ({found['trigger']['triggerType']}: {found['trigger']['triggerDetail']})")
    rows = [[item["stageName"], item["actionName"], item["status"], reason(item).split("\n")[0]] for item in actions]
    table(["stage", "action", "status", "what"], rows)


def _delivery_logs(aws: Any, found: dict[str, Any], action: str) -> None:
    from mlops.projects.deliveries import Deliveries

    deliveries = Deliveries(aws)
    actions = deliveries.actions(found)
    _require_known(action, [item["actionName"] for item in actions])
    for item in actions:
        if action in {"", item["actionName"]}:
            for line in deliveries.logs(item):
                say(f"{item['actionName']}  {line}")


def _require_known(step: str, names: list[str]) -> None:
    if step and step not in names:
        raise RefusedInput(f"step {step}: the run has {', '.join(names)}")


def _step_row(step: dict[str, Any]) -> list[str]:
    seconds = ""
    if "EndTime" in step:
        seconds = f"{(step['EndTime'] - step['StartTime']).total_seconds():.1f}"
    return [step["StepName"], step["StepStatus"], seconds, step.get("FailureReason", "").split("\n")[0]]


@app.command()
def logs(run: RunId, step: Annotated[str, typer.Option(help="only this step")] = "", persona: AsPersona = "") -> None:
    """Print the logs of an execution's jobs, or of a delivery's builds."""
    from mlops.runs.runs import Runs

    aws = caller(persona)
    if (delivery := _delivery(aws, run)) is not None:
        _delivery_logs(aws, delivery, step)
        return
    runs = Runs(aws)
    steps = runs.steps(runs.find(run))
    _require_known(step, [item["StepName"] for item in steps])
    for item in steps:
        if step in {"", item["StepName"]}:
            for line in runs.logs(item):
                say(f"{item['StepName']}  {line}")


@app.command()
def stop(run: RunId, persona: AsPersona = "") -> None:
    """Stop an execution and wait until its jobs have ended."""
    from mlops.runs.runs import Runs

    aws = caller(persona)
    if (delivery := _delivery(aws, run)) is not None:
        raise RefusedInput(
            f"run {run} is a delivery ({delivery['pipelineName']}): only executions of pipelines are stopped"
        )
    runs = Runs(aws)
    arn = runs.find(run)
    runs.stop(arn)
    say(f"{runs.follow(arn).status}")


@app.command()
def release(
    run: RunId,
    reason: Reason,
    reject: Annotated[bool, typer.Option("--reject", help="do not let it through")] = False,
    persona: AsPersona = "",
) -> None:
    """Let a delivery through its manual gate (template parameter ManualGate), or reject it."""
    from mlops.projects.deliveries import Deliveries

    aws = caller(persona)
    ensure_may(aws, "codepipeline:PutApprovalResult")
    deliveries = Deliveries(aws)
    found = deliveries.find(run)
    if found is None:
        raise RefusedInput(f"run {run}: no delivery matches; see 'mlops run list'")
    deliveries.release(found, reason, released=not reject)
    say("rejected" if reject else "released")


@app.command()
def resume(run: RunId, persona: AsPersona = "") -> None:
    """Finish an execution that failed or was stopped: only missing or failed steps run."""
    from mlops.runs.runs import Runs

    runs = Runs(caller(persona))
    arn = runs.find(run)
    runs.resume(arn)
    _follow(runs, arn, "resume")


@app.command()
def definition(
    file: Annotated[Path, typer.Argument(help="pipeline definition JSON (schema 2020-12-01)")],
    parameter: Annotated[list[str] | None, typer.Option(help="NAME=VALUE, repeatable")] = None,
    name: Annotated[str, typer.Option(help="pipeline name (default: the file's)")] = "",
    role: Annotated[str, typer.Option(help="execution role ARN (default: a role mlops-definitions, made once)")] = "",
    check: Annotated[bool, typer.Option("--check", help="only say what would run here, and every problem")] = False,
) -> None:
    """Create (or update) a pipeline from anybody's definition and run it."""
    from botocore.exceptions import ClientError

    from mlops.platform.definitions import pipeline_name, read_definition
    from mlops.runs.pipelines import definitions_role, named_roles, put_pipeline
    from mlops.runs.runs import Runs

    text, values = read_definition(file), _parameters(parameter or [])
    if check:
        _check(file, text, values)
        return
    aws, pipeline = caller(), name or pipeline_name(file)
    runs = Runs(aws)
    if not role:
        role = definitions_role(aws)
        text, made = named_roles(aws, text) if aws.endpoint else (text, [])
        if made:
            say(f"made {', '.join(made)} here with the rights of {role.rsplit('/', 1)[-1]}: the definition names them")
    try:
        put_pipeline(aws.client("sagemaker"), pipeline, text, role)
        arn = runs.start(pipeline, values)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        raise RefusedInput(f"{file}: {error.response['Error']['Message']}") from error
    _follow(runs, arn, pipeline)


def _check(file: Path, text: str, values: dict[str, str]) -> None:
    """What becomes of every step on this machine, then every problem; no server is needed.

    Raises:
        RefusedInput: there are problems.
    """
    from mlops.aws import STATE_DIR
    from mlops.platform.definitions import examine

    found = examine(text, STATE_DIR, values)
    if found.steps:
        table(["step", "type", "here"], [[name, *outcome] for name, outcome in found.steps.items()])
    for problem in found.problems:
        say(problem)
    if found.problems:
        raise RefusedInput(f"{file}: {len(found.problems)} problem{'s' * (len(found.problems) > 1)}")
    say("no problems")


def _parameters(given: list[str]) -> dict[str, str]:
    pairs = [item.partition("=") for item in given]
    for name, separator, _ in pairs:
        if not separator:
            raise RefusedInput(f"--parameter {name}: must be NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _follow(runs: Any, arn: str, title: str) -> None:
    from mlops.progress import Progress

    with goes_on(arn), Progress(title) as progress:
        done = runs.follow(arn, progress.step_listener())
    done.ensure_succeeded()
    say(f"{done.status}: {arn}")
