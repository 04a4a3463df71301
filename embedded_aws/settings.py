"""What whoever starts the server decides for it; travels to the server process as one JSON argument."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Settings:
    """``stand_ins``: glob over an image URI -> the command that stands for the image's own program on this machine.

    ``job_backend``: how jobs see /opt/ml: ``namespace``, ``rewriting``, or empty for what the machine can do;
    ``job_backend_from`` is what its user knows that setting as (for messages).
    ``libraries``: folders that jobs, builds and functions may read beside the interpreter's own (the stand-ins' packages).
    """

    stand_ins: Mapping[str, Sequence[str]] = field(default_factory=dict)
    job_backend: str = ""
    job_backend_from: str = "job_backend"
    libraries: Sequence[str] = ()

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Settings":
        """What ``to_json`` wrote."""
        return cls(**json.loads(text))
