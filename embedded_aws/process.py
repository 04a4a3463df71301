"""The server process of the embedded AWS: ``python -m embedded_aws.process`` (started by ``embedded_aws.server``)."""

import argparse
import asyncio
import contextlib
import ctypes
import fcntl
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from embedded_aws import objects, private
from embedded_aws.commits import Commits, Unsaved
from embedded_aws.endpoint import Endpoint
from embedded_aws.errors import EmbeddedAwsError
from embedded_aws.ministack import environment
from embedded_aws.server import REFUSED, answers
from embedded_aws.service import Background
from embedded_aws.settings import Settings

if TYPE_CHECKING:
    from embedded_aws.ministack.keeper import Keeper

_LOG = logging.getLogger("embedded_aws")
_SWEEP_INTERVAL = 5.0  # seconds; for changes that no request and no store tells of
_TICK_INTERVAL = 1.0


def main() -> None:
    """Serve until SIGTERM, SIGINT, or the end of the owner."""
    os.umask(0o077)  # whatever is written from here on is its owner's alone
    arguments = _arguments()
    state = private.folder(Path(arguments.state_dir))
    lock = _locked(state)  # held until the process ends
    if arguments.owner_pipe is not None:
        _end_with_owner(arguments.owner_pipe)
    (state / "ready").unlink(missing_ok=True)
    objects.finish(state / "s3")
    environment.prepare(state, arguments.port, persist=arguments.persist)
    with lock:
        try:
            asyncio.run(_serve(state, arguments.port, arguments.persist, Settings.from_json(arguments.settings)))
        except EmbeddedAwsError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(REFUSED)


def _locked(state: Path) -> IO[str]:
    """The folder's lock; tried for a second, since whoever asks for the status holds it for an instant."""
    lock = (state / "server.lock").open("w")
    for _ in range(20):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.05)
        else:
            return lock
    sys.stderr.write(f"another embedded AWS runs on {state}\n")
    sys.exit(REFUSED)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--state-dir", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--persist", action="store_true")
    parser.add_argument("--owner-pipe", type=int, help="file descriptor whose end of file means that the owner is gone")
    parser.add_argument("--settings", default="{}", help="see embedded_aws.settings, as JSON")
    return parser.parse_args()


def _end_with_owner(descriptor: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG

    def watch() -> None:
        os.read(descriptor, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


async def _serve(state: Path, port: int, persist: bool, settings: Settings) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from embedded_aws.door import Door
    from embedded_aws.ministack import alarms  # not before the environment is set
    from embedded_aws.settled import Settlement
    from embedded_aws.wiring import wire

    logging.getLogger("sns").setLevel(logging.WARNING)  # what it tells of every message names the subscriber's address
    endpoint = Endpoint(f"http://127.0.0.1:{port}", private.root_secret(state))
    wired, loop = wire(state, settings, endpoint.root_secret), asyncio.get_running_loop()
    keeper, inside, sweeping = wired.keeper, wired.inside, _Sweeping(wired.keeper)
    if persist:
        keeper.open()
        inside = replace(inside, settlement=Settlement(state, sweeping.commits, keeper.asked))
        sweeping.begin()
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    config.graceful_timeout = 1
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _repeat(_TICK_INTERVAL, alarms.tick)
    # background work waits for the port: it calls AWS through it
    loop.call_soon(
        lambda: threading.Thread(
            target=_start_when_up, args=(wired.services, endpoint, state, sweeping), daemon=True
        ).start()
    )
    try:
        await serve(Door(port, inside), config, shutdown_trigger=stop.wait)
    finally:
        sweeping.end()
        for service in wired.services:
            service.close()
        keeper.close()


class _Sweeping:
    """Looks for changes everywhere from time to time, and on demand; nothing where no state is kept."""

    def __init__(self, keeper: "Keeper") -> None:
        self.commits, self._keeper, self._loop = Commits(keeper), keeper, asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """From now on state is kept."""
        self._task = self._loop.create_task(self._run())

    def end(self) -> None:
        """No more."""
        if self._task is not None:
            self._task.cancel()

    def now(self) -> None:
        """Of another thread: back when everything is on disk."""
        if self._task is not None:
            asyncio.run_coroutine_threadsafe(self._everything(), self._loop).result()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_INTERVAL)
            with contextlib.suppress(Unsaved):  # which the log tells of, and every request that writes
                await self._everything()

    async def _everything(self) -> None:
        self._keeper.look_everywhere()
        await self.commits.settle()


def _start_when_up(services: Sequence[Background], endpoint: Endpoint, state: Path, sweeping: "_Sweeping") -> None:
    while not answers(endpoint.port):
        time.sleep(0.05)
    for service in services:
        service.start(endpoint)
    sweeping.now()  # what they have made is found again
    (state / "ready").touch()


def _repeat(interval: float, action: Callable[[], None]) -> None:
    def run() -> None:
        while True:
            time.sleep(interval)
            try:
                action()
            except Exception:
                _LOG.exception("background work failed")

    threading.Thread(target=run, daemon=True).start()


if __name__ == "__main__":
    main()
