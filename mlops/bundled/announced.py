"""The newest data set of a project, which automatic retraining uses: what people write into its parameter, and what of it is one."""

import json
from dataclasses import asdict, dataclass

from mlops.bundled import written
from mlops.bundled.written import Odd


@dataclass(frozen=True)
class Announced:
    """``tables`` is the digest of an uploaded folder's tables; empty of a version of the registry, whose manifest pins them."""

    uri: str
    id: str
    tables: str = ""

    def to_json(self) -> str:
        """As the parameter holds it."""
        return json.dumps(asdict(self))


def parsed(value: str) -> Announced:
    """What the parameter says.

    Raises:
        Odd: it names no data set.
    """
    found = written.document(value)
    tables = written.sha256(found, "tables") if found.get("tables") else ""
    return Announced(written.text(found, "uri"), written.text(found, "id"), tables)


def known(value: str) -> Announced | None:
    """The same of a value of the parameter's history, where there may be anything; None where it names no data set."""
    try:
        return parsed(value)
    except Odd:
        return None
