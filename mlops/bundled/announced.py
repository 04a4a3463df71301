"""The data set that retraining uses: that of the newest version which was registered from an approved data set.

The function that writes registrations down writes it too, and nobody else; its history in SSM says which version brought which data set.
"""

import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mlops.bundled import written
from mlops.bundled.deployment import Latest
from mlops.bundled.written import Odd

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

NONE = (
    "no version was registered from an approved data set: import one, have another person approve it, and train on it "
    "('mlops dataset import', 'mlops dataset approve', 'mlops train --dataset NAME@V')"
)
_REGISTERED = re.compile(r"[a-z][a-z0-9-]*@[0-9a-f]{12}")


@dataclass(frozen=True)
class Announced:
    """A data set of the registry, the version that was registered from it, and who had started that version's run."""

    uri: str
    id: str
    version: int
    at: str = ""
    people: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """As the parameter holds it."""
        return json.dumps(asdict(self), sort_keys=True)


def parsed(value: str) -> Announced:
    """What the parameter says.

    Raises:
        Odd: it names no data set of a registered version.
    """
    found = written.document(value)
    people, version = found.get("people", []), written.number(found, "version")
    if not version or not isinstance(people, list):
        raise Odd("its version is none that was registered")
    return Announced(
        written.text(found, "uri"),
        written.matching(found, "id", _REGISTERED),
        version,
        written.text(found, "at", 64),
        [written.text({"person": it}, "person") for it in people],
    )


def known(value: str) -> Announced | None:
    """The same of a value of the parameter's history, where there may be anything; None where it names no data set."""
    try:
        return parsed(value)
    except Odd:
        return None


class Retraining(Latest):
    """The parameter that names it; ``ssm`` is a boto3 client."""

    def __init__(self, ssm: "SSMClient", name: str) -> None:
        super().__init__(ssm, name, _version)

    def use(self, value: Announced) -> bool:
        """From now on, unless a newer version's is there already: registrations come in any order."""
        return self.write(asdict(value))

    @staticmethod
    def _read(text: str) -> dict[str, Any] | None:
        found = known(text)
        return asdict(found) if found else None


def _version(value: dict[str, Any]) -> int:
    return int(value["version"])
