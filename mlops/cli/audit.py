"""``mlops audit``: who approved, rejected, rolled back or deleted what, when and why; and whether the record is intact."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.cli.common import AsJson, AsPersona, caller, complain, say_json, table
from mlops.errors import MlopsError, RefusedInput

if TYPE_CHECKING:
    from mlops.bundled.audit import Entry, Trail

app = typer.Typer(help="The audit trail: log, verify.", no_args_is_help=True)
Scope = Annotated[str, typer.Argument(help="project; all of them without it")]


@app.command()
def log(project: Scope = "", as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Show every decision: when, what, by whom, why, with what effect; newest first."""
    from mlops.runs.starters import short

    found: list[tuple[str, Entry]] = []
    for trail in _trails(project, persona):
        entries, odd = trail.readable()
        found += [(trail.scope, entry) for entry in entries]
        for problem in odd:
            complain(f"warning: {problem}; 'mlops audit verify' says what else")
    found.sort(key=lambda item: str(item[1].at), reverse=True)
    if as_json:
        say_json({"entries": [{"project": scope, **asdict(entry)} for scope, entry in found]})
        return
    rows = []
    for scope, entry in found:
        at, action, subject, by, *rest = map(
            _told, (entry.at, entry.action, entry.subject, entry.by, entry.reason, entry.outcome)
        )
        rows.append([at[:19], scope, action, subject, short(by), *rest])
    table(["when (UTC)", "project", "action", "what", "by", "why", "effect"], rows)


@app.command()
def verify(
    project: Scope = "",
    head: Annotated[str, typer.Option(help="NUMBER:SHA256 noted earlier: it has to be there still")] = "",
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Check that no entry was edited, removed, reordered or overwritten; exit code 1 names each that was."""
    if head and not project:
        raise RefusedInput("--head: say whose it is: mlops audit verify PROJECT --head NUMBER:SHA256")
    found = [trail.verify(head) for trail in _trails(project, persona)]
    if as_json:
        listed = [{"project": it.scope, "head": it.head, "problems": it.problems} for it in found]
        say_json({"trails": listed, "intact": not any(it.problems for it in found)})
    else:
        rows = [[it.scope, str(len(it.entries)), "broken" if it.problems else "intact", it.head] for it in found]
        table(["project", "entries", "state", "head"], rows)
    problems = [f"{it.scope}: {problem}" for it in found for problem in it.problems]
    if problems:
        raise MlopsError("the audit trail is not intact: " + "; ".join(problems))


def _told(value: object) -> str:
    """A member of an entry in one line; what is no text is shown as odd."""
    from mlops.bundled.written import line

    return line(value) if isinstance(value, str) else f"odd: {line(repr(value))}"[:80]


def _trails(project: str, persona: str) -> "list[Trail]":
    """Trails that exist; the one that is asked for must.

    Raises:
        RefusedInput: there is no trail of that project.
    """
    from mlops.bundled.audit import Trail, audit_bucket, scopes

    aws = caller(persona)
    s3: Any = aws.client("s3")
    bucket = audit_bucket(aws.account)
    known = scopes(s3, bucket)
    if project and project not in known:
        raise RefusedInput(
            f"project {project}: the audit trail has no entry of it; it has {', '.join(known) or 'none'}"
        )
    return [Trail(s3, bucket, scope) for scope in ([project] if project else known)]
