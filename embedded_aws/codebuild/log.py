"""Lines of a running build, sent to its log stream a few times a second."""

import threading
from collections.abc import Sequence
from typing import Protocol

_INTERVAL = 0.5  # seconds


class Log(Protocol):
    """CloudWatch Logs' way in."""

    def log(self, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append."""


class LogStream:
    """Collects lines; a timer sends them, ``close`` the rest."""

    def __init__(self, gateway: Log, group: str, stream: str) -> None:
        self._gateway, self._group, self._stream = gateway, group, stream
        self._lines: list[str] = []
        self._lock, self._sending = threading.Lock(), threading.Lock()
        self._closed = threading.Event()
        self._timer = threading.Thread(target=self._send_often, daemon=True)
        self._timer.start()

    def line(self, text: str) -> None:
        """One more."""
        with self._lock:
            self._lines.append(text)

    def close(self) -> None:
        """Send what is left."""
        self._closed.set()
        self._timer.join()
        self._send()

    def _send_often(self) -> None:
        while not self._closed.wait(_INTERVAL):
            self._send()

    def _send(self) -> None:
        with self._sending:
            with self._lock:
                lines, self._lines = self._lines, []
            if lines:
                self._gateway.log(self._group, self._stream, lines)
