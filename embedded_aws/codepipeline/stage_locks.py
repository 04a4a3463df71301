"""Who may enter a stage: one execution at a time; queued ones in their order, superseded ones give way to a newer one."""

import threading
from dataclasses import dataclass

QUEUED, SUPERSEDED, PARALLEL = "QUEUED", "SUPERSEDED", "PARALLEL"


class GaveWay(Exception):
    """A newer execution waits at the same stage: this one is superseded."""


@dataclass
class Live:
    """A running execution: its pipeline, its number there, the stage that it is in or waits for."""

    id: str
    pipeline: str
    number: int
    mode: str
    position: int = 0
    inside: bool = False
    stop: str = ""  # "", stop (after the present actions) or abandon (at once)


class Gates:
    """The stages of all pipelines; executions enter, leave and go."""

    def __init__(self) -> None:
        self._changed, self._live = threading.Condition(), dict[str, Live]()

    def add(self, live: Live) -> None:
        """A new execution."""
        with self._changed:
            self._live[live.id] = live
            self._changed.notify_all()

    def remove(self, live: Live) -> None:
        """It has ended."""
        with self._changed:
            self._live.pop(live.id, None)
            self._changed.notify_all()

    def find(self, id_: str) -> Live | None:
        """A running execution."""
        with self._changed:
            return self._live.get(id_)

    def everyone(self) -> list[Live]:
        """All running executions."""
        with self._changed:
            return list(self._live.values())

    def stop(self, live: Live, how: str) -> None:
        """Ask for its end."""
        with self._changed:
            live.stop = how
            self._changed.notify_all()

    def enter(self, live: Live, stage: int) -> bool:
        """Wait for the stage; False where the execution is to stop instead.

        Raises:
            GaveWay: superseded while it waited.
        """
        with self._changed:
            live.position, live.inside = stage, False
            self._changed.notify_all()
            while not live.stop:
                self._give_way(live)
                if live.mode == PARALLEL or self._free(live):
                    live.inside = True
                    return True
                self._changed.wait()
            return False

    def leave(self, live: Live) -> None:
        """Out of the stage that it was in."""
        with self._changed:
            live.inside, live.position = False, live.position + 1
            self._changed.notify_all()

    def _others(self, live: Live) -> list[Live]:
        return [item for item in self._live.values() if item.pipeline == live.pipeline and item is not live]

    def _free(self, live: Live) -> bool:
        others = self._others(live)
        if any(item.inside and item.position == live.position for item in others):
            return False
        # no overtaking: who came earlier has to be past this stage
        return all(item.number > live.number or item.position > live.position for item in others)

    def _give_way(self, live: Live) -> None:
        if live.mode != SUPERSEDED:
            return
        for item in self._others(live):
            if item.number > live.number and not item.inside and item.position >= live.position:
                raise GaveWay
