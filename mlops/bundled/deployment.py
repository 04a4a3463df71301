"""Parameters of which of writes that race the latest one stays, whichever function ran last: the pointer is the first of them.

SSM writes unconditionally, but numbers its versions: a writer that finds somebody between what he read and what he wrote looks at
that entry and puts it back where it is of a later decision. Every write stays in the parameter's history.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

Document = dict[str, Any]

_TRIES = 20


class Latest:
    """An SSM parameter that holds the entry of the highest rank, whoever wrote last; ``ssm`` is a boto3 client."""

    def __init__(self, ssm: "SSMClient", name: str, rank: Callable[[Document], Any]) -> None:
        self._ssm, self._name, self._rank = ssm, name, rank

    def read(self, version: int | None = None) -> tuple[Document | None, int]:
        """(what it says, its version number); (None, 0) while there is none."""
        name = f"{self._name}:{version}" if version else self._name
        try:
            found = self._ssm.get_parameter(Name=name)["Parameter"]
        except self._ssm.exceptions.ParameterNotFound:
            return None, 0
        return self._read(found["Value"]), int(found["Version"])

    def write(self, value: Document) -> bool:
        """Write ``value`` unless one of a higher rank is there; whether it is what stays.

        Raises:
            RuntimeError: others kept writing.
        """
        stays = True
        for _ in range(_TRIES):
            current, version = self.read()
            if current and self._rank(current) > self._rank(value):
                return False
            if current == value:
                return stays  # the same event once more
            written = self._write(value)
            between = self.read(written - 1)[0] if written > version + 1 else None
            if between is None or self._rank(between) <= self._rank(value):
                return stays
            value, stays = between, False
        raise RuntimeError(f"{self._name}: others kept writing")

    @staticmethod
    def _read(text: str) -> Document | None:
        found: Document = json.loads(text)
        return found

    def _write(self, value: Document) -> int:
        text = json.dumps(value, sort_keys=True)
        return int(self._ssm.put_parameter(Name=self._name, Value=text, Type="String", Overwrite=True)["Version"])


class Pointer(Latest):
    """The parameter that names the deployed version; the latest decision has the highest rank."""

    def __init__(self, ssm: "SSMClient", name: str) -> None:
        super().__init__(ssm, name, _decided)

    def move(self, value: Document) -> str:
        """Write ``value`` unless a later decision is there; returns what happened: deployed | withdrawn | superseded.

        Raises:
            RuntimeError: others kept writing.
        """
        outcome = "deployed" if value["model_package_arn"] else "withdrawn"
        return outcome if self.write(value) else "superseded"


def _decided(value: Document) -> datetime:
    return datetime.fromisoformat(value["approved_at"])
