"""MiniStack's control plane on disk: restored at the start, and written before an answer tells of a change."""

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path

from embedded_aws.errors import DamagedState
from embedded_aws.journal import Journal
from embedded_aws.ministack import reconciliation
from embedded_aws.ministack.object_bodies import ObjectFiles
from embedded_aws.ministack.persistence import Changed, State, Touched

FOLDER = "control"
_EARLIER = "earlier"  # what files of an earlier version become once they are taken over
_LOG = logging.getLogger("embedded_aws")


class Keeper:
    """The source of group commits (``embedded_aws.commits``)."""

    def __init__(self, folder: Path, touched: Touched, files: ObjectFiles) -> None:
        self._folder, self._state, self._files = folder, State(touched), files
        self._journal: Journal | None = None
        self._everywhere = False

    def open(self) -> None:
        """Read what is kept and give it to the services; before the first request.

        Raises:
            EmbeddedAwsError: a file is damaged, or a service cannot take its state.
        """
        journal = Journal(self._folder / FOLDER)
        if journal.empty:
            _ensure_readable(self._folder)
            self._state.restore_files()
        self._state.restore(journal.texts)
        for stack in reconciliation.cut_off():
            _LOG.warning("stack %s: %s", stack, reconciliation.REASON)
        changed = self._state.beginning(journal.texts)
        if changed.texts:
            journal.write(changed.texts)
            self._state.confirm(changed)
        _put_away(self._folder)
        self._journal = journal

    def asked(self, service: str) -> None:
        """A request came for a service."""
        self._state.asked(service)

    def look_everywhere(self) -> None:
        """The next time that changes are collected, also where no store tells of them."""
        self._everywhere = True

    def collect(self) -> Changed | None:
        """What is to be written; None where nothing is.

        Raises:
            OSError: an object could not be written.
        """
        files = self._files.taken()
        changed = self._state.changes(everything=self._everywhere)
        changed.files, self._everywhere = files, False
        return changed if changed.texts or files else None

    def write(self, changed: Changed) -> None:
        """Raises OSError where the disk takes no more."""
        _sync(changed.files)
        if self._journal is not None and changed.texts:
            self._journal.write(changed.texts)

    def written(self, changed: Changed, error: OSError | None) -> None:
        """What was written is known; what was not is tried again with the next request."""
        if error is None:
            self._state.confirm(changed)
        else:
            self._state.repeat(changed)

    def close(self) -> None:
        """The last changes, found everywhere; then the file is closed."""
        if self._journal is None:
            return
        self.look_everywhere()
        try:
            changed = self.collect()
            if changed is not None:
                self.write(changed)
        except OSError:
            _LOG.exception("the last changes cannot be written")
        self._journal.close()


def _ensure_readable(folder: Path) -> None:
    """An earlier version's files, which MiniStack would pass over where they are damaged."""
    for path in folder.glob("*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError as error:
            raise DamagedState(path, str(error)) from error


def _sync(paths: Sequence[str]) -> None:
    """Files and the names of their folders are on disk; one that is gone again needs none of it."""
    for path in dict.fromkeys([*paths, *(str(Path(path).parent) for path in paths)]):
        try:
            opened = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _put_away(folder: Path) -> None:
    """An earlier version's files are not read again."""
    for path in folder.glob("*.json"):
        (folder / _EARLIER).mkdir(mode=0o700, exist_ok=True)
        path.replace(folder / _EARLIER / path.name)
