"""Where data lie that a training may read: a version of the registry, or a folder of the project's own data bucket, a rehearsal's too.

S3 takes many spellings of an address (https, a path with the bucket, a user's name, a query, upper case): here one is known, and what is
spelt otherwise is nowhere, so that what is judged is what the jobs read.
"""

import re
from dataclasses import dataclass

from mlops.bundled.rehearsal import PREFIX as REHEARSALS

ROOT = "datasets/"
_NAME = r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*"
_ID = r"[0-9a-f]{12}"
_VERSION = re.compile(rf"{ROOT}(?P<name>{_NAME})/(?P<id>{_ID})/data/")
_FOLDER = re.compile(rf"(?:{ROOT}|{REHEARSALS})(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)+")
_WHOLE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]+[a-z0-9])/(?P<prefix>.+)", re.DOTALL)


@dataclass(frozen=True)
class Place:
    """A folder of tables; ``name`` and ``id`` are the registry's, empty of a folder that somebody has uploaded."""

    bucket: str
    prefix: str
    name: str = ""
    id: str = ""

    @property
    def registered(self) -> bool:
        """Whether it is a version of the registry."""
        return bool(self.id)

    @property
    def rehearsed(self) -> bool:
        """Whether it is a rehearsal's."""
        return not self.registered and self.prefix.startswith(REHEARSALS)

    @property
    def dataset_id(self) -> str:
        """``name@<id>``: what models remember of a registered version."""
        return f"{self.name}@{self.id}"

    @property
    def root(self) -> str:
        """Everything of a registered version lies below."""
        return self.prefix.removesuffix("data/")


def place(uri: str, registry: str, own: str) -> Place | None:
    """What ``uri`` names in the registry's bucket or in the project's own; None of every other text."""
    match = _WHOLE.fullmatch(uri)
    if match is None:
        return None
    if match["bucket"] == registry:
        version = _VERSION.fullmatch(match["prefix"])
        return Place(registry, match["prefix"], version["name"], version["id"]) if version else None
    return Place(own, match["prefix"]) if match["bucket"] == own and _FOLDER.fullmatch(match["prefix"]) else None
