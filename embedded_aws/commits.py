"""Group commit: answers wait until what they tell of is on disk; one write serves every answer that waits for one."""

import asyncio
import errno
import logging
from typing import Any, Protocol

_LOG = logging.getLogger("embedded_aws")


class Source(Protocol):
    """Where changes come from."""

    def collect(self) -> Any:
        """What has changed since the last call, None where nothing has; called on the loop.

        Raises:
            OSError: something that was to be on disk by now is not.
        """

    def write(self, changed: Any) -> None:
        """Put it on disk; called beside the loop.

        Raises:
            OSError: it could not be.
        """

    def written(self, changed: Any, error: OSError | None) -> None:
        """How it ended; called on the loop."""


class Unsaved(Exception):
    """What a request has changed could not be put on disk; the message is one line for who made it."""


class Commits:
    """All methods are called on the loop."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def settle(self) -> None:
        """Back when everything that changed before the call is on disk.

        Raises:
            Unsaved: it cannot be written.
        """
        if self._next is None:
            self._next = asyncio.create_task(self._commit(self._running))
        await asyncio.shield(self._next)

    async def _commit(self, before: "asyncio.Task[None] | None") -> None:
        """One group: whoever comes before it begins is in it."""
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        try:
            changed = self._source.collect()
            if changed is not None:
                await self._write(changed)
        except OSError as error:
            _LOG.error("the state cannot be written: %s", error)
            raise Unsaved(words(error)) from error

    async def _write(self, changed: Any) -> None:
        try:
            await asyncio.to_thread(self._source.write, changed)
        except OSError as error:
            self._source.written(changed, error)
            raise
        self._source.written(changed, None)


def words(error: OSError) -> str:
    """What could not be written, and what to do."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    remedy = "free some space there and repeat" if full else "see the log of the embedded AWS"
    return f"the state folder cannot be written ({error.strerror or error}): nothing that this request changed is kept; {remedy}"
