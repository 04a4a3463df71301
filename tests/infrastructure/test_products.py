"""A product is a row of one table: settings, catalog, library, command line and publishing read it there."""

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from typer.testing import CliRunner

from mlops.cli.project import app as command_line
from mlops.errors import RefusedInput
from mlops.platform.assembly import load
from mlops.projects import products
from mlops.projects.catalog import Projects
from mlops.projects.products import PRODUCTS, Product
from stacks.catalog import Catalog
from stacks.products import history
from stacks.rules.findings import resources
from stacks.settings import CONTEXT_FLAGS, ProductVersions, Settings
from tests.infrastructure.versions import published

NEW = Product("second-opinion", "Second opinion", "Scores with another team's model", trains=False)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The catalog's templates by file name: every product published once, one row more in the table, only what is published offered."""
    folder, kept = tmp_path_factory.mktemp("catalog"), tmp_path_factory.mktemp("published")
    own, settings = published(kept, list(products.titles()))
    shutil.copy(own / "inference-only.v1.template.json", kept / f"{NEW.key}.v1.template.json")
    known = Settings.load(settings).model_copy(update={"development_versions": False})
    versions = {**known.products, NEW.key: ProductVersions(current="v2", published=("v1",))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "PRODUCTS", (*PRODUCTS, NEW))
        patch.setattr(history, "FOLDER", own)
        known_file = history.file
        patch.setattr(history, "file", lambda key, version: _file(kept, known_file(key, version)))
        app = App(context=CONTEXT_FLAGS, outdir=str(folder))
        Catalog(app, "Catalog", settings=known.model_copy(update={"products": versions}))
        app.synth()
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.template.json")}


def _file(folder: Path, path: Path) -> Path:
    """The new product's stands beside the history, whose lock does not know it."""
    return folder / path.name if path.name.startswith(NEW.key) else path


def test_a_row_more_is_a_product_more(templates: dict[str, Any]) -> None:
    """Offered with its title and description; its id is exported for its projects' delivery."""
    catalog = templates["Catalog.template.json"]
    offered = {item["Name"]: item for _, item in resources(catalog, "AWS::ServiceCatalog::CloudFormationProduct")}
    assert offered.keys() == {product.title for product in (*PRODUCTS, NEW)}
    mine = offered[NEW.title]
    assert mine["Description"] == NEW.about
    exports = {item["Export"]["Name"] for item in catalog["Outputs"].values()}
    assert "mlops-product-second-opinion" in exports


def test_only_published_versions_are_offered(templates: dict[str, Any]) -> None:
    """The catalog names the published template's bytes, and none under development; those pass the gates all the same."""
    catalog = templates["Catalog.template.json"]
    offered = {
        item["Name"]: [version["Name"] for version in item["ProvisioningArtifactParameters"]]
        for _, item in resources(catalog, "AWS::ServiceCatalog::CloudFormationProduct")
    }
    assert offered == {"ML project": ["v2"], "Training only": ["v1"], "Batch inference only": ["v1"], NEW.title: ["v1"]}
    published_ones = {hashlib.sha256(text.encode()).hexdigest() for text in load().products.values()}
    named = re.findall(r"([0-9a-f]{64})\.json", json.dumps(catalog["Resources"]))
    assert set(named) == published_ones
    assert len(named) == 4
    assert {name for name in templates if "product" in name} >= {"CatalogMlProjectCE2EA2DC.product.template.json"}


def test_the_version_under_development_is_offered_last_where_the_setting_says_so() -> None:
    """Here it does, until the first publication."""
    versions = {"ml-project": {"current": "v3", "published": ["v2"]}}
    for developed, offered in ((True, ("v2", "v3")), (False, ("v2",))):
        chosen = Settings.from_context({"products": versions, "development_versions": developed})
        assert chosen.offered("ml-project") == offered
    assert {key: Settings.load().offered(key) for key in products.titles()} == {
        "ml-project": ("v2",),
        "training-only": ("v1",),
        "inference-only": ("v1",),
    }


def test_a_catalog_of_nothing_is_refused() -> None:
    """In one line that says what to do; before anything is synthesized."""
    with pytest.raises(RefusedInput) as refused:
        Catalog(App(context=CONTEXT_FLAGS), "Catalog", settings=Settings())
    assert str(refused.value) == (
        "no version of ml-project, training-only, inference-only is published: publish it ('python -m stacks.publish ml-project "
        "training-only inference-only'), or offer what is under development (cdk.json, context mlops: development_versions true)"
    )


def test_its_template_has_what_the_row_says(templates: dict[str, Any]) -> None:
    """It infers and does not train; projects know the product by its key."""
    mine = next(text for name, text in templates.items() if name.startswith("CatalogSecondOpinion"))
    assert mine["Outputs"]["Template"]["Value"] == NEW.key
    pipelines = {name for name, _ in resources(mine, "AWS::SageMaker::Pipeline")}
    assert pipelines == {"InferencePipeline"}


def test_it_changes_no_other_product(templates: dict[str, Any]) -> None:
    """Names of template files and logical ids are those of the packaged assembly."""
    packaged = Path(__file__).parents[2] / "mlops" / "platform" / "assembled"
    names = {path.name for path in packaged.glob("*.product.template.json")}
    assert {name for name in templates if "product" in name and "SecondOpinion" not in name} == names
    for name in names:
        assert templates[name]["Resources"].keys() == json.loads((packaged / name).read_text())["Resources"].keys()


def test_the_library_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project can be asked for by the row's key, and one by another key is refused with the row's among the choices."""

    class Catalogued:
        """Answers as Service Catalog does."""

        def describe_product(self, *, Name: str) -> dict[str, Any]:
            """Two versions."""
            assert Name == NEW.title
            return {"ProvisioningArtifacts": [{"Name": f"v{number}", "CreatedTime": number} for number in (1, 2)]}

    class Account:
        """Has nothing but a catalog."""

        def client(self, service: str) -> Catalogued:
            """The catalog."""
            assert service == "servicecatalog"
            return Catalogued()

    monkeypatch.setattr(products, "PRODUCTS", (*PRODUCTS, NEW))
    projects = Projects(Account())  # type: ignore[arg-type]
    assert projects.versions(NEW.key) == ["v1", "v2"]
    with pytest.raises(Exception, match="must be one of ml-project, training-only, inference-only, second-opinion"):
        projects.versions("third-opinion")


def test_the_command_line_lists_the_table() -> None:
    """In the help of --template."""
    shown = CliRunner().invoke(command_line, ["create", "--help"], env={"COLUMNS": "200"}).output
    assert " | ".join(product.key for product in PRODUCTS) in shown


def test_no_two_rows_are_one_product() -> None:
    """Keys, titles and the ids that are made from keys."""
    for name in ("key", "title"):
        assert len({getattr(product, name) for product in PRODUCTS}) == len(PRODUCTS)
