"""The commands of docs/aws.md do what the page says, in its order, on an embedded AWS."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "aws.md"


def _commands() -> list[str]:
    """Lines of its code blocks that begin with ``mlops``, without comments and without those for a real account."""
    lines = [line.split("#")[0].strip() for line in PAGE.read_text().splitlines() if line.startswith("    mlops ")]
    return [line for line in lines if "--target aws" not in line]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[object]:
    """Runs a command as a user would; everything is stopped and removed at the end."""
    environment = {**os.environ, "MLOPS_STATE_DIR": str(tmp_path / "state")}

    def command(line: str) -> "subprocess.CompletedProcess[str]":
        words = line.split()[1:] + (["--yes"] if line in {"mlops destroy", "mlops restore FOLDER"} else [])
        if "ID" in words:
            seen = [word for word in words if word not in {"--yes", "--plan-id", "ID"}]
            words[words.index("ID")] = json.loads(mlops(*seen, "--dry-run", "--json").stdout)["plan_id"]
        return mlops(*words)

    def mlops(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "mlops", *words],
            cwd=tmp_path,
            env=environment,
            input="ward\n",  # the name, where a deletion asks for it
            capture_output=True,
            text=True,
            check=False,
        )

    yield command
    command("mlops down --wipe --yes")


def test_every_command_of_the_page_works(run: object) -> None:
    """From nothing to a platform with a project, up and back, to nothing."""
    commands = _commands()
    assert len(commands) > 8
    for line in commands:
        done = run(line)  # type: ignore[operator]
        assert done.returncode == 0, f"{line}: {done.stderr}"
