"""What every catalogue says about a data set, and whether the training pipeline could use it."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Protocol

from mlops.datasets.fit import Fit

OPEN, CONTROLLED, PAYS, DEPRECATED = "open", "controlled", "requester pays", "deprecated"
_READABLE = {"arff", "csv", "tsv", "ndjson", "json", "zip", "gz"}
_FORMATS = {
    "omop": re.compile(r"\bomop\b", re.IGNORECASE),
    "fhir": re.compile(r"\bfhir\b", re.IGNORECASE),
    "synthea": re.compile(r"\bsynthea\b", re.IGNORECASE),
}
_DISPENSED = re.compile(r"(fill|dispens|srvc|service).*(date|_dt)|^(date.*(fill|dispens).*)", re.IGNORECASE)


@dataclass(frozen=True)
class Resource:
    """Something that can be downloaded."""

    url: str
    format: str = ""
    bytes: int | None = None
    sha256: str = ""
    md5: str = ""


@dataclass(frozen=True)
class Item:
    """A data set of a catalogue."""

    source: str
    id: str
    title: str
    description: str = ""
    license: str = ""
    url: str = ""
    access: str = OPEN
    resources: tuple[Resource, ...] = ()
    columns: tuple[str, ...] = ()
    rows: int | None = None
    citation: str = ""
    updated: str = ""
    tags: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """What ``mlops dataset import`` takes."""
        return f"{self.source}:{self.id}"

    @property
    def formats(self) -> tuple[str, ...]:
        """Formats of the resources."""
        return tuple(sorted({it.format for it in self.resources if it.format}))

    @property
    def bytes(self) -> int | None:
        """Size of all resources; None where one does not state it."""
        sizes = [it.bytes for it in self.resources]
        return sum(it for it in sizes if it is not None) if sizes and None not in sizes else None

    @property
    def fit_of_access(self) -> Fit:
        """Whether it may be imported at all."""
        if self.access in {CONTROLLED, DEPRECATED}:
            return Fit(False, f"{self.access}: see {self.url}" if self.url else self.access)
        return Fit(True)

    @property
    def fit(self) -> Fit:
        """Whether the training pipeline could use it: yes, or no and why, as far as the catalogue tells."""
        if not self.fit_of_access.usable:
            return self.fit_of_access
        known = f"{self.title} {self.description} {' '.join(self.tags)}"
        foreign = next((name for name, pattern in _FORMATS.items() if pattern.search(known)), "")
        if foreign:
            return Fit(True, f"with --format {foreign}")
        if self.formats and not set(self.formats) & _READABLE:
            return Fit(False, f"no CSV or JSON tables ({', '.join(self.formats)})")
        if self.columns and not any(_DISPENSED.search(column) for column in self.columns):
            return Fit(False, "none of its columns holds dispensing dates")
        if not self.columns:
            return Fit(False, "it states no schema: import it to see")
        return Fit(False, "its tables must be mapped to patients, fills and enrolment first")


class Catalogue(Protocol):
    """A place where data sets are listed."""

    def search(self, text: str, limit: int) -> list[Item]:
        """Data sets that match, the best first."""

    def find(self, identifier: str) -> Item:
        """One data set.

        Raises:
            RefusedInput: there is none of that id.
        """


def plain(text: object, longest: int = 2000) -> str:
    """Text without markup, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", str(text or ""))).split())[:longest]


def kind(name: str, stated: str = "") -> str:
    """A format by a file's name or by what its source states: csv, json, zip, parquet, ..."""
    ending = name.rsplit("?", 1)[0].rsplit(".", 1)[-1].lower() if "." in name.rsplit("/", 1)[-1] else ""
    said = stated.lower().rsplit("/", 1)[-1].strip(". ")
    known = {"comma-separated-values": "csv", "x-zip-compressed": "zip", "text/csv": "csv", "jsonl": "ndjson"}
    return known.get(said, said) or known.get(ending, ending)
