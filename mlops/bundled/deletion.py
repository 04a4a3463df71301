"""What somebody says who deletes a project: why, and what becomes of its repository; the text of an SSM parameter."""

import json
from typing import NamedTuple

_KEEP, _DELETE = "keep", "delete"


class Deletion(NamedTuple):
    """A reason, and whether the repository goes too; it stays where nobody has said otherwise."""

    reason: str
    repository: bool = False

    def text(self) -> str:
        """As it is written down."""
        return json.dumps({"reason": self.reason, "repository": _DELETE if self.repository else _KEEP})


def read(text: str) -> Deletion:
    """What was written down; any other text is a reason and no more."""
    try:
        content = json.loads(text)
        return Deletion(str(content["reason"]), content["repository"] == _DELETE)
    except (ValueError, KeyError, TypeError):
        return Deletion(text)
