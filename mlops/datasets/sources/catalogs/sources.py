"""The catalogues by name; each base URL can be set by an environment variable."""

import os
from pathlib import Path

from mlops.datasets.sources.catalogs.aws import URL as AWS_URL
from mlops.datasets.sources.catalogs.aws import Registry
from mlops.datasets.sources.catalogs.model import Catalogue, Item
from mlops.datasets.sources.catalogs.portals import Ckan, DataGov, HuggingFace, OpenMl, Portal, Uci
from mlops.datasets.sources.http import PATIENT, Limits
from mlops.errors import MlopsError, RefusedInput

_PORTALS: dict[str, tuple[type[Portal], str]] = {
    "uci": (Uci, "https://archive.ics.uci.edu"),
    "ckan": (Ckan, "https://data.gov.uk"),
    "datagov": (DataGov, "https://catalog.data.gov"),
    "openml": (OpenMl, "https://www.openml.org"),
    "hf": (HuggingFace, "https://huggingface.co"),
}
SOURCES = ("aws", *_PORTALS)


def catalogue(source: str, folder: Path, limits: Limits = PATIENT) -> Catalogue:
    """A catalogue; ``MLOPS_<SOURCE>_URL`` and ``MLOPS_<SOURCE>_KEY`` override where it is and with which key.

    Raises:
        RefusedInput: no such catalogue.
    """
    variable = f"MLOPS_{source.upper()}_"
    if source == "aws":
        return aws_registry(folder, limits)
    if source not in _PORTALS:
        raise RefusedInput(f"--source {source}: must be one of {', '.join(SOURCES)}")
    maker, base = _PORTALS[source]
    made = maker(os.environ.get(variable + "URL", base), limits, os.environ.get(variable + "KEY", ""))
    assert isinstance(made, Uci | Ckan | DataGov | OpenMl | HuggingFace)  # noqa: S101
    return made


def aws_registry(folder: Path, limits: Limits = PATIENT) -> Registry:
    """The AWS registry, which can also be refreshed; ``MLOPS_AWS_CATALOG_URL`` overrides where from."""
    return Registry(folder, os.environ.get("MLOPS_AWS_CATALOG_URL", AWS_URL), limits)


def search(text: str, sources: list[str], folder: Path, limit: int = 20) -> tuple[list[Item], dict[str, str]]:
    """What the catalogues have, and which of them could not be asked and why.

    Raises:
        RefusedInput: no such catalogue.
    """
    found: list[Item] = []
    failed: dict[str, str] = {}
    for source in sources:
        asked = catalogue(source, folder, Limits(timeout=10.0, attempts=2, longest_wait=5.0))
        try:
            found += asked.search(text, limit)
        except MlopsError as error:
            failed[source] = str(error)
        except (KeyError, TypeError, ValueError) as error:
            failed[source] = f"{source}: its answer has another form than documented ({type(error).__name__}: {error})"
    return found, failed
