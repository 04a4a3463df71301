"""Reviews of a version: append-only, each with identity and UTC time, chained by the hash of the one before."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from mlops.datasets.manifest import Manifest, pretty
from mlops.datasets.names import Keys
from mlops.errors import MlopsError, RefusedByPolicy, RefusedInput
from mlops.s3 import list_keys, put_once

DECISIONS = {"approve": "Approved", "reject": "Rejected"}
PENDING = "Pending"
_SETTINGS = "settings.json"  # outside datasets/: whoever may import may not change it
_TRIES = 20


@dataclass(frozen=True)
class Review:
    """One decision."""

    number: int
    status: str
    reason: str
    reviewer: str
    at: str
    previous_sha256: str


class Reviews:
    """The decisions about one version."""

    def __init__(self, s3: Any, bucket: str, manifest: Manifest) -> None:
        self._s3, self._bucket, self._manifest = s3, bucket, manifest
        self._keys = Keys(manifest.name, manifest.id)

    def all(self) -> list[Review]:
        """Oldest first.

        Raises:
            MlopsError: the chain is broken: a record was changed or is missing.
        """
        found, before = [], ""
        for number, key in enumerate(sorted(list_keys(self._s3, f"s3://{self._bucket}/{self._keys.reviews}")), 1):
            body = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            review = Review(**json.loads(body))
            if review.number != number or review.previous_sha256 != before:
                raise MlopsError(f"{self._label}: review {number} was changed or one before it is missing")
            before = hashlib.sha256(body).hexdigest()
            found.append(review)
        return found

    def status(self) -> str:
        """Pending, Approved or Rejected: the last decision counts."""
        found = self.all()
        return found[-1].status if found else PENDING

    def decide(self, decision: str, reason: str, reviewer: str, now: datetime | None = None) -> Review:
        """Record a decision.

        Raises:
            RefusedInput: no reason, or no such decision.
            RefusedByPolicy: the reviewer imported the version, and the settings want another person.
        """
        if decision not in DECISIONS or not reason.strip():
            raise RefusedInput(f"review of {self._label}: needs a decision (approve or reject) and a reason")
        if person(reviewer) == person(self._manifest.created_by) and not self._self_review():
            raise RefusedByPolicy(f"{reviewer} imported {self._label}: another identity must {decision} it")
        at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        for _ in range(_TRIES):
            review = Review(len(self.all()) + 1, DECISIONS[decision], reason, reviewer, at, self._last_hash())
            key = f"{self._keys.reviews}{review.number:06d}.json"
            if put_once(self._s3, self._bucket, key, pretty(asdict(review))):
                return review
        raise MlopsError(f"review of {self._label}: too many reviews at the same time; try again")

    @property
    def _label(self) -> str:
        return f"{self._manifest.name}@{self._manifest.id}"

    def _last_hash(self) -> str:
        keys = sorted(list_keys(self._s3, f"s3://{self._bucket}/{self._keys.reviews}"))
        if not keys:
            return ""
        return hashlib.sha256(self._s3.get_object(Bucket=self._bucket, Key=keys[-1])["Body"].read()).hexdigest()

    def _self_review(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=_SETTINGS)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return False
            raise
        return bool(json.loads(body).get("self_review", False))


def person(arn: str) -> str:
    """Who acts: of a role session, the role and the session's name, whatever the partition."""
    return arn.split(":", 5)[-1]


def allow_self_review(s3: Any, bucket: str, allowed: bool) -> None:
    """The setting for all data sets: may an importer review what he imported?"""
    s3.put_object(Bucket=bucket, Key=_SETTINGS, Body=pretty({"self_review": allowed}))
