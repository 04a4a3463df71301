"""``python -m stacks.publish PRODUCT...``: freeze the versions under development; the next ones are developed from then on.

Everything is checked before the synth, and nothing is kept of a publication that fails in the middle.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlops.errors import MlopsError, RefusedInput
from mlops.projects.packages import fingerprint, packages
from mlops.projects.products import titles
from stacks.assembly import synthesize
from stacks.products import history
from stacks.settings import CDK_JSON, Settings
from stacks.writing import write_together

_ARCHIVE = re.compile(r"[0-9a-f]{64}(?=\.zip)")


def main(keys: Sequence[str]) -> int:
    """Exit code: 0 published, 1 failed, 2 refused."""
    try:
        versions = publish(keys)
    except MlopsError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    sys.stdout.write(f"published {' '.join(versions)}: commit it, then 'make assembly'\n")
    return 0


def publish(keys: Sequence[str]) -> list[str]:
    """Keep the current templates of products and the archives that they name; returns the versions that were published.

    Raises:
        RefusedInput: a key is none of a product, or cdk.json and the history disagree; nothing was changed.
        MlopsError: the stacks do not synthesize, or a file cannot be written; nothing was changed.
    """
    _check_keys(keys)
    settings = Settings.load(CDK_JSON)
    history.check()
    for key in keys:
        _check_versions(key, settings)
    _write(_templates(keys), settings)
    return [settings.versions(key).current for key in keys]


def _check_keys(keys: Sequence[str]) -> None:
    usage = f"python -m stacks.publish PRODUCT..., each one of {', '.join(titles())}"
    if not keys:
        raise RefusedInput(f"no product is given: {usage}")
    for key in keys:
        if key.startswith("-"):
            raise RefusedInput(f"{key}: there are no options: {usage}")
        if key not in titles():
            raise RefusedInput(f"{key}: no such product: {usage}")
        if keys.count(key) > 1:
            raise RefusedInput(f"{key}: given more than once; one version is published at a time")


def _check_versions(key: str, settings: Settings) -> None:
    """cdk.json lists exactly the versions that the history has."""
    versions, kept = settings.versions(key), history.versions(key)
    where = f"cdk.json, context mlops: products.{key}"
    if versions.current in kept:
        raise RefusedInput(f"{where}.current: {versions.current} is published already; it must be a version after it")
    if versions.current in history.withdrawn(key):
        raise RefusedInput(f"{where}.current: {versions.current} was withdrawn; it must be a version after it")
    for version in sorted(set(versions.published) ^ set(kept)):
        other = "the history has no such version" if version in versions.published else "the history has it, too"
        raise RefusedInput(f"{where}.published: {version}: {other}; see stacks/products/history")


def _templates(keys: Sequence[str]) -> dict[str, str]:
    """Product -> the template under development, as it passes every gate."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            synthesize(Path(folder), "--development")
        except subprocess.CalledProcessError:
            raise MlopsError("the stacks do not synthesize, see above; nothing was published") from None
        texts = [path.read_text() for path in Path(folder).glob("*.product.template.json")]
    found = {json.loads(text)["Outputs"]["Template"]["Value"]: text for text in texts}
    return {key: found[key] for key in keys}


def _write(templates: Mapping[str, str], settings: Settings) -> None:
    """Archives, templates, the lock, and the versions in cdk.json."""
    trees = {fingerprint(tree): tree for tree in packages().values()}
    named = {digest for text in templates.values() for digest in _ARCHIVE.findall(text)}
    files = {f"{digest}/{name}": content for digest in named for name, content in trees[digest].items()}
    for key, text in templates.items():
        files[history.file(key, settings.versions(key).current).name] = text.encode()
    advanced = _advanced(list(templates), settings).encode()
    try:
        write_together({**history.grown(files), CDK_JSON: advanced}, scratch=CDK_JSON.parent)
    except OSError as error:
        raise MlopsError(f"{error}; nothing was published") from error


def _advanced(keys: Sequence[str], settings: Settings) -> str:
    """cdk.json with the next versions under development."""
    content = json.loads(CDK_JSON.read_text())
    products = content["context"]["mlops"].setdefault("products", {})
    for key in keys:
        following = settings.versions(key).following
        products[key] = {"current": following.current, "published": list(following.published)}
    return json.dumps(content, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
