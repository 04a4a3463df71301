"""``mlops doctor``: whether an installation is sound; of an account, whether the platform runs there and who may write what."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import AsJson, caller, say, say_json, table
from mlops.errors import MlopsError

if TYPE_CHECKING:
    from mlops.platform.access import Line
    from mlops.platform.checkup.checks import Check

WRONG = "WRONG"  # of mlops.platform.checkup.checks, which is not imported for --help


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    security: Annotated[
        bool, typer.Option("--security", help="every prefix that each persona can write, and other rights, live")
    ] = False,
    account: Annotated[
        bool,
        typer.Option("--account", help="the account at the target: bootstrap, quotas, stacks, key, network, catalog"),
    ] = False,
    target: Annotated[str, typer.Option(help="as mlops --target; aws looks at the account")] = "",
    repair: Annotated[
        bool, typer.Option("--repair", help="bring damaged local state into order, from what is kept of the last start")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check the installation, or with --target aws the account; exit code 1 where something is not as it should be."""
    if repair:
        _repair()
        return
    chosen = target or os.environ.get("MLOPS_TARGET", "local")
    if security:
        _security(as_json, chosen)
    elif account or chosen != "local":
        _account(as_json, chosen)
    else:
        _installation(as_json)


def _account(as_json: bool, target: str) -> None:
    from mlops.platform.assembly import load
    from mlops.platform.checkup import checkup

    aws = caller(target=target)
    found = list(checkup(aws, load()))
    failed = [it for it in found if it.state == WRONG]
    if as_json:
        say_json({"region": aws.region, "checks": [vars(it) for it in found], "wrong": len(failed)})
    else:
        table(["check", "state", "found", "what to do"], [[it.name, it.state, it.found, it.remedy] for it in found])
    if failed:
        first = failed[0]
        raise MlopsError(f"{len(failed)} not as it should be; first {first.name}: {first.found}: {first.remedy}")


def _installation(as_json: bool) -> None:
    found = list(_checks())
    wrong = [it for it in found if it.state == WRONG]
    if as_json:
        listed = [
            {"check": it.name, "sound": it.state != WRONG, "details": it.found, "remedy": it.remedy} for it in found
        ]
        say_json({"checks": listed})
    else:
        rows = [[it.name, "NOT OK" if it in wrong else "ok", it.found, it.remedy] for it in found]
        table(["check", "state", "details", "what to do"], rows)
    if wrong:
        raise MlopsError(f"not as it should be: {', '.join(dict.fromkeys(it.name for it in wrong))}")


def _checks() -> "Iterator[Check]":
    from mlops.aws import STATE_DIR
    from mlops.platform.checkup.checks import ok, wrong
    from mlops.platform.checkup.local import deployed_checks, local_checks

    yield from local_checks(STATE_DIR)
    yield from deployed_checks(STATE_DIR)
    git = shutil.which("git")
    yield ok("git", git) if git else wrong("git", "not found", "install it: a project's repository is cloned with it")


def _repair() -> None:
    from mlops.aws import STATE_DIR
    from mlops.platform.checkup.local import repair

    told = repair(STATE_DIR)
    for line in told or ["nothing is damaged"]:
        say(line)
    if told:
        say("what was damaged lies beside it, as NAME.damaged; 'mlops up' starts on what there is now")


def _security(as_json: bool, target: str) -> None:
    from mlops.platform.access import Access

    access = Access(caller(target=target))
    lines, projects = access.lines(), [it.name for it in access.projects()]
    wrong, kept = [it for it in lines if it.differs], access.kept_repositories()
    if as_json:
        listed = [{**vars(it), "differs": it.differs} for it in lines]
        say_json({"projects": projects, "rights": listed, "differences": len(wrong), "kept_repositories": kept})
    else:
        _show(lines, projects)
        say(f"repositories that deleted projects have left: {', '.join(kept) or 'none'}")
    if wrong:
        raise MlopsError(f"{len(wrong)} rights are not as the platform makes them: {_told(wrong[0])}")


def _show(lines: "list[Line]", projects: list[str]) -> None:
    from mlops.projects.names import PERSONAS

    for who in dict.fromkeys([*PERSONAS.values(), *(it.who for it in lines)]):
        rows = [[_mark(it), it.how, it.what, it.where] for it in lines if it.who == who]
        say(f"{who}:" if rows else f"{who}: writes nothing")
        if rows:
            table(["", "may", "what", "where"], rows)
        say("")
    say(f"projects: {', '.join(projects) or 'none'}; read from roles' and buckets' policies as they are deployed.")
    say("An organization's own policies (SCPs) and a session's can only take away from this.")


def _mark(line: "Line") -> str:
    if line.as_expected:
        return ""
    return "DIFFERS" if line.differs else "kept (project deleted)"


def _told(line: "Line") -> str:
    return f"{line.who} {line.what} ({line.where}): {line.how}, expected {line.expected}"
