"""``python -m stacks.publish PRODUCT``: freeze the version under development; the next one is developed from then on."""

import json
import re
import sys
import tempfile
from pathlib import Path

from mlops.bundled.code_tree import Tree
from mlops.errors import RefusedInput
from mlops.projects.packages import fingerprint, packages
from stacks.assembly import synthesize
from stacks.products import history
from stacks.settings import ProductVersions, Settings

_CDK_JSON = Path(__file__).resolve().parents[1] / "cdk.json"
_KEY = re.compile(r"[0-9a-f]{64}(?=\.zip)")


def publish(key: str) -> str:
    """Keep the current template of a product and its archives; returns the version that was published.

    Raises:
        RefusedInput: there is no such product.
    """
    versions = Settings.load().versions(key)
    version = str(versions.current)
    with tempfile.TemporaryDirectory() as folder:
        synthesize(Path(folder))
        text = _template(Path(folder), key)
    trees = {fingerprint(tree): tree for tree in packages().values()}
    for digest in sorted(set(_KEY.findall(text))):
        _unpack(trees[digest], history.FOLDER / digest)
    history.file(key, version).write_text(text)
    (history.FOLDER / history.LOCK).write_text(history.lock_text(history.FOLDER))
    _advance(key, versions)
    return version


def _unpack(tree: Tree, folder: Path) -> None:
    for name, content in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _template(folder: Path, key: str) -> str:
    for path in folder.glob("*.product.template.json"):
        text = path.read_text()
        if json.loads(text)["Outputs"]["Template"]["Value"] == key:
            return text
    raise RefusedInput(f"{key}: no such product; see stacks/products")


def _advance(key: str, versions: ProductVersions) -> None:
    content = json.loads(_CDK_JSON.read_text())
    following = f"v{int(versions.current[1:]) + 1}"
    products = content["context"]["mlops"].setdefault("products", {})
    products[key] = {"current": following, "published": [*versions.published, versions.current]}
    _CDK_JSON.write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    try:
        sys.stdout.write(
            f"published {' '.join(publish(key) for key in sys.argv[1:])}: commit it, then 'make assembly'\n"
        )
    except RefusedInput as error:
        sys.exit(f"error: {error}")
