"""``mlops backup | restore``: what the platform knows, as verified files; and what comes back of it."""

from typing import Annotated

import typer

from mlops.cli.common import AsJson, AsPersona, caller, complain, say, say_json
from mlops.errors import RefusedInput

Where = Annotated[str, typer.Argument(metavar="FOLDER|S3URI", help="an empty folder, or s3://BUCKET/PREFIX")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(backup)
    app.command()(restore)


def backup(
    where: Where,
    with_data: Annotated[bool, typer.Option("--with-data", help="also tables of data sets and predictions")] = False,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Write the registries, manifests, pointers, approvals, audit trails, runs and reports, and verify what was written."""
    from mlops.backups import archive_at, make

    aws = caller(persona)
    made = make(aws, archive_at(where, aws), with_data=with_data, tell=complain)
    if as_json:
        say_json({"place": made.place, "files": made.files, "bytes": made.size, "counts": made.counts})
        return
    say(f"{made.files} files, {made.size / 1e6:.1f} MB, in {made.place}; every digest was verified")
    if not with_data:
        say("without the tables of data sets and predictions: --with-data takes them along")


def restore(
    where: Where,
    check: Annotated[bool, typer.Option("--check", help="verify the backup and change nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Verify a backup and bring it back: projects and data sets as they were, the rest as an archive with a mapping old -> new."""
    from mlops.backups import archive_at
    from mlops.backups import restore as bring_back

    aws = caller(persona)
    archive = archive_at(where, aws)
    manifest = archive.verify()
    told = f"backup of account {manifest['account']}, {manifest['made_at']}: {len(manifest['files'])} files, all intact"
    if check:
        say_json({"account": manifest["account"], "files": len(manifest["files"])}) if as_json else say(told)
        return
    complain(told)
    if not yes and not typer.confirm(f"Bring it back into account {aws.account}?", default=False):
        raise RefusedInput("nothing was changed")
    done = bring_back(aws, archive)
    if as_json:
        say_json(vars(done))
        return
    say(f"projects made: {', '.join(done.projects) or 'none'}")
    say(
        f"data sets: {', '.join(done.datasets) or 'none (the backup has no tables)'}; what is new has to be reviewed again"
    )
    say(f"{done.archived} files in {done.archive}; mapping.json there says what each old name is now")
