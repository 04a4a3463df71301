"""``mlops project delete``: plan, confirm, delete, verify."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import AsJson, caller, ensure_may, say, say_json, table
from mlops.errors import MlopsError, RefusedInput

if TYPE_CHECKING:
    from mlops.aws import Aws
    from mlops.projects.deleting import Deleting, Proof
    from mlops.projects.plan import Item, Plan

_WIDEST = 60  # characters of an id in a table


def delete(  # noqa: PLR0917 (the command's options)
    name: Annotated[str, typer.Argument(help="lower-case words joined by '-'")],
    keep: Annotated[
        str | None,
        typer.Option("--keep", help="what of its data stays, of predictions,models,datasets,audit; all without it"),
    ] = None,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="its data too: nothing stays but the audit trail")
    ] = False,
    delete_repository: Annotated[
        bool, typer.Option("--delete-repository", help="its code in CodeCommit too, which is kept otherwise")
    ] = False,
    export_repository: Annotated[
        Path | None, typer.Option("--export-repository", help="first hand its code over in this file, a git bundle")
    ] = None,
    reason: Annotated[str, typer.Option(help="why, for the record")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the plan and its id, and delete nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask: needs --plan-id")] = False,
    plan_id: Annotated[
        str, typer.Option("--plan-id", help="id of the plan that was seen; refused where it changed")
    ] = "",
    as_json: AsJson = False,
    persona: Annotated[
        str, typer.Option("--as", help="act as data-scientist, ml-engineer or manager; without, as ml-engineer")
    ] = "ml-engineer",
) -> None:
    """Delete a project: show what goes and what stays, ask for its name, delete it, and prove it.

    Data, model versions and code stay unless --keep or --with-data and --delete-repository say otherwise; the audit trail always does.
    """
    aws = _allowed(name, persona)
    if (yes and not plan_id) or (as_json and not (yes or dry_run)):
        raise RefusedInput(
            f"--yes needs --plan-id ID: 'mlops project delete {name} --dry-run' shows the plan and its id"
        )
    deleting, reason, plan = _planned(aws, name, keep, with_data=with_data, repository=delete_repository, reason=reason)
    address = _code(aws, plan, delete=delete_repository, export=export_repository is not None)
    if not as_json:
        _show(plan)
    if dry_run:
        if as_json:
            say_json(plan.json(datetime.now(UTC)))
        else:
            said = _options(keep, with_data=with_data, repository=delete_repository)
            say(f"nothing was deleted; to do this: mlops project delete {name} {said}--yes --plan-id {plan.id}")
        return
    plan.require_free()
    if not plan.going():
        raise RefusedInput(
            f"project {name}: nothing goes by this plan; --with-data or --delete-repository removes what is left"
        )
    _confirm(deleting, plan, yes=yes, plan_id=plan_id)
    if export_repository:
        _export(aws, name, address, export_repository, persona)
    deleting.delete(plan, reason, (lambda _: None) if as_json else say)
    _report(plan, deleting.verify(plan), as_json=as_json)


def _allowed(name: str, persona: str) -> "Aws":
    """Raises RefusedByPolicy: the persona may not delete projects."""
    from mlops.projects.names import Project

    aws = caller(persona)
    ensure_may(aws, "ssm:PutParameter", Name=Project(name, aws.account).deletion_parameter)
    return aws


def _planned(
    aws: "Aws", name: str, keep: str | None, *, with_data: bool, repository: bool, reason: str
) -> "tuple[Deleting, str, Plan]":
    """(who deletes, why, the plan): what an interrupted deletion was asked for counts where nothing else is said."""
    from mlops.projects.deleting import Deleting, intent
    from mlops.projects.plan import chosen

    beside, deleting = chosen(keep, with_data=with_data, repository=repository), Deleting(aws)
    earlier = intent(aws, name)
    if earlier is not None and keep is None and not (with_data or repository):
        beside, reason = earlier.beside, reason or earlier.reason
    return deleting, reason, deleting.plan(name, beside)


def _options(keep: str | None, *, with_data: bool, repository: bool) -> str:
    """Of the command, once more."""
    given = [f"--keep {keep}"] if keep else ["--with-data"] if with_data else []
    return "".join(f"{it} " for it in [*given, *(["--delete-repository"] if repository else [])])


def _show(plan: "Plan") -> None:
    say(f"project {plan.project} is {plan.state}; plan {plan.id}")
    for heading, items in (("goes", plan.going()), ("stays", plan.staying())):
        say(f"{heading}: {len(items)}")
        table(["kind", "id", "size", "age", "$/month", "why"], [_row(it) for it in items])
    saved, left = (sum(it.thing.monthly for it in items) for items in (plan.going(), plan.staying()))
    say(f"saves ${saved:.2f} a month; ${left:.2f} a month go on being paid for what stays")


def _row(item: "Item") -> list[str]:
    from mlops.projects.plan import age

    thing = item.thing
    days = age(thing, datetime.now(UTC))
    size = f"{thing.count:,} x {_bytes(thing.size)}" if thing.count > 1 else _bytes(thing.size) if thing.size else ""
    kind = thing.kind.removeprefix("AWS::").replace("::", " ")
    return [kind, _short(thing.id), size, "" if days is None else f"{days:.0f} d", f"{thing.monthly:.2f}", item.why]


def _short(id_: str) -> str:
    return id_ if len(id_) <= _WIDEST else f"{id_[: _WIDEST // 2 - 1]}..{id_[-_WIDEST // 2 :]}"


def _bytes(size: int) -> str:
    number = float(size)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024 or unit == "GiB":
            break
        number /= 1024
    return f"{number:,.0f} {unit}"


def _confirm(deleting: "Deleting", plan: "Plan", *, yes: bool, plan_id: str) -> None:
    """Raises RefusedInput: nobody has said so, or the world is another one than in the plan that was seen."""
    if not yes:
        try:
            typed = typer.prompt(f"Type {plan.project} to delete this", default="", show_default=False)
        except typer.Abort:
            typed = ""
        if typed != plan.project:
            raise RefusedInput("nothing was deleted")
    seen, now = plan_id or plan.id, plan if yes else deleting.plan(plan.project, plan.beside)
    if seen != now.id:
        raise RefusedInput(
            f"project {plan.project}: not as it was in plan {seen}, or asked for with other options; nothing was deleted: "
            f"look at it again with --dry-run (now {now.id})"
        )


def _report(plan: "Plan", proofs: "list[Proof]", *, as_json: bool) -> None:
    """Raises MlopsError: something is not as the plan said."""
    wrong = [it for it in proofs if not it.right]
    if as_json:
        say_json(
            {"project": plan.project, "plan_id": plan.id, "verified": not wrong, "proof": [it.json() for it in proofs]}
        )
    else:
        rows = [
            [it.item.thing.kind.removeprefix("AWS::"), _short(it.item.thing.id), it.asked, it.says] for it in proofs
        ]
        table(["kind", "id", "asked", "the service says"], rows)
    if wrong:
        sys.stdout.flush()
        named = ", ".join(f"{it.item.thing.kind} {it.item.thing.id} {it.says}" for it in wrong[:5])
        raise MlopsError(f"project {plan.project}: {len(wrong)} not as planned: {named}; ask again")
    if not as_json:
        kept = [it.thing.id for it in plan.staying() if it.thing.kind.startswith("AWS::")]
        said = f"kept: {', '.join(kept)}" if kept else "nothing of it is kept but the audit trail"
        say(f"project {plan.project} is deleted, {len(proofs)} services' answers say so; {said}")


def _code(aws: "Aws", plan: "Plan", *, delete: bool, export: bool) -> str:
    """The repository's address, where it is to be handed over.

    Raises:
        RefusedInput: an option is about it, and there is none; where a deletion was begun, it may be gone already.
    """
    from mlops.projects.deleting import intent
    from mlops.projects.names import Project
    from mlops.projects.plan import WHOLE
    from mlops.projects.repository import address

    found = address(aws, Project(plan.project, aws.account)) if delete or export else ""
    missing = not found and plan.state == WHOLE and intent(aws, plan.project) is None
    if (delete and missing) or (export and not found):
        raise RefusedInput(f"project {plan.project}: its code is in no repository of CodeCommit; nothing was deleted")
    return found


def _export(aws: "Aws", name: str, address: str, file: Path, persona: str) -> None:
    from mlops.projects.repository import export

    export(aws, address, file, persona)
    say(f"the code of {name}, with every branch and tag, is in {file}: git clone {file}")
