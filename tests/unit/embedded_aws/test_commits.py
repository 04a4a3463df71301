"""Group commit: nobody is answered before what he has changed is on disk, and one write serves all who wait."""

import asyncio
import threading
from typing import Any

import pytest

from embedded_aws.commits import Commits, Unsaved


class Disk:
    """A source that counts; ``gate`` holds its writes."""

    def __init__(self) -> None:
        self.pending: list[int] = []
        self.groups: list[list[int]] = []
        self.gate = threading.Event()
        self.error: OSError | None = None

    def collect(self) -> Any:
        found, self.pending = self.pending, []
        return found or None

    def write(self, changed: Any) -> None:
        assert self.gate.wait(10)
        if self.error:
            raise self.error
        self.groups.append(changed)

    def written(self, changed: Any, error: OSError | None) -> None:
        if error:
            self.pending = changed + self.pending


def test_one_write_for_all_who_wait() -> None:
    """While the first group is written, the next gathers; nothing is answered early."""
    disk = Disk()

    async def run() -> None:
        commits, answered = Commits(disk), list[int]()

        async def request(number: int) -> None:
            disk.pending.append(number)
            await commits.settle()
            answered.append(number)

        first = asyncio.create_task(request(0))
        while disk.pending or not commits._running:
            await asyncio.sleep(0)
        others = [asyncio.create_task(request(number)) for number in range(1, 20)]
        for _ in range(50):
            await asyncio.sleep(0)
        assert answered == []
        disk.gate.set()
        await asyncio.gather(first, *others)
        assert sorted(answered) == list(range(20))

    asyncio.run(run())
    assert disk.groups == [[0], list(range(1, 20))]


def test_a_reader_waits_for_the_write_under_way() -> None:
    """What he was told of is on disk too; where nothing changed, nothing is written."""
    disk = Disk()

    async def run() -> None:
        commits = Commits(disk)
        disk.pending.append(1)
        writer = asyncio.create_task(commits.settle())
        while disk.pending:
            await asyncio.sleep(0)
        reader = asyncio.create_task(commits.settle())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not reader.done()
        disk.gate.set()
        await asyncio.gather(writer, reader)

    asyncio.run(run())
    assert disk.groups == [[1]]


def test_a_full_disk_is_told_and_tried_again() -> None:
    """Whoever waits is refused with the reason and the remedy; the change is not forgotten."""
    disk = Disk()
    disk.gate.set()

    async def run() -> None:
        commits = Commits(disk)
        disk.pending.append(1)
        disk.error = OSError(28, "No space left on device")
        with pytest.raises(Unsaved, match=r"No space left on device.*free some space there and repeat"):
            await commits.settle()
        disk.error = None
        await commits.settle()

    asyncio.run(run())
    assert disk.groups == [[1]]
