"""Records that say who wrote them, on IAM's word: the signer's unique id is part of the key.

``signed/<name>/<id>/<aws:userid>/<record>.json``: the bucket's policy lets nobody write below another's id, overwrite or delete
(``stacks/constructs/datasets.py``). What a record says of its signer is compared with its key whenever it is read
(``mlops.bundled.dataset_records``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops.bundled import dataset_records
from mlops.bundled.dataset_records import Records
from mlops.bundled.people import person_of_id
from mlops.datasets.registry.manifest import pretty
from mlops.datasets.registry.names import Keys
from mlops.s3 import put_once


@dataclass(frozen=True)
class Signer:
    """An identity: its ARN for people, its unique id (``aws:userid``) for IAM."""

    arn: str
    id: str

    @property
    def person(self) -> str:
        """Who acts, in whatever role: the session's name, which the roles' trust ties to the user; else the unique id."""
        return person_of_id(self.id)


class Signed:
    """The signed records of one version."""

    def __init__(self, s3: Any, bucket: str, keys: Keys) -> None:
        self._s3, self._bucket, self._prefix = s3, bucket, keys.signed

    def put(self, signer: Signer, name: str, value: Mapping[str, Any]) -> bool:
        """Write a record as the calling identity; False where it has written one of that name already."""
        body = pretty({**value, "signed_by": {"arn": signer.arn, "id": signer.id}})
        return put_once(self._s3, self._bucket, f"{self._prefix}{signer.id}/{name}.json", body)

    def read(self) -> Records:
        """All of them; what is none decides nothing and is told as odd."""
        return dataset_records.read(self._s3, self._bucket, self._prefix)
