"""Findings are acknowledged one by one, each needed: an acknowledgement that no gate asks for hides the next real finding."""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App

from stacks.platform import build
from stacks.secure import gates
from stacks.settings import CONTEXT_FLAGS, Settings
from tests import named_commands


class _Recorder:
    """Stands in for CDK's Validations: writes acknowledgements down instead of honouring them."""

    def __init__(self) -> None:
        self.written: list[tuple[str, str, str]] = []

    def of(self, construct: Any) -> "_Recorder":
        self._path = construct.node.path
        return self

    def acknowledge(self, *given: Any) -> None:
        self.written += [(self._path, item.id, item.reason) for item in given]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[tuple[str, str, str]], set[tuple[str, str]]]:
    """(acknowledgements, findings without any acknowledgement)."""
    folder, recorder = tmp_path_factory.mktemp("raw"), _Recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "Validations", recorder)
        app = App(context=CONTEXT_FLAGS, outdir=str(folder))
        build(app, Settings.load())
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    plugins = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    found = {
        (place["constructPath"], violation["ruleName"])
        for plugin in plugins
        for violation in plugin["violations"]
        for place in violation["violatingConstructs"]
    }
    return recorder.written, found


def test_every_acknowledgement_is_needed(recorded: tuple[list[Any], set[tuple[str, str]]]) -> None:
    """Its finding exists at that very construct."""
    written, found = recorded
    unused = [
        f"{path}: {rule}"
        for path, rule, _ in written
        if not any(name == rule and f"{place}/".startswith(f"{path}/") for place, name in found)
    ]
    assert unused == []


def test_every_finding_is_acknowledged_at_its_construct(recorded: tuple[list[Any], set[tuple[str, str]]]) -> None:
    """No finding is silenced for a whole stack."""
    written, found = recorded
    open_ = [
        f"{place}: {name}"
        for place, name in sorted(found)
        if not any(name == rule and f"{place}/".startswith(f"{path}/") and "/" in path for path, rule, _ in written)
    ]
    assert open_ == []


def test_every_acknowledgement_has_a_reason(recorded: tuple[list[Any], set[tuple[str, str]]]) -> None:
    """A sentence, not a word."""
    assert [path for path, _, reason in recorded[0] if len(reason.split()) < 4] == []


def test_reasons_name_commands_that_exist(recorded: tuple[list[Any], set[tuple[str, str]]]) -> None:
    """A reason that leads to a command which nobody has written is none."""
    unknown = [
        f"{path}: {command}"
        for path, _, reason in recorded[0]
        for command in named_commands.named(reason)
        if not named_commands.exists(command)
    ]
    assert unknown == []


def test_no_rule_of_ours_is_acknowledged() -> None:
    """Our own rules have no exceptions: there is no code that could make one."""
    rules = Path(gates.__file__).parents[1] / "rules"
    assert not [path.name for path in rules.glob("*.py") if "acknowledge" in path.read_text()]
