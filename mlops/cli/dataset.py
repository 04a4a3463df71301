"""``mlops dataset``: import, look at, review, compare and trace data sets."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import AsJson, AsPersona, caller, say, say_json, table
from mlops.errors import MlopsError, RefusedInput

if TYPE_CHECKING:
    from mlops.aws import Aws
    from mlops.datasets.cache import Cache
    from mlops.datasets.catalogs import Item
    from mlops.datasets.fetching import Fetcher
    from mlops.datasets.importing import Project
    from mlops.datasets.registry import Registry, Version
    from mlops.datasets.schema import Schema

app = typer.Typer(help="Data sets: search, import, list, show, validate, profile, compare, review, trace.")

Ref = Annotated[str, typer.Argument(help="NAME, NAME@v2 or NAME@<id>")]
Reason = Annotated[str, typer.Option(help="why, for the record")]
SchemaFile = Annotated[
    Path | None, typer.Option("--schema", help="Frictionless data package (JSON) with Table Schemas")
]


@app.command("import")
def import_(  # noqa: PLR0917 (the command's options)
    source: Annotated[str, typer.Argument(help="file, folder, S3 URI, URL or catalogue id (uci:296, aws:NAME, ...)")],
    name: Annotated[str, typer.Option(help="data set name")],
    form: Annotated[str, typer.Option("--format", help="csv, omop, fhir, synthea, tuva or synpuf")] = "csv",
    schema: SchemaFile = None,
    licence: Annotated[str, typer.Option("--license", help="licence, where the source states none")] = "",
    accept_costs: Annotated[bool, typer.Option(help="pay for a requester-pays source")] = False,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Import a source as an immutable version: converted, validated, attributed, split."""
    from mlops.datasets.importing import Importer, Order

    aws = caller(persona)
    importer = Importer(_registry_of(aws), _fetcher(aws), project(), _work())
    outcome = importer.run(Order(source, name, form, _schema(schema), licence, accept_costs))
    version, found = outcome.version, outcome.version.manifest
    if as_json:
        fit = {"usable": outcome.fit.usable, "reason": outcome.fit.reason}
        say_json(
            {
                "version": str(version),
                "dataset_id": version.id,
                "uri": version.uri,
                "training": fit,
                **found.to_json(),
            }
        )
        return
    say(f"{version} ({found.id}): {found.rows:,} rows in {len(found.files)} tables, pending review")
    for what, count in {**found.source.warnings, **found.warnings}.items():
        say(f"warning: {what}: {count}")
    say(f"usable by the training pipeline: {outcome.fit}")


@app.command()
def search(  # noqa: PLR0917 (the command's options)
    text: Annotated[str, typer.Argument(help="words")],
    source: Annotated[str, typer.Option(help="aws, uci, ckan, datagov, openml, hf or all")] = "aws",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    refresh: Annotated[bool, typer.Option(help="first bring the AWS catalogue up to date")] = False,
    details: Annotated[bool, typer.Option(help="descriptions and columns too")] = False,
    as_json: AsJson = False,
) -> None:
    """Search public catalogues: title, licence, format, size, and whether the training pipeline could use it."""
    from mlops.datasets import catalogs

    folder = _work() / "catalogs"
    if refresh:
        say(f"AWS catalogue: {catalogs.aws_registry(folder).refresh()} data sets")
    found, failed = catalogs.search(text, list(catalogs.SOURCES) if source == "all" else [source], folder, limit)
    if as_json:
        items = [
            {**vars(it), "usable": it.fit.usable, "reason": it.fit.reason, "resources": [vars(r) for r in it.resources]}
            for it in found
        ]
        say_json({"items": items, "failed": failed})
    else:
        columns = ["id", "title", "licence", "access", "formats", "size", "rows", "usable by the training pipeline"]
        table(columns, [_line(it) for it in found])
        for it in found if details else []:
            say(f"\n{it.reference}: {it.description}\n  {it.url}")
            say(f"  columns: {', '.join(it.columns) or 'not stated'}")
        for reason in failed.values():
            say(f"not asked: {reason}")
        if source in {"aws", "all"} and not catalogs.aws_registry(folder).complete:
            say("the AWS catalogue here is a short list; --refresh fetches all of it")
    if failed and not found:
        raise MlopsError("; ".join(failed.values()))


@app.command()
def probe(
    reference: Annotated[str, typer.Argument(help="a search's id; for AWS also aws:NAME/PREFIX")],
    accept_costs: Annotated[bool, typer.Option(help="pay for a requester-pays source")] = False,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Look into a catalogue's data set before importing it: objects, sizes, formats, columns."""
    from mlops.aws import public_s3
    from mlops.datasets import catalogs
    from mlops.datasets.catalogs.probe import probe as look

    source, _, rest = reference.partition(":")
    name, _, prefix = rest.partition("/") if source == "aws" else (rest, "", "")
    item = catalogs.catalogue(source, _work() / "catalogs").find(name)
    if source == "aws":
        s3 = caller(persona).client("s3") if accept_costs else public_s3()
        item = look(s3, item, prefix, accept_costs=accept_costs)
    if as_json:
        say_json(
            {
                **vars(item),
                "usable": item.fit.usable,
                "reason": item.fit.reason,
                "resources": [vars(it) for it in item.resources],
            }
        )
        return
    table(
        ["format", "bytes", "resource"],
        [[it.format or "?", f"{it.bytes:,}" if it.bytes is not None else "?", it.url] for it in item.resources[:50]],
    )
    say(f"{len(item.resources)} resources, {f'{item.bytes:,}' if item.bytes is not None else '?'} bytes")
    say(f"columns: {', '.join(item.columns) or 'not stated'}")
    say(f"usable by the training pipeline: {item.fit}")


@app.command()
def cache(as_json: AsJson = False) -> None:
    """Show what the download cache holds and has saved."""
    from dataclasses import asdict

    held = _cache()
    facts = {"bytes": held.size, **asdict(held.statistics())}
    if as_json:
        say_json(facts)
    else:
        table(["what", "value"], [[key, f"{value:,}"] for key, value in facts.items()])


@app.command("list")
def list_(as_json: AsJson = False, persona: AsPersona = "") -> None:
    """List all versions of all data sets."""
    registry = _registry(persona)
    versions = [version for name in registry.names() for version in registry.versions(name)]
    if as_json:
        say_json({"versions": [_summary(registry, version) for version in versions]})
        return
    columns = ["version", "id", "status", "rows", "size", "created", "source"]
    rows = [[str(value) for value in _summary(registry, version).values()] for version in versions]
    table(columns, rows)


@app.command()
def show(ref: Ref, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Show a version: tables, origin, licence, split, reviews."""
    registry = _registry(persona)
    version = registry.find(ref)
    reviews = registry.reviews(version).all()
    if as_json:
        schema = registry.read(version, "schema.json")
        past = [vars(review) for review in reviews]
        say_json({**_summary(registry, version), **version.manifest.to_json(), "reviews": past, "schema": schema})
        return
    it = version.manifest
    facts = {
        "version": f"{version} ({it.id})",
        "status": registry.reviews(version).status(),
        "created": f"{it.created_at} by {it.created_by}",
        "source": it.source.source,
        "license": it.source.license or "not stated",
        "retrieved": it.source.retrieved_at,
        "parent": it.parent or "none",
        "split": f"salt {it.split['salt']}, units {it.split['units']}" if it.split else "none",
        "uri": version.uri,
    }
    table(["what", "value"], [[key, str(value)] for key, value in facts.items()])
    say("")
    table(["table", "rows", "bytes", "sha256"], [[f.path, f"{f.rows:,}", f"{f.bytes:,}", f.sha256] for f in it.files])
    for review in reviews:
        say(f"{review.at}  {review.status} by {review.reviewer}: {review.reason}")


@app.command()
def validate(
    target: Annotated[str, typer.Argument(help="folder with CSV tables, or a version")],
    schema: SchemaFile = None,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Check every value of a folder (or a published version) against its Table Schema; exit code 2 where it breaks it."""
    from mlops.datasets.infer import infer
    from mlops.datasets.validation import validate as check

    folder, wanted = Path(target), _schema(schema)
    out = _work() / "reports" / "validate"
    if folder.is_dir():
        known = project().schema
        named = any((folder / it.path).exists() for it in known.tables if it.required)
        report = check(folder, wanted or (known if named else infer(folder)), out)
    else:
        registry = _registry(persona)
        version = registry.find(target)
        with _tables(registry, version) as tables:
            report = check(tables, wanted or registry.schema(version), out)
    if as_json:
        say_json(report.to_json() | {"located": str(report.located)})
    report.refuse(str(report.located))
    if not as_json:
        for what, count in report.warnings.items():
            say(f"warning: {what}: {count}")
        say(f"valid: {sum(report.rows.values()):,} rows in {len(report.rows)} tables")


@app.command("profile")
def profile_(
    ref: Ref,
    out: Annotated[Path | None, typer.Option(help="folder for profile.html and profile.json")] = None,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Measure a version: statistics, distributions, correlations, outliers, anomalies; JSON and one HTML page."""
    from mlops.datasets.manifest import pretty
    from mlops.datasets.profile import profile
    from mlops.datasets.profile.page import profile_page

    registry = _registry(persona)
    version = registry.find(ref)
    with _tables(registry, version) as tables:
        found = profile(tables, registry.schema(version), str(version))
    folder = out or _work() / "profiles" / version.manifest.id
    page = profile_page(found)
    _save(folder, {"profile.html": page.encode(), "profile.json": pretty(found.to_json())})
    registry.attach(version, "profile.html", page.encode(), "text/html")
    uri = registry.attach(version, "profile.json", pretty(found.to_json()), "application/json")
    if as_json:
        say_json(found.to_json() | {"uri": uri, "page": str(folder / "profile.html")})
        return
    table(
        ["severity", "where", "what"],
        [[it.severity, f"{it.table}.{it.column}".strip("."), it.what] for it in found.anomalies],
    )
    say(f"page: {folder / 'profile.html'}")


@app.command("compare")
def compare_(
    before: Ref,
    after: Annotated[str, typer.Argument(help="the newer version")],
    out: Annotated[Path | None, typer.Option(help="folder for compare.html and compare.json")] = None,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Compare two versions: schema, size, statistics, quality, distributions; table and one HTML page."""
    from mlops.datasets.manifest import pretty
    from mlops.datasets.profile import compare, profile
    from mlops.datasets.profile.page import comparison_page

    registry = _registry(persona)
    one, two = registry.find(before), registry.find(after)
    schemas = (registry.schema(one), registry.schema(two))
    with _tables(registry, one) as tables:
        first = profile(tables, schemas[0], str(one))
    with _tables(registry, two) as tables:
        found = compare(first, profile(tables, schemas[1], str(two), first), schemas)
    folder = out or _work() / "profiles" / f"{one.manifest.id}-{two.manifest.id}"
    _save(folder, {"compare.html": comparison_page(found).encode(), "compare.json": pretty(found.to_json())})
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
    from mlops.datasets.reviews import allow_self_review

    if allowed not in {"allow", "refuse"}:
        raise RefusedInput(f"self-review {allowed}: must be allow or refuse")
    aws = caller(persona)
    registry = _registry_of(aws)
    registry.ensure_deployed()
    allow_self_review(aws.client("s3"), registry.bucket, allowed == "allow")
    say(f"self-review: {allowed}")


@app.command()
def publish(ref: Ref, as_json: AsJson = False, persona: AsPersona = "") -> None:
    """Put a version's tables into the Glue catalog, so that Athena can query them."""
    from mlops.datasets import glue

    aws = caller(persona)
    registry = _registry_of(aws)
    names = glue.publish(aws, registry, registry.find(ref))
    if as_json:
        say_json({"database": glue.DATABASE, "tables": names})
    for name in [] if as_json else names:
        say(f"{glue.DATABASE}.{name}")


@app.command()
def lineage(
    ref: Annotated[str, typer.Argument(help="NAME@v2, or with --model the project's name")],
    model: Annotated[int, typer.Option(help="start from this model version of the project instead")] = 0,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Trace both ways: where a version came from, and which trainings and models used it."""
    from mlops.datasets.lineage import of_model, of_version

    aws = caller(persona)
    found = of_model(aws, ref, model) if model else of_version(aws, ref)
    if as_json:
        say_json(found.to_json())
        return
    rows = [["source", found.source["source"]], ["version", f"{found.version} ({found.id})"]]
    rows += [["from", text] for text in found.ancestors] + [["became", text] for text in found.descendants]
    rows += [["model", f"{it.group} version {it.version} ({it.status})"] for it in found.models]
    rows += [["training", f"{it['project']} {it['run']} by {it['by']} ({it['status']})"] for it in found.trainings]
    table(["what", "value"], rows)


def project() -> "Project":
    """What the shipped training project wants of data."""
    import tomllib

    from mlops.datasets.importing import Project
    from mlops.datasets.schema import load
    from mlops.datasets.splits import Split
    from mlops.projects.code import shipped

    seed = shipped("seed_code")
    settings = tomllib.loads((seed / "project.toml").read_text(encoding="utf-8"))
    return Project(load(seed / "schema" / "tables.json"), Split.from_project(settings))


def _decide(ref: str, decision: str, reason: str, persona: str) -> None:
    registry = _registry(persona)
    version = registry.find(ref)
    review = registry.decide(version, decision, reason)
    say(f"{version} {review.status.lower()} by {review.reviewer} at {review.at}")


def _summary(registry: "Registry", version: "Version") -> dict[str, object]:
    it = version.manifest
    return {
        "version": str(version),
        "id": it.id,
        "status": registry.reviews(version).status(),
        "rows": it.rows,
        "bytes": it.bytes,
        "created_at": it.created_at,
        "source": it.source.source,
    }


def _schema(path: Path | None) -> "Schema | None":
    from mlops.datasets.schema import load

    return load(path) if path is not None else None


def _registry(persona: str) -> "Registry":
    return _registry_of(caller(persona))


def _registry_of(aws: "Aws") -> "Registry":
    from mlops.datasets.registry import Registry

    return Registry(aws)


def _line(it: "Item") -> list[str]:
    size = f"{it.bytes:,}" if it.bytes is not None else "?"
    rows = f"{it.rows:,}" if it.rows is not None else "?"
    licence = it.license[:30] or "not stated"
    return [it.reference, it.title[:50], licence, it.access, ",".join(it.formats) or "?", size, rows, str(it.fit)]


def _cache() -> "Cache":
    import os

    from mlops.datasets.cache import Cache

    gigabytes = float(os.environ.get("MLOPS_CACHE_GB", "20"))
    return Cache(_work() / "cache", int(gigabytes * 1024**3))


def _fetcher(aws: "Aws") -> "Fetcher":
    from mlops.datasets import catalogs
    from mlops.datasets.download import Downloader
    from mlops.datasets.fetching import Fetcher

    folder = _work() / "catalogs"
    downloader = Downloader(_cache(), report=_progress())
    return Fetcher(aws, downloader, lambda source, identifier: catalogs.catalogue(source, folder).find(identifier))


def _progress() -> "Callable[[int, int | None], None]":
    """One line that is overwritten on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda _so_far, _total: None

    def show(so_far: int, total: int | None) -> None:
        share = f" of {total / 1e6:.1f} MB ({so_far / total:.0%})" if total else " MB"
        sys.stderr.write(f"\r{so_far / 1e6:.1f}{share}" + ("\n" if so_far == total else ""))

    return show


@contextmanager
def _tables(registry: "Registry", version: "Version") -> Iterator[Path]:
    """The version's tables on this machine, verified; they hold patients and are gone afterwards."""
    import tempfile

    _work().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tables-", dir=_work()) as folder:
        yield registry.download(version, Path(folder))


def _save(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def _work() -> Path:
    from mlops.aws import STATE_DIR

    return STATE_DIR / "datasets"
