"""Template versions: publishing makes a new one available, and a published one can never change (requirement 3.3)."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the ML project's version under development has been published."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("stacks", "mlops", "pipelines", "lambdas", "seed_code"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "cdk.json"):
        shutil.copy(ROOT / name, folder / name)
    _python(folder, "-m", "stacks.publish", "ml-project")
    return folder


def _python(folder: Path, *arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _versions(folder: Path) -> dict[str, list[str]]:
    content = json.loads((folder / "cdk.json").read_text())
    products = content["context"]["mlops"]["products"]
    return {key: [*item.get("published", []), item["current"]] for key, item in products.items()}


def test_published_version_and_its_archives_are_kept(copy: Path) -> None:
    """One version more; its template is complete: every archive that it names is there."""
    before, after = _versions(ROOT)["ml-project"], _versions(copy)["ml-project"]
    assert after == [*before, f"v{int(before[-1][1:]) + 1}"]
    history = copy / "stacks" / "products" / "history"
    template = (history / f"ml-project.{before[-1]}.template.json").read_text()
    named = {word for word in template.replace('"', " ").split() if word.endswith(".zip") and len(word) == 68}
    assert named
    assert named <= {f"{path.name}.zip" for path in history.iterdir() if path.is_dir()}


def test_changed_published_version_fails_every_synth(copy: Path) -> None:
    """One character is enough; the message names the file (what else is refused: test_history)."""
    name = f"ml-project.{_versions(copy)['ml-project'][-2]}.template.json"
    path = copy / "stacks" / "products" / "history" / name
    original = path.read_text()
    path.write_text(original.replace("GreaterThanThreshold", "LessThanThreshold"))
    done = subprocess.run([sys.executable, "app.py"], cwd=copy, capture_output=True, text=True, check=False)
    path.write_text(original)
    assert done.returncode == 1
    assert f"{name}: a published version must never change" in done.stderr


def test_wrong_setting_is_one_line(copy: Path) -> None:
    """A user of ``cdk synth`` sees the setting's name, not a traceback."""
    path = copy / "cdk.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "context": {"mlops": {"retention_days": 400}}}))
    done = subprocess.run([sys.executable, "app.py"], cwd=copy, capture_output=True, text=True, check=False)
    path.write_text(json.dumps(content))
    assert (done.returncode, "retention_days" in done.stderr, "Traceback" in done.stderr) == (1, True, False)
