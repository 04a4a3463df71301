"""The cloud assembly that ships with the library: templates whose asset hashes are filled in from the library's own files."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mlops.bundled import code_tree
from mlops.errors import MlopsError
from mlops.projects import published
from mlops.projects.packages import fingerprint, packages
from mlops.projects.shipped import shipped

_MARK = re.compile(r"@\{(archive|template):([^}]+)\}")


@dataclass(frozen=True)
class Stack:
    """A stack of the assembly: its template's text, its tags and what it needs."""

    name: str
    template: str
    after: tuple[str, ...]
    protected: bool
    tags: Mapping[str, str]


@dataclass(frozen=True)
class Assembly:
    """Stacks in the order in which they are deployed, and assets by their key in the assets bucket."""

    stacks: tuple[Stack, ...]
    assets: Mapping[str, bytes] = field(repr=False)
    products: Mapping[str, str] = field(
        default_factory=dict, repr=False
    )  # template key -> the newest offered version's template


def archive_hashes() -> dict[str, str]:
    """Hash of every archive by its name."""
    return {name: fingerprint(tree) for name, tree in packages().items()}


def load(folder: Path | None = None) -> Assembly:
    """The packaged assembly, complete.

    Raises:
        MlopsError: the library was packaged without it.
    """
    folder = folder or Path(__file__).with_name("assembled")
    files = {path.name: path.read_text() for path in sorted(folder.glob("*.json"))}
    if "stacks.json" not in files:
        raise MlopsError(f"no cloud assembly in {folder}: run 'make assembly'")
    trees = packages()
    hashes = {("archive", name): fingerprint(tree) for name, tree in trees.items()}
    assets = dict(published.assets(shipped(published.HISTORY)))
    assets |= {f"{hashes['archive', name]}.zip": code_tree.zip_archive(tree) for name, tree in trees.items()}
    products: dict[str, str] = {}
    for name, text in files.items():
        if name.endswith(".product.template.json"):
            filled = _fill(text, hashes)
            digest = hashlib.sha256(filled.encode()).hexdigest()
            hashes["template", name] = digest
            assets[f"{digest}.json"] = filled.encode()
            key = json.loads(filled)["Outputs"]["Template"]["Value"]
            offered = any(f"@{{template:{name}}}" in other for other in files.values())
            products[key] = filled if offered else published.newest(shipped(published.HISTORY), key)
    stacks = [
        Stack(
            item["name"], _fill(files[item["template"]], hashes), tuple(item["after"]), item["protected"], item["tags"]
        )
        for item in json.loads(files["stacks.json"])
    ]
    return Assembly(tuple(_in_order(stacks)), assets, products)


def _fill(text: str, hashes: Mapping[tuple[str, str], str]) -> str:
    def value(match: "re.Match[str]") -> str:
        key = (match.group(1), match.group(2))
        if key not in hashes:
            raise MlopsError(f"the assembly names {match.group(1)} {match.group(2)}, which the library does not have")
        return hashes[key]

    return _MARK.sub(value, text)


def _in_order(stacks: list[Stack]) -> list[Stack]:
    """Each stack after those that it needs."""
    done: list[Stack] = []
    waiting = sorted(stacks, key=lambda stack: stack.name)
    while waiting:
        names = {stack.name for stack in done}
        ready = [stack for stack in waiting if set(stack.after) <= names]
        if not ready:
            raise MlopsError(f"stacks wait for each other: {', '.join(stack.name for stack in waiting)}")
        done += ready
        waiting = [stack for stack in waiting if stack not in ready]
    return done
