"""Published product versions as they ship: templates, and beside them the archives that they name, unpacked.

An archive's folder is named by the fingerprint of its files: none of them can change unnoticed.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from mlops.bundled import code_tree
from mlops.bundled.code_tree import Tree
from mlops.errors import RefusedInput
from mlops.projects.packages import fingerprint

HISTORY = "stacks/products/history"
_CACHES = {"__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}  # a tool that was here; never published


def assets(folder: Path) -> Mapping[str, bytes]:
    """What deployed projects may still ask for: zipped archives and templates by their keys in the assets bucket.

    Raises:
        RefusedInput: an archive has changed.
    """
    zipped = {f"{name}.zip": code_tree.zip_archive(tree) for name, tree in archives(folder).items()}
    templates = (path.read_bytes() for path in sorted(folder.glob("*.template.json")))
    return zipped | {f"{hashlib.sha256(content).hexdigest()}.json": content for content in templates}


def newest(folder: Path, key: str) -> str:
    """The template of the newest published version of a product.

    Raises:
        RefusedInput: none was published.
    """
    found = {int(path.name.split(".")[1][1:]): path for path in folder.glob(f"{key}.v*.template.json")}
    if not found:
        raise RefusedInput(f"{HISTORY}: no version of {key} is published")
    return found[max(found)].read_text()


def archives(folder: Path) -> Mapping[str, Tree]:
    """The files of every archive by its fingerprint.

    Raises:
        RefusedInput: names the folder whose files are not those that were published.
    """
    found = {path.name: read(path) for path in sorted(folder.iterdir()) if path.is_dir() and path.name not in _CACHES}
    for name, tree in found.items():
        if fingerprint(tree) != name:
            raise RefusedInput(
                f"{HISTORY}/{name}: its files are not those that were published under this name; "
                "restore them, and publish what is new as the next version"
            )
    return found


def read(folder: Path) -> Tree:
    """Every file below a folder, tests included."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder)}


def files(folder: Path) -> Iterator[Path]:
    """Paths of the files below a folder, sorted; what tools leave behind is none of them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not _CACHES & set(path.relative_to(folder).parts):
            yield path
