"""The packaged assembly is what the stacks synthesize."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_aws.awslambda import limits
from embedded_aws.cloudformation import registry
from embedded_aws.iam import managed
from mlops.errors import MlopsError
from mlops.platform import assembly
from mlops.platform.assembly import load
from mlops.platform.checkup.region import BOOTSTRAP_VERSION
from stacks.assembly import _templates, portable
from stacks.permissions import lines
from tests.infrastructure import aws_lists, cfn_schemas
from tests.infrastructure.versions import published

ROOT = Path(__file__).parents[2]
_PACKAGED = ROOT / "mlops" / "platform" / "assembled"


def test_app_only_composes() -> None:
    """app.py stays under 30 lines."""
    assert len((ROOT / "app.py").read_text().splitlines()) < 30


def test_packaged_files_are_what_the_stacks_synthesize(cloud: Path) -> None:
    """``make assembly`` was run after the last change of a template."""
    packaged = {path.name: path.read_text() for path in (ROOT / "mlops" / "platform" / "assembled").glob("*.json")}
    assert portable(cloud) == packaged


def test_deployed_bytes_are_those_of_cdk_synth(cloud: Path) -> None:
    """What the deployer uploads and creates is byte for byte the cloud assembly, and each asset has CDK's own key."""
    shipped = load()
    synthesized = {path.read_text() for path in cloud.glob("*.template.json") if "product" not in path.name}
    assert {stack.template for stack in shipped.stacks} == synthesized
    manifest = json.loads((cloud / "Catalog.assets.json").read_text())
    keys = {item["objectKey"] for file in manifest["files"].values() for item in file["destinations"].values()}
    stack = hashlib.sha256((cloud / "Catalog.template.json").read_bytes()).hexdigest()
    assert set(shipped.assets) == keys - {f"{stack}.json"}


def test_a_synth_has_nothing_to_say(synthesis: tuple[Path, str]) -> None:
    """No warning of a construct, which ``npx cdk`` would show, and not a line of the program's own: the next one is seen."""
    folder, said = synthesis
    assert said == ""
    noted = [
        f"{place}: {item['data']}"
        for path in sorted(folder.glob("*.metadata.json"))
        for place, items in json.loads(path.read_text()).items()
        for item in items
        if item["type"] in {"aws:cdk:warning", "aws:cdk:error", "aws:cdk:info"}
    ]
    assert noted == []


def test_permissions_lock_lists_every_statement(cloud: Path) -> None:
    """A permission that is added or widened shows in the review of permissions.lock."""
    expected = (ROOT / "permissions.lock").read_text().splitlines()
    assert lines(_templates(portable(cloud))) == expected


def test_bundled_data_are_those_of_their_packages() -> None:
    """The embedded AWS refuses by CloudFormation's registry schemas, the names of AWS's policies and the life of Lambda's runtimes."""
    assert registry.FILE.read_text() == cfn_schemas.render()
    assert managed.FILE.read_text() == aws_lists.managed_policies()
    assert limits.RUNTIMES.read_text() == aws_lists.runtimes()


def test_every_template_passes_cfn_lint(cloud: Path) -> None:
    """Stacks, products, and every published product version."""
    history = sorted((ROOT / "stacks" / "products" / "history").glob("*.template.json"))
    files = [str(path) for path in [*cloud.glob("*.template.json"), *history]]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), *files], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_an_assembly_that_names_what_the_library_lacks_is_refused(tmp_path: Path) -> None:
    """A stale assembly fails with the archive's name, not with a missing object in AWS."""
    (tmp_path / "A.template.json").write_text('{"Key": "@{archive:gone}.zip"}')
    stack = {"name": "a", "template": "A.template.json", "after": [], "protected": False, "tags": {}}
    (tmp_path / "stacks.json").write_text(json.dumps([stack]))
    with pytest.raises(MlopsError, match="archive gone"):
        load(tmp_path)


def test_the_doctor_asks_for_the_bootstrap_that_the_assembly_needs(cloud: Path) -> None:
    """CDK's own manifest says which version."""
    manifest = json.loads((cloud / "manifest.json").read_text())
    needed = {it.get("properties", {}).get("requiresBootstrapStackVersion") for it in manifest["artifacts"].values()}
    assert max(filter(None, needed)) == BOOTSTRAP_VERSION


def test_studio_shows_what_the_catalog_offers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The template under development where it is offered, else the newest published one."""
    folder = Path(shutil.copytree(_PACKAGED, tmp_path / "assembled"))
    catalog = folder / "Catalog.template.json"
    catalog.write_text(re.sub(r"@\{template:CatalogMlProject[^}]*\}", "0" * 64, catalog.read_text()))
    own, _ = published(tmp_path / "published", ["ml-project"])
    kept = own / "ml-project.v2.template.json"
    (own / "ml-project.v10.template.json").write_text(kept.read_text() + "\n")
    monkeypatch.setattr(assembly, "shipped", lambda _: own)
    found = load(folder).products
    assert found == {**load().products, "ml-project": kept.read_text() + "\n"}
