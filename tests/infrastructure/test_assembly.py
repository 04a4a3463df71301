"""The packaged assembly is what the stacks synthesize."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_aws.awslambda import limits
from embedded_aws.cloudformation import registry
from embedded_aws.iam import managed
from mlops.errors import MlopsError
from mlops.platform.assembly import load
from mlops.platform.checkup.region import BOOTSTRAP_VERSION
from stacks.assembly import _roles, portable
from stacks.permissions import lines
from tests.infrastructure import aws_lists, cfn_schemas

ROOT = Path(__file__).parents[2]


def test_app_only_composes() -> None:
    """app.py stays under 30 lines."""
    assert len((ROOT / "app.py").read_text().splitlines()) < 30


def test_packaged_files_are_what_the_stacks_synthesize(cloud: Path) -> None:
    """``make assembly`` was run after the last change of a template."""
    packaged = {path.name: path.read_text() for path in (ROOT / "mlops" / "platform" / "assembled").glob("*.json")}
    assert portable(cloud) == packaged


def test_deployed_bytes_are_those_of_cdk_synth(cloud: Path) -> None:
    """What the deployer uploads and creates is byte for byte the cloud assembly, and each asset has CDK's own key."""
    assembly = load()
    synthesized = {path.read_text() for path in cloud.glob("*.template.json") if "product" not in path.name}
    assert {stack.template for stack in assembly.stacks} == synthesized
    manifest = json.loads((cloud / "Catalog.assets.json").read_text())
    keys = {item["objectKey"] for file in manifest["files"].values() for item in file["destinations"].values()}
    stack = hashlib.sha256((cloud / "Catalog.template.json").read_bytes()).hexdigest()
    assert set(assembly.assets) == keys - {f"{stack}.json"}


def test_permissions_lock_lists_every_statement(cloud: Path) -> None:
    """A permission that is added or widened shows in the review of permissions.lock."""
    expected = (ROOT / "permissions.lock").read_text().splitlines()
    assert lines(_roles(portable(cloud))) == expected


def test_bundled_data_are_those_of_their_packages() -> None:
    """The embedded AWS refuses by CloudFormation's registry schemas, the names of AWS's policies and the life of Lambda's runtimes."""
    assert registry.FILE.read_text() == cfn_schemas.render()
    assert managed.FILE.read_text() == aws_lists.managed_policies()
    assert limits.RUNTIMES.read_text() == aws_lists.runtimes()


def test_every_template_passes_cfn_lint(cloud: Path) -> None:
    """Stacks, products, and every published product version."""
    history = sorted((ROOT / "stacks" / "products" / "history").glob("*.json"))
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
