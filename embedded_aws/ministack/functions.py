"""Functions run in a box, with an environment of their own: MiniStack gives them this server's."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from embedded_aws.box.view import Box, command
from embedded_aws.ministack.hooks import Make

_KEPT = {"PATH", "PYTHONPATH", "LD_LIBRARY_PATH"}  # of the server's environment
_TMP = "/tmp"  # noqa: S108 (the box's own)


def starting(box: Box | None) -> Make:
    """What stands for the module ``subprocess`` where MiniStack starts users' programs; without a box only the environment differs."""

    def make(original: ModuleType) -> Any:
        return _Starting(original, box)

    return make


class _Starting:
    def __init__(self, original: ModuleType, box: Box | None) -> None:
        self._original, self._box = original, box

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def Popen(self, arguments: Sequence[str], **given: Any) -> Any:  # noqa: N802 (as the module has it)
        """``subprocess.Popen``; the process's own folder goes with the object."""
        place = Path(tempfile.mkdtemp(prefix="function-"))
        started = self._original.Popen(**self._given(arguments, given, place))
        weakref.finalize(started, shutil.rmtree, place, ignore_errors=True)
        return started

    def run(self, arguments: Sequence[str], **given: Any) -> Any:
        """``subprocess.run``."""
        with tempfile.TemporaryDirectory(prefix="function-") as place:
            return self._original.run(**self._given(arguments, given, Path(place)))

    def _given(self, arguments: Sequence[str], given: Mapping[str, Any], place: Path) -> dict[str, Any]:
        """The call's arguments: the program's folder is read-only, /tmp its own."""
        scratch, stage = place / "scratch", place / "stage"
        scratch.mkdir()
        stage.mkdir()
        home = {"HOME": _TMP, "TMPDIR": _TMP} if self._box else {"HOME": str(scratch), "TMPDIR": str(scratch)}
        changed = {**given, "args": list(arguments), "env": {**_own(given["env"]), **home}}
        if self._box is not None:
            folder = os.path.commonpath([arguments[-1], given.get("cwd") or arguments[-1]])
            changed["args"] = command(self._box.view(stage, {scratch: _TMP}, read=[folder]), arguments)
        return changed


def _own(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what is only there because this server has it."""
    return {key: value for key, value in environment.items() if key in _KEPT or os.environ.get(key) != value}
