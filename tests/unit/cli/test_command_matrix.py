"""Every command x every persona: who needs it has it, everybody reads, and whoever may not is refused in our words.

The table says who; that reading works, and that the others are refused, are tests/integration/test_project.py and test_refused_first.py
for every cell, by their own tables, which are held to this one.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from mlops.cli.main import app
from mlops.projects.names import PERSONAS
from tests.integration.test_project import READING, REFUSED
from tests.unit.cli.test_refused_first import CASES

DS, MLE, M = PERSONAS
EVERYBODY = frozenset(PERSONAS)
WHO: dict[str, frozenset[str]] = {
    "train": frozenset({DS}),
    "predict": frozenset({DS}),
    "project list": EVERYBODY,
    "project show": EVERYBODY,
    "project create": frozenset({MLE}),
    "project upgrade": frozenset({MLE}),
    "project delete": frozenset({MLE}),
    "run list": EVERYBODY,
    "run show": EVERYBODY,
    "run logs": EVERYBODY,
    "run stop": frozenset({DS, MLE}),
    "run resume": frozenset({DS}),
    "run release": frozenset({MLE}),
    "model list": EVERYBODY,
    "model show": EVERYBODY,
    "model compare": EVERYBODY,
    "model log": EVERYBODY,
    "model approve": frozenset({MLE}),
    "model reject": frozenset({MLE}),
    "model rollback": frozenset({MLE}),
    "cost": EVERYBODY,
    "predictions": EVERYBODY,
    "monitor report": EVERYBODY,
    "monitor score": frozenset({DS}),
    "monitor simulate": frozenset({DS}),
    "dataset list": EVERYBODY,
    "dataset show": EVERYBODY,
    "dataset validate": EVERYBODY,
    "dataset profile": EVERYBODY,
    "dataset compare": EVERYBODY,
    "dataset lineage": EVERYBODY,
    "dataset import": frozenset({DS}),
    "dataset publish": frozenset({DS}),
    "dataset approve": frozenset({DS, MLE}),
    "dataset reject": frozenset({DS, MLE}),
    "dataset self-review": frozenset(),  # an administrator
    "audit log": EVERYBODY,
    "audit verify": EVERYBODY,
}
# what these do with a persona is another program's, a browser's, a public catalogue's or an administrator's part, and has tests of its own
OTHERS = {"backup", "browse", "dataset probe", "exec", "git-credential", "restore", "up"}
# no identity, or whoever runs this machine or administers the account
WITHOUT = {
    "dataset cache",
    "dataset search",
    "demo",
    "deploy",
    "destroy",
    "doctor",
    "down",
    "monitor baseline",
    "monitor check",
    "run definition",
    "status",
    "synthesize",
}


def commands(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command that there is, by its words."""
    for name, found in group.commands.items():
        if hasattr(found, "commands"):
            yield from commands(found, (*before, name))
        else:
            yield " ".join((*before, name)), found


def test_the_table_has_every_command() -> None:
    """Each that acts as somebody takes ``--as``, and its help says who acts without it."""
    options = {name: {it.opts[0]: it for it in found.params} for name, found in commands(typer.main.get_command(app))}
    assert set(options) == {*WHO, *OTHERS, *WITHOUT}
    assert {name for name, given in options.items() if "--as" in given} == {*WHO, *OTHERS}
    for name in WHO:
        alone = "without, as ml-engineer" if name.startswith("project ") else "without, as the credentials are"
        assert alone in options[name]["--as"].help, name


def test_what_everybody_may_is_read_by_everybody() -> None:
    """Each has its call in the table of reading commands."""
    read = {name for words in READING for name in (words[0], " ".join(words[:2])) if name in WHO}
    assert read == {name for name, who in WHO.items() if who == EVERYBODY}


@pytest.mark.parametrize("name", [name for name, who in WHO.items() if who != EVERYBODY])
def test_whoever_may_not_is_refused(name: str) -> None:
    """Each cell has its refusal, in advance or by the service's answer."""
    cells = {who for command, personas, _ in CASES if f"{command} ".startswith(f"{name} ") for who in personas}
    cells |= {who for words, personas, _ in REFUSED if " ".join(words).startswith(name) for who in personas}
    assert cells == EVERYBODY - WHO[name]
