"""``mlops doctor``: whether an installation is sound; of an account, whether the platform runs there and who may write what."""

import os
import shutil
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import AsJson, caller, say, say_json, table
from mlops.errors import MlopsError

if TYPE_CHECKING:
    from mlops.platform.access import Line

Check = tuple[str, bool, str]  # what, whether it is sound, details


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
    as_json: AsJson = False,
) -> None:
    """Check the installation, or with --target aws the account; exit code 1 where something is not as it should be."""
    chosen = target or os.environ.get("MLOPS_TARGET", "local")
    if security:
        _security(as_json, chosen)
    elif account or chosen != "local":
        _account(as_json, chosen)
    else:
        _installation(as_json)


def _account(as_json: bool, target: str) -> None:
    from mlops.platform.assembly import load
    from mlops.platform.checkup import WRONG, checkup

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
    if as_json:
        say_json({"checks": [{"check": what, "sound": sound, "details": details} for what, sound, details in found]})
    else:
        table(["check", "state", "details"], [[what, "ok" if ok else "NOT OK", more] for what, ok, more in found])
    wrong = [what for what, sound, _ in found if not sound]
    if wrong:
        raise MlopsError(f"not as it should be: {', '.join(wrong)}")


def _checks() -> Iterator[Check]:
    from mlops.aws import STATE_DIR
    from mlops.platform import server

    running = server.status(STATE_DIR)
    yield "embedded AWS", running is not None, running.endpoint if running else "not running; 'mlops up' starts it"
    mode = stat.S_IMODE(STATE_DIR.stat().st_mode) if STATE_DIR.exists() else 0o700
    yield (
        "state folder",
        not mode & 0o077,
        f"{STATE_DIR}/ {mode:04o}" + (", others can look into it" if mode & 0o077 else ""),
    )
    git = shutil.which("git")
    yield "git", git is not None, git or "needed to clone a project's repository"


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
