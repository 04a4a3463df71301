"""The gates catch what they promise, and nothing is acknowledged that no gate finds."""

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack

from stacks.gates import add_gates
from stacks.settings import CONTEXT_FLAGS
from tests.infrastructure import mistakes


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[str, str]]]:
    """Stack -> (rule, message) of all gates together over one app with every mistake."""
    folder = tmp_path_factory.mktemp("bad")
    app = App(context=CONTEXT_FLAGS, outdir=str(folder))
    add_gates(app)
    builds = {name: item[0] for name, item in {**mistakes.MISTAKES, **mistakes.NAG}.items()}
    for name, build in builds.items():
        build(Stack(app, name))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for plugin in json.loads((folder / "validation-report.json").read_text())["pluginReports"]:
        for violation in plugin["violations"]:
            for place in violation["violatingConstructs"]:
                found[_stack(place)].add((violation["ruleName"], violation["description"]))
    for item in _lint(folder):
        found[Path(item["Filename"]).name.split(".")[0]].add((item["Rule"]["Id"], item["Message"]))
    return found


def _stack(place: dict[str, Any]) -> str:
    path = place.get("constructPath") or ""
    if "/" in path:
        return str(path.split("/")[0])
    file = place.get("cloudFormationResource", {}).get("templatePath", path)
    return Path(file).name.split(".")[0]


def _lint(folder: Path) -> list[dict[str, Any]]:
    files = [str(path) for path in folder.glob("*.template.json")]
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), "--format", "json", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    return list(json.loads(done.stdout))


def test_there_are_98_mistakes() -> None:
    """The number that docs/security.md names."""
    assert len(mistakes.MISTAKES) == 98


@pytest.mark.parametrize("name", mistakes.MISTAKES)
def test_mistake_is_caught(report: dict[str, set[tuple[str, str]]], name: str) -> None:
    """By the rule that is about it, not by a chance finding on the same resource."""
    _, rule, words = mistakes.MISTAKES[name]
    assert any(found == rule and words in message for found, message in report[name]), sorted(report[name])


@pytest.mark.parametrize("name", mistakes.NAG)
def test_packs_run(report: dict[str, set[tuple[str, str]]], name: str) -> None:
    """AwsSolutions and HIPAA.Security both."""
    assert mistakes.NAG[name][1] in {rule for rule, _ in report[name]}
