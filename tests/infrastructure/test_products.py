"""A product is a row of one table: settings, catalog, library, command line and publishing read it there."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App
from typer.testing import CliRunner

from mlops.cli.project import app as command_line
from mlops.projects import products
from mlops.projects.catalog import Projects
from mlops.projects.products import PRODUCTS, Product
from stacks.catalog import Catalog
from stacks.products import history
from stacks.rules.findings import resources
from stacks.settings import CONTEXT_FLAGS, Settings

NEW = Product("second-opinion", "Second opinion", "Scores with another team's model", trains=False)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The catalog's templates by file name, with one row more in the table and its versions in cdk.json."""
    folder: Path = tmp_path_factory.mktemp("catalog")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(products, "PRODUCTS", (*PRODUCTS, NEW))
        patch.setattr(history, "file", _published)
        app = App(context=CONTEXT_FLAGS, outdir=str(folder))
        versions = {NEW.key: {"current": "v2", "published": ["v1"]}}
        Catalog(app, "Catalog", settings=Settings.from_context({"products": versions}))
        app.synth()
    return {path.name: json.loads(path.read_text()) for path in folder.glob("*.template.json")}


def _published(key: str, version: str) -> Path:
    """The one template that was published, under the new product's name."""
    assert (key, version) == (NEW.key, "v1")
    return history.FOLDER / "ml-project.v1.template.json"


def test_a_row_more_is_a_product_more(templates: dict[str, Any]) -> None:
    """Offered with its title and description, in every version; its id is exported for its projects' delivery."""
    catalog = templates["Catalog.template.json"]
    offered = {item["Name"]: item for _, item in resources(catalog, "AWS::ServiceCatalog::CloudFormationProduct")}
    assert offered.keys() == {product.title for product in (*PRODUCTS, NEW)}
    mine = offered[NEW.title]
    assert mine["Description"] == NEW.about
    assert [item["Name"] for item in mine["ProvisioningArtifactParameters"]] == ["v1", "v2"]
    exports = {item["Export"]["Name"] for item in catalog["Outputs"].values()}
    assert "mlops-product-second-opinion" in exports


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
