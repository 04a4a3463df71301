"""What the shipped training project wants of data, and how a folder of its tables becomes a data set that it may train on."""

import tomllib
from pathlib import Path

from mlops.adherence.importers import convert
from mlops.aws import Aws
from mlops.datasets.importing import Importer, Order, Project
from mlops.datasets.registry.registry import Registry, Version
from mlops.datasets.registry.splits import Split
from mlops.datasets.schema import load
from mlops.datasets.sources.cache import Cache
from mlops.datasets.sources.catalogs import Item
from mlops.datasets.sources.download import Downloader
from mlops.datasets.sources.fetching import Fetcher
from mlops.projects.shipped import shipped


def project() -> Project:
    """Schema of the tables and split of the patients."""
    seed = shipped("seed_code/adherence")
    settings = tomllib.loads((seed / "project.toml").read_text(encoding="utf-8"))
    return Project(load(seed / "schema" / "tables.json"), Split.from_project(settings))


def registered(aws: Aws, folder: Path, name: str, work: Path) -> Version:
    """The tables of a folder as a version of the registry; ``work`` holds what is under way.

    Raises:
        RefusedInput: the tables are not what the project wants.
    """
    fetcher = Fetcher(aws, Downloader(Cache(work / "cache")), _nowhere)
    return Importer(Registry(aws), fetcher, project(), work, convert).run(Order(str(folder), name)).version


def _nowhere(source: str, identifier: str) -> Item:
    raise LookupError(f"{source}:{identifier}: a folder is imported here")
