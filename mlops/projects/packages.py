"""What projects are made from, as content-addressed archives: the code package, the seed repository and the functions.

An archive's name is the hash of its files, so that the templates, the packaged assembly and ``cdk synth`` agree on it.
"""

import hashlib
import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from mlops.bundled import code_tree
from mlops.bundled.code_tree import Tree
from mlops.projects.carried import with_imports
from mlops.projects.shipped import analyzer_tree, job_tree, read_tree, shipped

KIT = (  # names that the seed code has none of
    "conftest.py",
    "delivery.py",
    "mypy.ini",
    "pytest.ini",
    "requirements.txt",
    "ruff.toml",
)
# what published code packages hold beside a team's code (``mlops.bundled.definition.undelivered``): a project that has delivered
# code of an older contract keeps the pipelines that go with it when it is upgraded, until it has merged the newer seed code
EARLIER: tuple[str, ...] = ()
OF_THE_PLATFORM = ("delete-kept",)  # functions that are no project's
CONTRACT = 2  # of the pipeline definitions with the seed code's steps; see project.toml


def packages() -> Mapping[str, Tree]:
    """Every archive by its name: ``project-code``, ``seed-repository`` and one for each function."""
    return {"project-code": _project_code(), "seed-repository": _seed_repository()} | {
        f"function-{purpose}": _function(purpose) for purpose in (*functions(), *OF_THE_PLATFORM)
    }


def functions() -> list[str]:
    """Every function of a project by its purpose, which its folder in ``lambdas`` is named after."""
    found = {path.parent.name.replace("_", "-") for path in shipped("lambdas").glob("*/handler.py")}
    return sorted(found - set(OF_THE_PLATFORM))


def fingerprint(tree: Tree) -> str:
    """The asset hash that CDK derives from an archive's custom hash, which is the hash of its files."""
    return hashlib.sha256(code_tree.digest(tree).encode()).hexdigest()


def _project_code() -> Tree:
    """What the first pipelines of a project run: seed code, what starts it in jobs, analyzer, pipeline definitions."""
    definitions = files("pipelines.definitions")
    rendered = {
        f"definitions/{name}{engine}.json": definitions.joinpath(f"{name}{engine}.json").read_bytes()
        for name in ("training", "inference")
        for engine in ("", "-sagemaker")
    }
    job = {f"job/{name}": content for name, content in job_tree().items()}
    monitor = {f"monitor/{name}": content for name, content in analyzer_tree().items()}
    contract = {"contract.json": json.dumps({"seed": CONTRACT, "earlier": EARLIER}).encode()}
    kit = {"kit/delivery.py": (Path(__file__).parent / "kit" / "delivery.py").read_bytes()}
    return read_tree(shipped("seed_code/adherence"), "seed/") | job | monitor | rendered | contract | kit


def _seed_repository() -> Tree:
    """What a data scientist clones: the seed code with its tests, and the commands of the delivery pipeline."""
    root = shipped("seed_code/adherence")
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    kit = {name: (Path(__file__).parent / "kit" / name).read_bytes() for name in KIT}
    return kit | {_name(path, root): path.read_bytes() for path in found if not _is_cache(path.relative_to(root))}


def _function(purpose: str) -> Tree:
    """The function's own folder under its own name, with the library's modules that it imports."""
    root, folder = shipped("lambdas"), purpose.replace("-", "_")
    own = read_tree(root / folder, f"lambdas/{folder}/")
    return with_imports({"lambdas/__init__.py": (root / "__init__.py").read_bytes(), **own})


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _is_cache(path: Path) -> bool:
    return path.suffix == ".pyc" or any(part.startswith((".", "__pycache__")) for part in path.parts)
