"""``python -m stacks.assembly [--check [FOLDER]]``: synthesize, and keep the result in ``mlops/platform/assembled/``, packaged.

Hashes of archives and of product templates are replaced by their names, since they follow from files that are in the library too:
``mlops.platform.assembly`` puts them back, so what it deploys is byte for byte what ``cdk synth`` writes.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mlops.platform.assembly import archive_hashes
from stacks.permissions import lines
from stacks.rules import stateful

_REPOSITORY = Path(__file__).resolve().parents[1]
_TARGET = _REPOSITORY / "mlops" / "platform" / "assembled"
_LOCK = _REPOSITORY / "permissions.lock"


def main() -> int:
    """Exit code 1 where ``--check`` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m stacks.assembly", description=__doc__)
    parser.add_argument(
        "--check", nargs="?", const="", metavar="FOLDER", help="compare only; FOLDER: synthesized already"
    )
    checking = parser.parse_args().check
    files = _files(checking)
    known = {path.name: path.read_text() for path in _TARGET.glob("*.json")}
    templates = _templates(files)
    stacks = {name.split(".")[0]: it for name, it in templates.items() if ".product." not in name}
    locks = {
        _LOCK: "\n".join(lines(templates)) + "\n",
        stateful.LOCK: stateful.grown(stateful.known(), stacks),
    }
    if checking is not None:
        changed = sorted(
            f"mlops/platform/assembled/{name}"
            for name in known.keys() | files.keys()
            if known.get(name) != files.get(name)
        )
        changed += [path.name for path, text in locks.items() if path.read_text() != text]
        for name in changed:
            sys.stderr.write(f"{name} is not what the stacks synthesize: run 'make assembly' and review what changes\n")
        return 1 if changed else 0
    _TARGET.mkdir(exist_ok=True)
    for name in known.keys() - files.keys():
        (_TARGET / name).unlink()
    for name, text in files.items():
        (_TARGET / name).write_text(text)
    for path, text in locks.items():
        path.write_text(text)
    return 0


def _files(folder: str | None) -> dict[str, str]:
    if folder:
        return portable(Path(folder))
    with tempfile.TemporaryDirectory() as made:
        synthesize(Path(made))
        return portable(Path(made))


def _templates(files: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {name: json.loads(text) for name, text in files.items() if name.endswith(".template.json")}


def synthesize(folder: Path, *arguments: str) -> None:
    """Run ``app.py`` as ``cdk synth`` does.

    Raises:
        subprocess.CalledProcessError: a gate has findings; they are on standard error.
    """
    environment = {**os.environ, "CDK_OUTDIR": str(folder)}
    subprocess.run([sys.executable, "app.py", *arguments], cwd=_REPOSITORY, env=environment, check=True)


def portable(folder: Path) -> dict[str, str]:
    """The files to keep: templates with names instead of hashes, and the order of the stacks."""
    templates = {path.name: path.read_text() for path in folder.glob("*.template.json")}
    names = {f"{digest}": f"@{{archive:{name}}}" for name, digest in archive_hashes().items()}
    for name, text in templates.items():
        if name.endswith(".product.template.json"):
            names[hashlib.sha256(text.encode()).hexdigest()] = f"@{{template:{name}}}"
    kept = {name: _replace(text, names) for name, text in templates.items()}
    return {**kept, "stacks.json": _stacks(folder)}


def _replace(text: str, names: dict[str, str]) -> str:
    for digest, name in names.items():
        text = text.replace(digest, name)
    return text


def _stacks(folder: Path) -> str:
    artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
    stacks = {key: item for key, item in artifacts.items() if item["type"] == "aws:cloudformation:stack"}
    found = [
        {
            "name": item["properties"]["stackName"],
            "template": item["properties"]["templateFile"],
            "after": sorted(
                stacks[name]["properties"]["stackName"] for name in item.get("dependencies", []) if name in stacks
            ),
            "protected": bool(item["properties"].get("terminationProtection")),
            "tags": item["properties"].get("tags", {}),
        }
        for item in stacks.values()
    ]
    return json.dumps(sorted(found, key=lambda item: str(item["name"])), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.exit(main())
