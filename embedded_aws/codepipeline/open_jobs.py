"""Results that come from outside: functions' job results and people's approvals."""

import threading

from embedded_aws.service import Document, ServiceError


class OpenJobs:
    """Jobs by id; each takes one result."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Document | None] = {}

    def open(self, id_: str) -> None:
        """Wait for its result."""
        with self._lock:
            self._open[id_] = None

    def give(self, id_: str, result: Document, code: str, message: str) -> None:
        """The result, of the first who gives one.

        Raises:
            ServiceError: ``code``: no such job, or it has its result.
        """
        with self._lock:
            if id_ not in self._open or self._open[id_] is not None:
                raise ServiceError(code, message)
            self._open[id_] = result

    def answer(self, id_: str) -> Document | None:
        """The result, where it has come; the job is closed then."""
        with self._lock:
            if self._open.get(id_) is None:
                return None
            return self._open.pop(id_)
