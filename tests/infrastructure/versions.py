"""Published versions to test with, made of the packaged assembly: no synth."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from mlops.platform.assembly import load
from stacks import publish
from stacks.products import history
from stacks.settings import CDK_JSON


def as_packaged(folder: Path, *_arguments: str) -> None:
    """Stands in for ``stacks.assembly.synthesize``: writes the packaged templates, at once."""
    for key, template in load().products.items():
        (folder / f"{key}.product.template.json").write_text(template)


def published(folder: Path, keys: Sequence[str]) -> tuple[Path, Path]:
    """(history, cdk.json) below ``folder``, copies of the project's own in which products are published as they are packaged."""
    kept = Path(shutil.copytree(history.FOLDER, folder / "history"))
    settings = Path(shutil.copy(CDK_JSON, folder / "cdk.json"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "FOLDER", kept)
        patch.setattr(publish, "CDK_JSON", settings)
        patch.setattr(publish, "synthesize", as_packaged)
        publish.publish(keys)
    return kept, settings
