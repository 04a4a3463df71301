"""Reviews of a version: append-only, each signed by its reviewer, with UTC time and the hash of the one before."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mlops.datasets.registry.manifest import Manifest, manifest_hash, pretty
from mlops.datasets.registry.names import Keys
from mlops.datasets.registry.signed import Record, Signed, Signer
from mlops.errors import MlopsError, RefusedByPolicy, RefusedInput

DECISIONS = {"approve": "Approved", "reject": "Rejected"}
PENDING, APPROVED, REJECTED = "Pending", "Approved", "Rejected"
SETTINGS = "settings.json"  # outside datasets/: whoever may import may not change it
_TRIES = 20


@dataclass(frozen=True)
class Review:
    """One decision."""

    number: int
    status: str
    reason: str
    reviewer: str
    reviewer_id: str
    at: str
    previous_sha256: str


class Reviews:
    """The decisions about one version."""

    def __init__(self, s3: Any, bucket: str, manifest: Manifest) -> None:
        self._s3, self._bucket, self._manifest = s3, bucket, manifest
        self._signed = Signed(s3, bucket, Keys(manifest.name, manifest.id))

    def importers(self) -> frozenset[str]:
        """The people who brought this content in; the manifest is what one of them has signed.

        Raises:
            MlopsError: nobody has signed this manifest, or another than it says.
        """
        found = self._signed.all("import")
        own = [it for it in found if it.value["manifest_sha256"] == manifest_hash(self._manifest)]
        if not any(it.signer.arn == self._manifest.created_by for it in own):
            raise MlopsError(f"{self._label}: nobody has signed that {self._manifest.created_by} imported it")
        return frozenset(it.signer.person for it in found)

    def all(self) -> list[Review]:
        """Oldest first.

        Raises:
            MlopsError: the chain is broken: a record was changed or is missing.
        """
        return [_review(record) for record in self._chain()]

    def status(self) -> str:
        """Pending, Approved or Rejected: the last decision counts; of two at the same instant, the rejection.

        Decisions of an importer count only where the settings allow self-review.
        """
        importers, found = self.importers(), self._chain()
        if any(it.signer.person in importers for it in found) and not self._self_review():
            found = [it for it in found if it.signer.person not in importers]
        last = [it.value["status"] for it in found if it.name == found[-1].name]
        return PENDING if not last else REJECTED if REJECTED in last else APPROVED

    def decide(self, decision: str, reason: str, reviewer: Signer, now: datetime | None = None) -> Review:
        """Record a decision.

        Raises:
            RefusedInput: no reason, or no such decision.
            RefusedByPolicy: the reviewer imported the version, and the settings want another person.
        """
        if decision not in DECISIONS or not reason.strip():
            raise RefusedInput(f"review of {self._label}: needs a decision (approve or reject) and a reason")
        if reviewer.person in self.importers() and not self._self_review():
            raise RefusedByPolicy(f"{reviewer.arn} imported {self._label}: another identity must {decision} it")
        at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        for _ in range(_TRIES):
            before = self._chain()
            number = _number(before[-1]) + 1 if before else 1
            value = {"number": number, "status": DECISIONS[decision], "reason": reason, "at": at}
            value["previous_sha256"] = hashlib.sha256(before[-1].body).hexdigest() if before else ""
            if self._signed.put(reviewer, f"review-{number:06d}", value):
                return Review(**_facts(value), reviewer=reviewer.arn, reviewer_id=reviewer.id)
        raise MlopsError(f"review of {self._label}: too many reviews at the same time; try again")

    @property
    def _label(self) -> str:
        return f"{self._manifest.name}@{self._manifest.id}"

    def _chain(self) -> list[Record]:
        """The records, by number: each names the hash of one with the number before (two may follow the same one)."""
        found, hashes = self._signed.all("review"), defaultdict(set)
        for record in found:
            hashes[_number(record)].add(hashlib.sha256(record.body).hexdigest())
        hashes[0].add("")
        for record in found:
            number = _number(record)
            if record.name != f"review-{number:06d}" or record.value["previous_sha256"] not in hashes[number - 1]:
                raise MlopsError(f"{self._label}: review {number} was changed or one before it is missing")
        return found

    def _self_review(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=SETTINGS)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return False
            raise
        return bool(json.loads(body).get("self_review", False))


def _number(record: Record) -> int:
    return int(record.value["number"])


def _review(record: Record) -> Review:
    return Review(**_facts(record.value), reviewer=record.signer.arn, reviewer_id=record.signer.id)


def _facts(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in ("number", "status", "reason", "at", "previous_sha256")}


def allow_self_review(s3: Any, bucket: str, allowed: bool) -> None:
    """The setting for all data sets: may an importer review what he imported?"""
    s3.put_object(Bucket=bucket, Key=SETTINGS, Body=pretty({"self_review": allowed}))
