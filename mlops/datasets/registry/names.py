"""Names of data sets and of everything that is stored about them."""

import re
from dataclasses import dataclass

from mlops.bundled.dataset_manifest import SHORT
from mlops.errors import RefusedInput

_RULE = re.compile(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")
_LONGEST = 48
_VERSION = re.compile(r"^(v?[1-9][0-9]{0,5}|[0-9a-f]{12})$")
_ALIAS = re.compile(r"v([1-9][0-9]{0,5})\.json")
SOURCES = "sources/"  # downloads that several machines share, by hash
QUERY_RESULTS = "athena/"
GLUE_DATABASE, WORKGROUP = "mlops_datasets", "mlops-datasets"


def datasets_bucket(account: str) -> str:
    """The bucket of the data sets that all projects share."""
    return f"mlops-datasets-{account}"


def check_name(name: str) -> str:
    """The name.

    Raises:
        RefusedInput: it is not a valid one.
    """
    if not is_name(name):
        raise RefusedInput(
            f"data set name {name!r}: must be lower-case words of letters and digits joined by '-', "
            f"starting with a letter, at most {_LONGEST} characters"
        )
    return name


@dataclass(frozen=True)
class Reference:
    """``NAME``, ``NAME@v2``, ``NAME@2`` or ``NAME@<id>``; without a version, the newest is meant."""

    name: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


def parse(text: str) -> Reference:
    """A reference as users write it; numbers become aliases (2 -> v2).

    Raises:
        RefusedInput: it is none.
    """
    name, at, version = text.partition("@")
    check_name(name)
    if at and not _VERSION.match(version):
        raise RefusedInput(f"data set {text!r}: the version must be v1, v2, ... or the 12 characters of its id")
    return Reference(name, version if len(version) == SHORT or version.startswith("v") or not at else f"v{version}")


@dataclass(frozen=True)
class Keys:
    """Object keys of one version."""

    name: str
    id: str

    @property
    def root(self) -> str:
        """Everything of the version lies below."""
        return f"datasets/{self.name}/{self.id}/"

    @property
    def data(self) -> str:
        """The CSV tables."""
        return f"{self.root}data/"

    @property
    def manifest(self) -> str:
        """Written last: a version without it does not exist."""
        return f"{self.root}manifest.json"

    @property
    def signed(self) -> str:
        """Who imported, reviewed and used it: one folder for each identity, into which only that identity can write."""
        return f"signed/{self.name}/{self.id}/"

    def file(self, name: str) -> str:
        """A file about the version, for example ``croissant.json``."""
        return f"{self.root}{name}"


def aliases(name: str) -> str:
    """Prefix of a data set's aliases: ``v1.json`` ..."""
    return f"datasets/{name}/aliases/"


def is_name(text: str) -> bool:
    """Whether a data set may be called so."""
    return bool(_RULE.fullmatch(text)) and len(text) <= _LONGEST


def alias_number(file: str) -> int | None:
    """Of an alias's file, ``v3.json``; None of any other."""
    match = _ALIAS.fullmatch(file)
    return int(match[1]) if match else None
