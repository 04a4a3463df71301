"""``mlops dataset import | search | probe | cache``: data from elsewhere."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import AsJson, AsPersona, caller, ensure_may_write_data_sets, say, say_json, table
from mlops.cli.dataset_common import SchemaFile, counted, project, read_schema, registry_of, work_folder
from mlops.errors import MlopsError

if TYPE_CHECKING:
    from mlops.aws import Aws
    from mlops.datasets.sources.cache import Cache
    from mlops.datasets.sources.catalogs import Item
    from mlops.datasets.sources.fetching import Fetcher


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("import")(import_)
    app.command()(search)
    app.command()(probe)
    app.command()(cache)


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
    from mlops.adherence.importers import convert
    from mlops.datasets.importing import Importer, Order
    from mlops.datasets.registry.names import GLUE_DATABASE

    aws = caller(persona)
    ensure_may_write_data_sets(aws)
    registry = registry_of(aws)
    importer = Importer(registry, _fetcher(aws), project(), work_folder(), convert)
    outcome = importer.run(Order(source, name, form, read_schema(schema), licence, accept_costs))
    version, found = outcome.version, outcome.version.manifest
    if as_json:
        fit = {"usable": outcome.fit.usable, "reason": outcome.fit.reason}
        say_json(
            {
                "version": str(version),
                "dataset_id": version.id,
                "uri": version.uri,
                "training": fit,
                "athena": list(outcome.queryable),
                **found.to_json(),
            }
        )
        return
    status = registry.reviews(version).status().lower()
    say(f"{version} ({found.id}): {found.rows:,} rows in {counted(len(found.files), 'table')}, {status}")
    for what, count in {**found.source.warnings, **found.warnings}.items():
        say(f"warning: {what}: {count}")
    say(f"usable by the training pipeline: {outcome.fit}")
    say(f"Athena: database {GLUE_DATABASE}, {', '.join(outcome.queryable)}")
    say(f"next: 'mlops dataset profile {version}', then somebody else: 'mlops dataset approve {version} --reason ...'")


def search(  # noqa: PLR0917 (the command's options)
    text: Annotated[str, typer.Argument(help="words")],
    source: Annotated[str, typer.Option(help="aws, uci, ckan, datagov, openml, hf or all")] = "aws",
    limit: Annotated[int, typer.Option(min=1, max=100)] = 20,
    refresh: Annotated[bool, typer.Option(help="first bring the AWS catalogue up to date")] = False,
    details: Annotated[bool, typer.Option(help="descriptions and columns too")] = False,
    as_json: AsJson = False,
) -> None:
    """Search public catalogues: title, licence, format, size, and whether the training pipeline could use it."""
    from mlops.datasets.sources import catalogs

    folder = work_folder() / "catalogs"
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
        columns = ["id", "title", "licence", "access", "formats", "bytes", "rows", "usable by the training pipeline"]
        if found:
            table(columns, [_line(it) for it in found])
        else:
            others = ", ".join(it for it in catalogs.SOURCES if it != source)
            elsewhere = "" if source == "all" else f"; other catalogues: --source {others} or all"
            say(f"nothing found for {text!r} in {source}{elsewhere}")
        for it in found if details else []:
            say(f"\n{it.reference}: {it.description or 'no description'}\n  {it.url}")
            say(f"  columns: {', '.join(it.columns) or 'not stated'}")
        for reason in failed.values():
            say(f"not asked: {reason}")
        if source in {"aws", "all"} and not catalogs.aws_registry(folder).complete:
            say("the AWS catalogue here is a short list; --refresh fetches all of it")
    if failed and not found:
        raise MlopsError("; ".join(failed.values()))


def probe(
    reference: Annotated[str, typer.Argument(help="a search's id; for AWS also aws:NAME/PREFIX")],
    accept_costs: Annotated[bool, typer.Option(help="pay for a requester-pays source")] = False,
    as_json: AsJson = False,
    persona: AsPersona = "",
) -> None:
    """Look into a catalogue's data set before importing it: objects, sizes, formats, columns."""
    from mlops.aws import public_s3
    from mlops.datasets.sources import catalogs
    from mlops.datasets.sources.catalogs.probe import probe as look

    source, _, rest = reference.partition(":")
    name, _, prefix = rest.partition("/") if source == "aws" else (rest, "", "")
    item = catalogs.catalogue(source, work_folder() / "catalogs").find(name)
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
    size = f"{item.bytes:,}" if item.bytes is not None else "unknown number of"
    say(f"{counted(len(item.resources), 'resource')}, {size} bytes")
    say(f"columns: {', '.join(item.columns) or 'not stated'}")
    say(f"usable by the training pipeline: {item.fit}")


def cache(as_json: AsJson = False) -> None:
    """Show what the download cache holds and has saved."""
    from dataclasses import asdict

    held = _cache()
    facts = {"bytes": held.size, **asdict(held.statistics())}
    if as_json:
        say_json(facts)
    else:
        table(["what", "value"], [[key, f"{value:,}"] for key, value in facts.items()])


def _line(it: "Item") -> list[str]:
    size = f"{it.bytes:,}" if it.bytes is not None else "?"
    rows = f"{it.rows:,}" if it.rows is not None else "?"
    licence = it.license[:30] or "not stated"
    return [it.reference, it.title[:50], licence, it.access, ",".join(it.formats) or "?", size, rows, str(it.fit)]


def _cache() -> "Cache":
    import os

    from mlops.datasets.sources.cache import Cache

    gigabytes = float(os.environ.get("MLOPS_CACHE_GB", "20"))
    return Cache(work_folder() / "cache", int(gigabytes * 1024**3))


def _fetcher(aws: "Aws") -> "Fetcher":
    from mlops.datasets.sources import catalogs
    from mlops.datasets.sources.download import Downloader
    from mlops.datasets.sources.fetching import Fetcher
    from mlops.datasets.sources.shared import Shared

    folder = work_folder() / "catalogs"
    downloader = Downloader(_cache(), report=_progress(), shared=Shared(aws))
    return Fetcher(aws, downloader, lambda source, identifier: catalogs.catalogue(source, folder).find(identifier))


def _progress() -> "Callable[[int, int | None], None]":
    """One line that is overwritten on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda _so_far, _total: None

    def show(so_far: int, total: int | None) -> None:
        share = f" of {total / 1e6:.1f} MB ({so_far / total:.0%})" if total else " MB"
        sys.stderr.write(f"\r{so_far / 1e6:.1f}{share}" + ("\n" if so_far == total else ""))

    return show
