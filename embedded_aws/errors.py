"""The embedded AWS's own errors, for whoever starts it (what its services answer is ``service.ServiceError``).

EmbeddedAwsError     it did not come up
└── Refused          what was asked for cannot be done; nothing was changed
    ├── AlreadyRuns  one runs on the folder already
    └── DamagedState a file of its state is not as it was written
"""

from pathlib import Path

_DAMAGED = "damaged: "


class EmbeddedAwsError(Exception):
    """A failure of the server itself; the message is one line for its user."""


class Refused(EmbeddedAwsError):
    """The request cannot be met as it is: the message names what and why."""


class AlreadyRuns(Refused):
    """A server runs on the state folder already."""


class DamagedState(Refused):
    """A file of the state is not as it was written; ``what`` says how it is seen."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path}: {_DAMAGED}{what}")
        self.path, self.what = path, what

    @classmethod
    def of(cls, message: str) -> "DamagedState | None":
        """The error whose message this is; None where it is none's."""
        path, found, what = message.partition(f": {_DAMAGED}")
        return cls(Path(path), what) if found else None
