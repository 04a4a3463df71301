"""Import: bring a source here, convert it, check it, publish it. Nothing is visible before all of it is right."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from mlops.datasets import infer
from mlops.datasets.fit import Fit, of_tables
from mlops.datasets.lineage import glue
from mlops.datasets.registry.registry import Draft, Registry, Version
from mlops.datasets.registry.splits import Split
from mlops.datasets.schema import Schema
from mlops.datasets.sources.fetching import Fetcher
from mlops.datasets.validation import validate
from mlops.datasets.validation.report import Report
from mlops.datasets.validation.source import Source, inspect

Converter = Callable[[Path, Path, str], dict[str, int]]  # source, target, format -> counted warnings


@dataclass(frozen=True)
class Project:
    """What the training project wants: the schema of its tables, and how it splits patients."""

    schema: Schema
    split: Split


@dataclass(frozen=True)
class Order:
    """What the user asked for."""

    source: str
    name: str
    format: str = "csv"
    schema: Schema | None = None  # of the tables; else the project's where the files are its, else inferred
    license: str = ""
    accept_costs: bool = False  # requester pays


@dataclass(frozen=True)
class Outcome:
    """The version, what was noted on the way, whether the pipeline can train on it, and its tables for Athena."""

    version: Version
    report: Report
    fit: Fit
    queryable: tuple[str, ...]


class Importer:
    """Imports for one registry; ``work`` holds what is under way, ``convert`` writes tables of what is no CSV."""

    def __init__(self, registry: Registry, fetcher: Fetcher, project: Project, work: Path, convert: Converter) -> None:
        self._registry, self._fetcher, self._project, self._work = registry, fetcher, project, work
        self._convert = convert

    def run(self, order: Order) -> Outcome:
        """Import.

        Raises:
            RefusedInput: the source cannot be used, or its tables break their schema (the full report stays in ``work``).
            NotRunning: the platform is not deployed; nothing is downloaded then.
        """
        self._registry.ensure_deployed()
        self._work.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".import-", dir=self._work))
        try:
            return self._import(order, folder)
        finally:
            shutil.rmtree(folder)

    def _import(self, order: Order, folder: Path) -> Outcome:
        source = self._fetcher.fetch(order.source, folder / "source", accept_costs=order.accept_costs)
        tables, noted = folder / "source", {}
        if order.format != "csv":
            tables = folder / "tables"
            noted = self._convert(folder / "source", tables, order.format)
        schema = order.schema or self._schema(tables)
        report = validate(tables, schema, self._work / "reports" / order.name)
        report.refuse(str(report.located))
        attribution = replace(source, format=order.format, warnings=noted, license=order.license or source.license)
        split = self._project.split if schema is self._project.schema else None
        draft = Draft(order.name, tables, schema, report, attribution, split)
        version = self._registry.publish(draft)
        queryable = tuple(glue.publish(self._registry, version))
        return Outcome(version, report, fit_of_folder(tables, self._project.schema), queryable)

    def _schema(self, tables: Path) -> Schema:
        required = {table.path for table in self._project.schema.tables if table.required}
        present = {path.name for path in tables.iterdir()}
        return self._project.schema if required & present else infer.infer(tables)


def fit_of_folder(folder: Path, wanted: Schema) -> Fit:
    """Whether the pipeline can train on a folder's tables."""
    found = {path.name: inspect(path) for path in sorted(folder.glob("*.csv"))}
    return of_tables({name: it.header for name, it in found.items() if isinstance(it, Source)}, wanted)
