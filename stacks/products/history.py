"""Published product versions: their templates and the archives that they name, kept for ever; ``python -m stacks.publish`` adds one.

``published.lock`` holds the SHA-256 of every file: a published version that was changed, or is missing, fails the synth.
Archives are kept unpacked, as folders named by what is in them, and zipped at synth.

A version that no account has can be withdrawn: ``withdrawn.json`` names it (``ml-project.v1``) with a reason and the archives that
went with it. Its lines stay in the lock, and its number is never given again.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import FileAssetPackaging, Stack, Stage
from aws_cdk import aws_servicecatalog as servicecatalog

from mlops.bundled import code_tree
from mlops.bundled.code_tree import Tree
from mlops.errors import RefusedInput
from mlops.projects import published

FOLDER = Path(__file__).parent / "history"
LOCK = "published.lock"
WITHDRAWN = "withdrawn.json"
_HEADING = "# written by 'python -m stacks.publish'; lines are added, none is ever changed\n"


def file(key: str, version: str) -> Path:
    """The template of a published version."""
    return FOLDER / f"{key}.{version}.template.json"


def check() -> None:
    """Refuse a history that differs from its lock, or whose archives are not what they are named by.

    Raises:
        RefusedInput: names the file, the archive's folder, or the version whose withdrawal is none.
    """
    known, found = locked(), _digests()
    waived = set(_waived(known, found))
    for name in sorted(known.keys() | found.keys()):
        if known.get(name) != found.get(name) and name not in waived:
            raise RefusedInput(
                f"stacks/products/history/{name}: a published version must never change; "
                "restore it, and publish what is new as the next version"
            )
    published.archives(FOLDER)


def withdrawn(key: str) -> list[str]:
    """Versions of a product that were published and are offered no more."""
    names = (name.rpartition(".") for name in _withdrawals())
    return [version for product, _, version in names if product == key]


def _withdrawals() -> dict[str, Any]:
    path = FOLDER / WITHDRAWN
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _waived(known: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    """Locked files that may be missing.

    Raises:
        RefusedInput: a withdrawal without a reason, of what is still there, or of what was never published.
    """
    for version, waiver in _withdrawals().items():
        where = f"stacks/products/history/{WITHDRAWN}: {version}"
        if len(str(waiver.get("reason", "")).split()) < 4:
            raise RefusedInput(f"{where}: say why in a sentence (reason)")
        for part in (f"{version}.template.json", *(f"{name}/" for name in waiver.get("archives", ()))):
            names = {name for name in known if f"{name}/".startswith(part)}
            if not names:
                raise RefusedInput(f"{where}: {part}: was never published; a withdrawal of nothing must go")
            if names & found.keys():
                raise RefusedInput(f"{where}: {part}: is still there; remove it, or its withdrawal")
            yield from names


def locked() -> dict[str, str]:
    """File name -> SHA-256."""
    path = FOLDER / LOCK
    lines = path.read_text().splitlines() if path.exists() else []
    pairs = [line.split("  ", 1) for line in lines if not line.startswith("#")]
    return {name: digest for digest, name in pairs}


def grown(files: Mapping[str, bytes]) -> dict[Path, bytes]:
    """What to write for new files of the history, given by their names in it: these, and the lock that lists them too."""
    known = locked() | {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    lock = "".join(f"{digest}  {name}\n" for name, digest in sorted(known.items()))
    return {FOLDER / name: content for name, content in {**files, LOCK: (_HEADING + lock).encode()}.items()}


def versions(key: str) -> list[str]:
    """Published versions of a product, oldest first."""
    found = [path.name.split(".")[1] for path in FOLDER.glob(f"{key}.v*.template.json")]
    return sorted(found, key=lambda version: int(version[1:]))


def templates(key: str) -> list[tuple[str, dict[str, Any]]]:
    """(version, template) of each published one, oldest first."""
    return [(version, json.loads(file(key, version).read_text())) for version in versions(key)]


def template(stack: Stack, key: str, version: str) -> servicecatalog.CloudFormationTemplate:
    """The published template, and its archives, as assets of the stack.

    Raises:
        RefusedInput: no such version was published.
    """
    path = file(key, version)
    if not path.is_file():
        raise RefusedInput(
            f"cdk.json, context mlops: products.{key}.published: {version}: the history has no such version"
        )
    text = path.read_text()
    for name, tree in published.archives(FOLDER).items():
        if f"{name}.zip" in text:
            _asset(stack, _zipped(stack, name, tree), name)
    return servicecatalog.CloudFormationTemplate.from_url(_asset(stack, path, _sha256(path)))


def _zipped(stack: Stack, name: str, tree: Tree) -> Path:
    """The archive beside the templates that are synthesized."""
    path = Path(Stage.of(stack).asset_outdir) / f"asset.{name}.zip"
    path.write_bytes(code_tree.zip_archive(tree))
    return path


def _asset(stack: Stack, path: Path, digest: str) -> str:
    location = stack.synthesizer.add_file_asset(
        source_hash=digest, file_name=str(path), packaging=FileAssetPackaging.FILE, display_name=path.name
    )
    return location.http_url


def _digests() -> dict[str, str]:
    found = (path for path in published.files(FOLDER) if path not in {FOLDER / LOCK, FOLDER / WITHDRAWN})
    return {path.relative_to(FOLDER).as_posix(): _sha256(path) for path in found}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
