"""Records that say who wrote them, on IAM's word: the signer's unique id is part of the key.

``signed/<name>/<id>/<aws:userid>/<record>.json``: the bucket's policy lets nobody write below another's id, overwrite or delete
(``stacks/constructs/datasets.py``). What a record says of its signer is compared with its key whenever it is read.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops.datasets.registry.manifest import pretty
from mlops.datasets.registry.names import Keys
from mlops.errors import MlopsError
from mlops.s3 import list_keys, put_once

_PLACE = re.compile(r"^([^/]+)/([a-z]+-[A-Za-z0-9]+)\.json$")
_SESSION = re.compile(r":assumed-role/[^/]+/(.+)$")


@dataclass(frozen=True)
class Signer:
    """An identity: its ARN for people, its unique id (``aws:userid``) for IAM."""

    arn: str
    id: str

    @property
    def person(self) -> str:
        """Who acts, in whatever role: the session's name, which the roles' trust ties to the user; else the unique id."""
        return self.id.rpartition(":")[2]


@dataclass(frozen=True)
class Record:
    """One record: ``name`` is its kind and number (``review-000001``)."""

    name: str
    signer: Signer
    value: Mapping[str, Any]
    body: bytes


class Signed:
    """The signed records of one version."""

    def __init__(self, s3: Any, bucket: str, keys: Keys) -> None:
        self._s3, self._bucket, self._prefix = s3, bucket, keys.signed

    def put(self, signer: Signer, name: str, value: Mapping[str, Any]) -> bool:
        """Write a record as the calling identity; False where it has written one of that name already."""
        body = pretty({**value, "signed_by": {"arn": signer.arn, "id": signer.id}})
        return put_once(self._s3, self._bucket, f"{self._prefix}{signer.id}/{name}.json", body)

    def all(self, kind: str) -> list[Record]:
        """Records of one kind by name and signer.

        Raises:
            MlopsError: an object is no record, or claims another signer than the one who could write it.
        """
        found = sorted(self._places(), key=lambda place: place[::-1])
        return [self._read(identity, name) for identity, name in found if name.startswith(f"{kind}-")]

    def _places(self) -> list[tuple[str, str]]:
        keys = list_keys(self._s3, f"s3://{self._bucket}/{self._prefix}")
        matches = {key: _PLACE.match(key.removeprefix(self._prefix)) for key in keys}
        strange = [key for key, match in matches.items() if match is None]
        if strange:
            raise MlopsError(f"{strange[0]}: not a record of ours; somebody put it there (see the bucket's access log)")
        return [(match.group(1), match.group(2)) for match in matches.values() if match is not None]

    def _read(self, identity: str, name: str) -> Record:
        key = f"{self._prefix}{identity}/{name}.json"
        body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        try:
            value = json.loads(body)
            signer = Signer(**value.pop("signed_by"))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise MlopsError(f"{key}: no record of ours; {identity} has put it there") from None
        session = _SESSION.search(signer.arn)
        if signer.id != identity or (session is not None and session.group(1) != signer.person):
            raise MlopsError(f"{key}: says that {signer.arn} ({signer.id}) signed it, but {identity} wrote it")
        return Record(name, signer, value, body)
