"""The platform's own delivery lets nothing through that ``make check`` and ``make synth`` would stop."""

import re
from pathlib import Path

from stacks.constructs.buildspecs import GATES

MAKEFILE = (Path(__file__).parents[2] / "Makefile").read_text()


def _commands(target: str) -> list[str]:
    """Commands of a target as a build runs them."""
    body = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert body is not None
    lines = [line.strip().removeprefix("@").replace("$(BIN)/python", "python3") for line in body.group(1).splitlines()]
    return [line.replace("$(BIN)/", "") for line in lines]


def test_every_check_is_a_gate() -> None:
    """Lint, format, secrets, types and contracts, and the synth with its own gates."""
    wanted = [*_commands("check"), *_commands("synth")]
    assert len(wanted) == 6
    assert [command for command in wanted if command not in GATES] == []


def test_the_packaged_assembly_and_the_tests_are_gates() -> None:
    """What is deployed is what was synthesized; the tests come last."""
    assert "python3 -m stacks.assembly --check cdk.out" in GATES
    assert "python3 -m stacks.leaks cdk.out" in GATES
    assert GATES[-1].startswith("python3 -m pytest ")
