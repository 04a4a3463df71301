"""``mlops up | down | status``: the embedded AWS that keeps running, with its state in ``.mlops/``."""

import shlex

import typer

from mlops.cli.common import AsJson, say, say_json
from mlops.errors import RefusedInput


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)


def up(port: int = typer.Option(0, help="loopback port; 0 takes a free one")) -> None:
    """Start the embedded AWS (state in .mlops/, survives restarts)."""
    from mlops.aws import LOCAL_ACCOUNT, ROOT_SECRET, STATE_DIR
    from mlops.platform import server

    running = server.status(STATE_DIR)
    if running is None:
        running = server.start(STATE_DIR, port=port or None)
        say(f"embedded AWS at {running.endpoint} (process {running.pid}, state in {STATE_DIR}/)")
    else:
        say(f"already running at {running.endpoint} (process {running.pid})")
    secret = shlex.quote(str((STATE_DIR / ROOT_SECRET).absolute()))
    say(f"  export AWS_ENDPOINT_URL={running.endpoint} AWS_REGION=us-east-1")
    say(f'  export AWS_ACCESS_KEY_ID={LOCAL_ACCOUNT} AWS_SECRET_ACCESS_KEY="$(cat {secret})"')
    if unboxed := server.not_boxed(STATE_DIR):
        say(unboxed)


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
