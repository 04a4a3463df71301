"""Published product versions: their templates and the archives that they name, kept for ever; ``python -m stacks.publish`` adds one.

``published.lock`` holds the SHA-256 of every file: a published version that was changed, or is missing, fails the synth.
"""

import hashlib
from pathlib import Path

from aws_cdk import FileAssetPackaging, Stack
from aws_cdk import aws_servicecatalog as servicecatalog

from mlops.errors import RefusedInput

FOLDER = Path(__file__).parent / "history"
LOCK = FOLDER / "published.lock"


def file(key: str, version: str) -> Path:
    """The template of a published version."""
    return FOLDER / f"{key}.{version}.template.json"


def check() -> None:
    """Refuse a history that differs from its lock.

    Raises:
        RefusedInput: names the file.
    """
    known = locked()
    found = {path.name: _digest(path) for path in FOLDER.glob("*.*") if path != LOCK}
    for name in sorted(known.keys() | found.keys()):
        if known.get(name) != found.get(name):
            raise RefusedInput(
                f"stacks/products/history/{name}: a published version must never change; "
                "restore it, and publish what is new as the next version"
            )


def locked() -> dict[str, str]:
    """File name -> SHA-256."""
    pairs = [line.split() for line in LOCK.read_text().splitlines()] if LOCK.exists() else []
    return {name: digest for digest, name in pairs}


def lock() -> None:
    """Write the lock anew (after a version was added)."""
    paths = sorted(path for path in FOLDER.glob("*.*") if path != LOCK)
    LOCK.write_text("".join(f"{_digest(path)}  {path.name}\n" for path in paths))


def template(stack: Stack, key: str, version: str) -> servicecatalog.CloudFormationTemplate:
    """The published template, and its archives, as assets of the stack."""
    path = file(key, version)
    for archive in sorted(FOLDER.glob("*.zip")):
        if archive.name in path.read_text():
            _asset(stack, archive, archive.stem)
    return servicecatalog.CloudFormationTemplate.from_url(_asset(stack, path, _digest(path)))


def _asset(stack: Stack, path: Path, digest: str) -> str:
    location = stack.synthesizer.add_file_asset(
        source_hash=digest, file_name=str(path), packaging=FileAssetPackaging.FILE, display_name=path.name
    )
    return location.http_url


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
