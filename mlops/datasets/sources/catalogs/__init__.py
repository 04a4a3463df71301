"""Public catalogues: one face for searching them and for finding what to download."""

from mlops.datasets.sources.catalogs.model import Catalogue, Item, Resource
from mlops.datasets.sources.catalogs.sources import SOURCES, aws_registry, catalogue, search

__all__ = ["SOURCES", "Catalogue", "Item", "Resource", "aws_registry", "catalogue", "search"]
