"""Where the embedded AWS answers, and with what its own services sign there."""

from dataclasses import dataclass, field

HEALTH = "/health"  # answered without credentials, with nothing but a status


@dataclass(frozen=True)
class Endpoint:
    """The address, and the secret with which the root of every account signs; the secret stays in this process."""

    url: str
    root_secret: str = field(repr=False)

    @property
    def port(self) -> int:
        """The address's port."""
        return int(self.url.rpartition(":")[2])
