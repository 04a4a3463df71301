"""``mlops dataset``: look at, validate, profile, compare, review and trace data sets."""

import csv
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mlops.cli import dataset_sources
from mlops.cli.common import (
    AsJson,
    AsPersona,
    Reason,
    caller,
    ensure_may,
    ensure_may_write_data_sets,
    say,
    say_json,
    table,
)
from mlops.cli.dataset_common import (
    SchemaFile,
    downloaded,
    project,
    read_schema,
    registry_as,
    registry_of,
    save,
    tell_odd,
    work_folder,
)
from mlops.errors import MlopsError, RefusedInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlops.datasets.registry.registry import Registry, Version

app = typer.Typer(help="Data sets: search, import, list, show, validate, profile, compare, review, trace.")
dataset_sources.register(app)

Ref = Annotated[str, typer.Argument(help="NAME, NAME@v2 or NAME@<id>")]


@app.command("list")
def list_(as_json: AsJson = False, persona: AsPersona = "") -> None:
    """List all versions of all data sets; one whose records cannot be trusted is 'Damaged', which 'show' explains."""
    registry = registry_as(persona)
    versions = [version for name in registry.names() for version in registry.versions(name)]
    summaries = [_summary(registry, version) for version in versions]
    tell_odd(registry)
    if as_json:
        say_json({"versions": summaries})
        return
    if not versions:
        say("no data sets yet: 'mlops dataset import' makes one")
        return
    columns = ["version", "id", "status", "rows", "bytes", "created", "source"]
    table(columns, [[f"{it:,}" if isinstance(it, int) else str(it) for it in facts.values()] for facts in summaries])


@app.command()
def show(ref: Ref, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Show a version: tables, origin, licence, split, reviews."""
    registry = registry_as(persona)
    version = registry.find(ref)
    reviews = registry.reviews(version).all()
    tell_odd(registry)
    if as_json:
        schema = registry.read(version, "schema.json")
        past = [vars(review) for review in reviews]
        say_json({**_summary(registry, version), **version.manifest.to_json(), "reviews": past, "schema": schema})
        return
    from mlops.datasets.lineage.lineage import readable

    it = version.manifest
    facts = {
        "version": f"{version} ({it.id})",
        "status": _status(registry, version),
        "created": f"{it.created_at} by {it.created_by}",
        "source": it.source.source,
        "title": it.source.title or "not stated",
        "license": it.source.license or "not stated",
        "cite as": it.source.citation or "not stated",
        "format": it.source.format,
        "retrieved": it.source.retrieved_at,
        "parent": readable(registry, it.parent) if it.parent else "none",
        "split": _split(it.split) if it.split else "none",
        "uri": version.uri,
    }
    table(["what", "value"], [[key, str(value)] for key, value in facts.items()])
    say("")
    table(["table", "rows", "bytes", "sha256"], [[f.path, f"{f.rows:,}", f"{f.bytes:,}", f.sha256] for f in it.files])
    say("")
    for part in registry.schema(version).tables:
        say(f"{part.path}: {', '.join(f'{field.name} ({field.type})' for field in part.fields)}")
    for what, count in {**it.source.warnings, **it.warnings}.items():
        say(f"warning: {what}: {count:,}")
    if not reviews:
        say("no reviews yet")
    for review in reviews:
        say(f"{review.at}  {review.status} by {review.reviewer}: {review.reason}")


@app.command()
def validate(
    target: Annotated[str, typer.Argument(help="folder with CSV tables, or a version")],
    schema: SchemaFile = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="print wrong values too; to a terminal only")
    ] = False,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Check every value of a folder (or a published version) against its Table Schema; exit code 2 where it breaks it."""
    from mlops.datasets.infer import infer
    from mlops.datasets.validation import validate as check

    if show_values and not sys.stderr.isatty():
        raise RefusedInput(
            "--show-values: standard error is no terminal (rule no values in logs): look into the report"
        )
    folder, wanted = Path(target), read_schema(schema)
    out = work_folder() / "reports" / "validate"
    if folder.is_dir():
        known = project().schema
        named = any((folder / it.path).exists() for it in known.tables if it.required)
        report = check(folder, wanted or (known if named else infer(folder)), out)
    else:
        registry = registry_as(persona)
        version = registry.find(target)
        with downloaded(registry, version) as tables:
            report = check(tables, wanted or registry.schema(version), out)
    if as_json:
        say_json(report.to_json() | {"located": str(report.located)})
    if show_values and report.located:
        _show_values(report.located)
    report.refuse(str(report.located))
    if not as_json:
        for what, count in report.warnings.items():
            say(f"warning: {what}: {count}")
        say(f"valid: {sum(report.rows.values()):,} rows in {len(report.rows)} tables")


def _show_values(located: Path) -> None:
    """The first wrong values, for whoever sits at the terminal; columns that identify somebody have none in the report either."""
    with located.open(newline="", encoding="utf-8") as stream:
        for row in islice(csv.DictReader(stream), 20):
            shown = ascii(row["value"][:40]) if row["value"] else "not shown"
            sys.stderr.write(f"{row['file']}, row {row['row']}, column {row['column']}: {shown} (rule {row['rule']})\n")


@app.command("profile")
def profile_(
    ref: Ref,
    out: Annotated[Path | None, typer.Option(help="folder for profile.html and profile.json")] = None,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Measure a version: statistics, distributions, correlations, outliers, anomalies; JSON and one HTML page."""
    from mlops.datasets.profile import profile
    from mlops.datasets.profile.page import profile_page
    from mlops.datasets.registry.manifest import pretty

    registry = registry_as(persona)
    version = registry.find(ref)
    with downloaded(registry, version) as tables:
        found = profile(tables, registry.schema(version), str(version))
    folder = out or work_folder() / "profiles" / version.manifest.id
    page = profile_page(found)
    content = pretty(found.to_json())
    save(folder, {"profile.html": page.encode(), "profile.json": content})
    uri, refused = _attached(registry, version, page.encode(), content)
    if as_json:
        say_json(found.to_json() | {"uri": uri, "page": str(folder / "profile.html")})
        return
    table(
        ["severity", "where", "what"],
        [[it.severity, f"{it.table}.{it.column}".strip("."), it.what] for it in found.anomalies],
    )
    say(f"page: {folder / 'profile.html'}")
    if refused:
        say(f"not kept beside the version: {refused}")


def _attached(registry: "Registry", version: "Version", page: bytes, content: bytes) -> tuple[str, str]:
    """(URI of the profile beside the version, why it is not there): everybody may look, the data scientist keeps what was found."""
    from botocore.exceptions import ClientError

    from mlops.aws import NO_ACCESS, failed_call
    from mlops.projects.refusals import refusal

    try:
        registry.attach(version, "profile.html", page, "text/html")
        return registry.attach(version, "profile.json", content, "application/json"), ""
    except ClientError as error:
        if error.response["Error"]["Code"] not in NO_ACCESS:
            raise
        return "", refusal(*failed_call(error), error.response["Error"]["Message"])
    except MlopsError as error:
        return "", str(error)


@app.command("compare")
def compare_(
    before: Ref,
    after: Annotated[str, typer.Argument(help="the newer version")],
    out: Annotated[Path | None, typer.Option(help="folder for compare.html and compare.json")] = None,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Compare two versions: schema, size, statistics, quality, distributions; table and one HTML page."""
    from mlops.datasets.profile import compare, profile
    from mlops.datasets.profile.page import comparison_page
    from mlops.datasets.registry.manifest import pretty

    registry = registry_as(persona)
    one, two = registry.find(before), registry.find(after)
    schemas = (registry.schema(one), registry.schema(two))
    with downloaded(registry, one) as tables:
        first = profile(tables, schemas[0], str(one))
    with downloaded(registry, two) as tables:
        found = compare(first, profile(tables, schemas[1], str(two), first), schemas)
    folder = out or work_folder() / "profiles" / f"{one.manifest.id}-{two.manifest.id}"
    save(folder, {"compare.html": comparison_page(found).encode(), "compare.json": pretty(found.to_json())})
    if as_json:
        say_json(found.to_json() | {"page": str(folder / "compare.html")})
        return
    columns = ["severity", "aspect", "where", "what", str(one), str(two)]
    rows = [
        [it.severity, it.aspect, f"{it.table}.{it.column}".strip("."), it.what, it.before, it.after]
        for it in found.differences
    ]
    table(columns, rows)
    say(f"page: {folder / 'compare.html'}")


@app.command()
def approve(ref: Ref, reason: Reason, persona: AsPersona = "") -> None:
    """Approve a version for training (another identity than its importer's)."""
    _decide(ref, "approve", reason, persona)


@app.command()
def reject(ref: Ref, reason: Reason, persona: AsPersona = "") -> None:
    """Reject a version."""
    _decide(ref, "reject", reason, persona)


@app.command("self-review")
def self_review(
    allowed: Annotated[str, typer.Argument(help="allow or refuse")],
    persona: AsPersona = "",
) -> None:
    """Set whether an importer may review what he imported (default: refuse)."""
    from mlops.datasets.registry.reviews import SETTINGS, allow_self_review

    if allowed not in {"allow", "refuse"}:
        raise RefusedInput(f"self-review {allowed}: must be allow or refuse")
    aws = caller(persona)
    registry = registry_of(aws)
    ensure_may(aws, "s3:PutObject", Bucket=registry.bucket, Key=SETTINGS)
    registry.ensure_deployed()
    allow_self_review(aws.client("s3"), registry.bucket, allowed == "allow")
    say(f"self-review: {allowed}")


@app.command()
def publish(ref: Ref, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Put a version's tables into the Glue catalog for Athena again; every import does it by itself."""
    from mlops.datasets.lineage import glue
    from mlops.datasets.registry.names import GLUE_DATABASE

    aws = caller(persona)
    ensure_may_write_data_sets(aws)
    registry = registry_of(aws)
    names = glue.publish(registry, registry.find(ref))
    if as_json:
        say_json({"database": GLUE_DATABASE, "tables": names})
    for name in [] if as_json else names:
        say(f"{GLUE_DATABASE}.{name}")


@app.command()
def lineage(
    ref: Annotated[str, typer.Argument(help="NAME@v2, or with --model the project's name")],
    model: Annotated[int, typer.Option(help="start from this model version of the project instead")] = 0,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Trace both ways: where a version came from, and which trainings and models used it."""
    from mlops.datasets.lineage.lineage import of_model, of_version

    aws = caller(persona)
    found = of_model(aws, ref, model) if model else of_version(aws, ref)
    if as_json:
        say_json(found.to_json())
        return
    rows = [["source", found.source["source"]], ["version", f"{found.version} ({found.id.partition('@')[2]})"]]
    rows += [["from", text] for text in found.ancestors] + [["became", text] for text in found.descendants]
    rows += [
        ["model", f"{it.group} version {it.version} ({it.status}; known from {' and '.join(it.known_from)})"]
        for it in found.models
    ]
    rows += [["training", f"{it['project']} {it['run']} by {it['by']} ({it['status']})"] for it in found.trainings]
    table(["what", "value"], rows)


def _split(split: "Mapping[str, Any]") -> str:
    units = ", ".join(f"{name} {split['units'].get(name, 0):,}" for name in ("train", "calibration", "test"))
    return f"by hash of {split['unit']} with salt {split['salt']}: {units}"


def _decide(ref: str, decision: str, reason: str, persona: str) -> None:
    aws = caller(persona)
    registry = registry_of(aws)
    ensure_may(aws, "s3:PutObject", Bucket=registry.bucket, Key="signed/x/x/x/review-1.json")
    version = registry.find(ref)
    review = registry.decide(version, decision, reason)
    tell_odd(registry)
    say(f"{version} {review.status.lower()} by {review.reviewer} at {review.at}")


def _status(registry: "Registry", version: "Version") -> str:
    try:
        return registry.reviews(version).status()
    except MlopsError:  # one bad record must not hide the other data sets
        return "Damaged"


def _summary(registry: "Registry", version: "Version") -> dict[str, object]:
    it = version.manifest
    return {
        "version": str(version),
        "id": it.id,
        "status": _status(registry, version),
        "rows": it.rows,
        "bytes": it.bytes,
        "created_at": it.created_at,
        "source": it.source.source,
    }
