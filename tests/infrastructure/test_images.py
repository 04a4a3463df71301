"""Every region in which AWS has the jobs' image, from the SageMaker SDK's own files, is in every product's template."""

import json
from pathlib import Path

import pytest

from stacks.project import images
from stacks.rules.findings import resources

_ASSEMBLED = Path(__file__).parents[2] / "mlops" / "platform" / "assembled"
PRODUCTS = sorted(_ASSEMBLED.glob("*.product.template.json"))


def test_the_table_is_what_the_sdk_has() -> None:
    """``python -m stacks.project.images`` writes it."""
    assert {name: images.accounts(name) for name in (images.XGBOOST, images.MONITOR)} == images.extract()


@pytest.mark.parametrize("path", PRODUCTS, ids=lambda path: path.name.split(".")[0])
def test_every_region_has_its_account(path: Path) -> None:
    """37 of SDK 3.27: a project comes up wherever its image is."""
    mappings = json.loads(path.read_text())["Mappings"]
    tables = [table for name, table in mappings.items() if name.endswith("ImageAccounts")]
    assert tables
    for table in tables:
        assert sorted(table) == sorted(images.accounts(images.XGBOOST))
    assert len(images.accounts(images.XGBOOST)) == 37


@pytest.mark.parametrize("path", sorted(_ASSEMBLED.glob("*.template.json")), ids=lambda path: path.name.split(".")[0])
def test_every_build_pins_its_python(path: Path) -> None:
    """Images of CodeBuild have several, and change which is the default."""
    for logical_id, properties in resources(json.loads(path.read_text()), "AWS::CodeBuild::Project"):
        phases = json.loads(properties["Source"]["BuildSpec"])["phases"]
        assert phases["install"]["runtime-versions"]["python"], logical_id
