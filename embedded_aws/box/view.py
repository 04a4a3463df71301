"""What a box shows: the machine's programs, an interpreter with its libraries, folders by name; and whether boxes work here."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import embedded_aws
from embedded_aws.box.inside import interpreter_folders

SOURCES = str(Path(embedded_aws.__file__).parents[1])
_PROBE = 20.0  # seconds
_START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from embedded_aws.box.inside import main; main()"


@dataclass(frozen=True)
class Box:
    """What every box of a server has: ``folders`` are libraries beside the interpreter's own, ``hidden`` is seen in none."""

    folders: Sequence[str] = ()
    hidden: Sequence[str] = ()

    def view(
        self,
        stage: Path,
        write: Mapping[Path, str],
        *,
        read: Sequence[str] = (),
        isolated: bool = False,
        grouped: bool = False,
    ) -> dict[str, Any]:
        """See ``embedded_aws.box.inside``; ``write`` maps folders here to paths there."""
        return {
            "read": [*self.folders, *read],
            "write": [[str(folder), path] for folder, path in write.items()],
            "hide": list(self.hidden),
            "isolated": isolated,
            "grouped": grouped,
            "stage": str(stage),
        }


def box_of(state: Path, folders: Sequence[str]) -> Box:
    """The box of the server on a state folder."""
    return Box(folders, [str(state), os.path.expanduser("~")])


def command(view: Mapping[str, Any], arguments: Sequence[str]) -> list[str]:
    """The command that runs another one in a box with this interpreter's libraries."""
    shown = {**view, "read": [*interpreter_folders(), *view["read"]]}
    return [sys.executable, "-I", "-S", "-c", _START, SOURCES, json.dumps(shown), *arguments]


@lru_cache
def problem() -> str:
    """Why this machine can make no boxes; empty where it can (tried once, 50 ms)."""
    if sys.platform != "linux":
        return f"{sys.platform} has no namespaces"
    with tempfile.TemporaryDirectory() as name:
        stage, folder = Path(name) / "stage", Path(name) / "probe"
        stage.mkdir()
        folder.mkdir()
        (folder / "probe").touch()
        probe = command(
            Box().view(stage, {folder: "/opt/ml"}, isolated=True), ["/bin/sh", "-c", "test -e /opt/ml/probe"]
        )
        try:
            done = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=_PROBE)
        except subprocess.TimeoutExpired:
            return f"a first box was not made within {_PROBE:g} s"
    said = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else f"no namespaces without privileges ({said[-1] if said else done.returncode})"
