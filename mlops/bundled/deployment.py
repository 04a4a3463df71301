"""Moves the pointer so that of decisions that race the latest one stays, whichever function ran last.

SSM writes unconditionally, but numbers its versions: a writer that finds somebody between what he read and what he wrote looks at
that entry and puts it back where it is of a later decision. Every write stays in the parameter's history.
"""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

Document = dict[str, Any]

_TRIES = 20


class Pointer:
    """The SSM parameter that names the deployed version; ``ssm`` is a boto3 client."""

    def __init__(self, ssm: "SSMClient", name: str) -> None:
        self._ssm, self._name = ssm, name

    def read(self, version: int | None = None) -> tuple[Document | None, int]:
        """(what it says, its version number); (None, 0) while there is none."""
        name = f"{self._name}:{version}" if version else self._name
        try:
            found = self._ssm.get_parameter(Name=name)["Parameter"]
        except self._ssm.exceptions.ParameterNotFound:
            return None, 0
        return json.loads(found["Value"]), int(found["Version"])

    def move(self, value: Document) -> str:
        """Write ``value`` unless a later decision is there; returns what happened: deployed | withdrawn | superseded.

        Raises:
            RuntimeError: others kept writing.
        """
        outcome = "deployed" if value["model_package_arn"] else "withdrawn"
        for _ in range(_TRIES):
            current, version = self.read()
            if current and _decided(current) > _decided(value):
                return "superseded"
            if current == value:
                return outcome  # the same event once more
            written = self._write(value)
            between = self.read(written - 1)[0] if written > version + 1 else None
            if between is None or _decided(between) <= _decided(value):
                return outcome
            value, outcome = between, "superseded"
        raise RuntimeError(f"{self._name}: others kept writing")

    def _write(self, value: Document) -> int:
        text = json.dumps(value, sort_keys=True)
        return int(self._ssm.put_parameter(Name=self._name, Value=text, Type="String", Overwrite=True)["Version"])


def _decided(value: Document) -> datetime:
    return datetime.fromisoformat(value["approved_at"])
