"""What the data set commands share: the registry as the caller sees it, the project's schema, the working folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlops.cli.common import caller, complain

if TYPE_CHECKING:
    from mlops.aws import Aws
    from mlops.datasets.importing import Project
    from mlops.datasets.registry.registry import Registry, Version
    from mlops.datasets.schema import Schema

SchemaFile = Annotated[
    Path | None, typer.Option("--schema", help="Frictionless data package (JSON) with Table Schemas")
]


def project() -> "Project":
    """What the shipped training project wants of data."""
    from mlops.adherence.wanted import project as wanted

    return wanted()


def read_schema(path: Path | None) -> "Schema | None":
    from mlops.datasets.schema import load

    return load(path) if path is not None else None


def registry_as(persona: str) -> "Registry":
    return registry_of(caller(persona))


def registry_of(aws: "Aws") -> "Registry":
    from mlops.datasets.registry.registry import Registry

    return Registry(aws)


def work_folder() -> Path:
    from mlops.aws import STATE_DIR

    return STATE_DIR / "datasets"


@contextmanager
def downloaded(registry: "Registry", version: "Version") -> Iterator[Path]:
    """The version's tables on this machine, verified; they hold patients and are gone afterwards."""
    import tempfile

    work_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tables-", dir=work_folder()) as folder:
        yield registry.download(version, Path(folder))


def tell_odd(registry: "Registry") -> None:
    """One line about what was passed over in the registry, since it is no record of ours."""
    odd = registry.odd
    if odd:
        complain(f"warning: passed over {counted(len(odd), 'object')} of the registry, no records of ours; {odd[0]}")


def counted(number: int, thing: str) -> str:
    """``1 table``, ``2 tables``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def save(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
