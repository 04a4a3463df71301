"""``mlops up | down | status``: the embedded AWS that keeps running, with its state in ``.mlops/``."""

import os

import typer

from mlops.cli.common import AsJson, AsPersona, caller, complain, say, say_json
from mlops.errors import RefusedInput


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)


def up(
    port: int = typer.Option(0, min=0, max=65535, help="loopback port; 0 takes a free one"),
    export: bool = typer.Option(False, "--export", help='print shell lines only: eval "$(mlops up --export)"'),
    persona: AsPersona = "",
) -> None:
    """Start the embedded AWS (state in .mlops/, survives restarts)."""
    from mlops.aws import DEFAULT_REGION, LOCAL_ACCOUNT, STATE_DIR
    from mlops.platform import environment, server

    if persona and not export:
        raise RefusedInput(f"--as {persona}: goes with --export")
    running, started = server.ensure(STATE_DIR, port=port or None)
    told = complain if export else say
    if started:
        told(f"embedded AWS at {running.endpoint} (process {running.pid}, state in {STATE_DIR}/)")
    elif not export:
        say(f"already running at {running.endpoint} (process {running.pid})")
    root = environment.root_exports(running.endpoint, DEFAULT_REGION, LOCAL_ACCOUNT, STATE_DIR)
    if export:
        lines = environment.exports(caller(persona, "local")) if persona else root
        say("\n".join([*environment.unset(os.environ), *lines]))
    else:
        say("\n".join(f"  {line}" for line in root))
        say('or, in one line, also as a persona: eval "$(mlops up --export [--as PERSONA])"')
    if unboxed := server.not_boxed(STATE_DIR):
        told(unboxed)


def down(
    wipe: bool = typer.Option(False, help="also delete everything that it holds"),
    yes: bool = typer.Option(False, "--yes", help="do not ask"),
    quiet: bool = typer.Option(False, hidden=True),
) -> None:
    """Stop the embedded AWS; its state stays unless --wipe."""
    from mlops.aws import STATE_DIR
    from mlops.platform import server

    if wipe and not yes and not typer.confirm(f"Delete all state in {STATE_DIR}/?", default=False):
        raise RefusedInput("nothing was deleted")
    stopped = server.stop(STATE_DIR)
    if wipe:
        server.wipe(STATE_DIR)
    if not quiet:
        say(("stopped" if stopped else "was not running") + (", state deleted" if wipe else ""))


def status(as_json: AsJson = False) -> None:
    """Show whether the embedded AWS runs, and its pipelines."""
    from mlops.aws import STATE_DIR, local
    from mlops.platform import server
    from mlops.runs.runs import Runs

    running = server.status(STATE_DIR)
    if running is None:
        say_json({"running": False}) if as_json else say("not running; 'mlops up' starts it")
        return
    runs = Runs(local(running)).executions()
    active = [run for run in runs if run["PipelineExecutionStatus"] == "Executing"]
    if as_json:
        say_json({"running": True, "endpoint": running.endpoint, "pid": running.pid, "runs": len(runs)})
        return
    say(f"running at {running.endpoint} (process {running.pid}, state in {STATE_DIR}/)")
    say(f"{len(runs)} pipeline runs, {len(active)} executing; see 'mlops run list'")
