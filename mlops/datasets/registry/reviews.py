"""Reviews of a version: append-only, each signed by its reviewer, with UTC time and the hash of the one before."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mlops.bundled import dataset_manifest, dataset_tables, written
from mlops.bundled.dataset_records import APPROVED, REJECTED, REVIEW, Record, Records
from mlops.bundled.s3_json import DAMAGED
from mlops.bundled.written import Odd
from mlops.datasets.registry.manifest import Manifest, manifest_hash, pretty
from mlops.datasets.registry.names import Keys
from mlops.datasets.registry.signed import Signed, Signer
from mlops.errors import MlopsError, RefusedByPolicy, RefusedInput

DECISIONS = {"approve": APPROVED, "reject": REJECTED}
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
    """The decisions about one version; ``odd`` takes what lies among its records and is none, and why."""

    def __init__(self, s3: Any, bucket: str, manifest: Manifest, odd: dict[str, str] | None = None) -> None:
        self._s3, self._bucket, self._manifest = s3, bucket, manifest
        self._odd = {} if odd is None else odd
        self._keys = Keys(manifest.name, manifest.id)
        self._signed = Signed(s3, bucket, self._keys)

    def importers(self) -> frozenset[str]:
        """The people who brought this content in; the manifest is what one of them has signed.

        Raises:
            MlopsError: nobody has signed this manifest, or another than it says.
        """
        return self._imported(self._read())

    def all(self) -> list[Review]:
        """Oldest first; without what is none, which decides nothing."""
        return [_review(record) for record in self._read().of(REVIEW)]

    def status(self) -> str:
        """Pending, Approved or Rejected: the last decision counts; of two at the same instant, the rejection.

        Decisions of an importer count only where the settings allow self-review.
        """
        found = self._read()
        importers = self._imported(found)
        own = any(it.person in importers for it in found.of(REVIEW))
        return found.status(self_review=own and self._self_review())

    def decide(self, decision: str, reason: str, reviewer: Signer, now: datetime | None = None) -> Review:
        """Record a decision; before an approval every table is compared with the manifest.

        Raises:
            RefusedInput: no reason, a longer one than a record holds, or no such decision.
            RefusedByPolicy: the reviewer imported the version, and the settings want another person.
            MlopsError: the tables are not those that the manifest describes.
        """
        reason = written.line(reason)
        if decision not in DECISIONS or not reason or len(reason) > written.LONGEST:
            raise RefusedInput(
                f"review of {self._label}: needs a decision (approve or reject) and a reason of at most "
                f"{written.LONGEST} characters"
            )
        if reviewer.person in self.importers() and not self._self_review():
            raise RefusedByPolicy(f"{reviewer.arn} imported {self._label}: another identity must {decision} it")
        if decision == "approve":
            self._ensure_tables()
        at = (now or datetime.now(UTC)).isoformat(timespec="seconds")
        for _ in range(_TRIES):
            before = self._read().of(REVIEW)
            number = before[-1].number + 1 if before else 1
            value = {"number": number, "status": DECISIONS[decision], "reason": reason, "at": at}
            value["previous_sha256"] = hashlib.sha256(before[-1].body).hexdigest() if before else ""
            if self._signed.put(reviewer, f"review-{number:06d}", value):
                return Review(**_facts(value), reviewer=reviewer.arn, reviewer_id=reviewer.id)
        raise MlopsError(f"review of {self._label}: too many reviews at the same time; try again")

    @property
    def _label(self) -> str:
        return f"{self._manifest.name}@{self._manifest.id}"

    def _read(self) -> Records:
        found = self._signed.read()
        self._odd |= dict(found.odd)
        return found

    def _imported(self, found: Records) -> frozenset[str]:
        if not found.imported(manifest_hash(self._manifest), self._manifest.created_by):
            raise MlopsError(f"{self._label}: nobody has signed that {self._manifest.created_by} imported it")
        return found.importers

    def _ensure_tables(self) -> None:
        """What is approved is what lies there: all of it, and byte for byte."""
        from botocore.exceptions import ClientError

        try:
            manifest = dataset_manifest.read(self._s3, self._bucket, self._keys.root, self._label)
            dataset_tables.ensure_content(self._s3, self._bucket, self._keys.root, manifest)
        except Odd as error:
            raise MlopsError(f"{self._label}: {error}; it cannot be approved: import it anew") from None
        except ClientError as error:
            said = error.response["Error"]
            why = said["Message"] if said["Code"] == DAMAGED else f"its tables cannot be read ({said['Code']})"
            raise MlopsError(f"{self._label}: {why}; it cannot be approved") from None

    def _self_review(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            found = written.fetched(self._s3, self._bucket, SETTINGS)
            return written.document(found.body).get("self_review") is True
        except Odd:
            return False
        except ClientError as error:
            if error.response["Error"]["Code"] in {"NoSuchKey", "404"}:
                return False
            raise


def _review(record: Record) -> Review:
    return Review(**_facts(record.value), reviewer=record.arn, reviewer_id=record.writer)


def _facts(value: Mapping[str, Any]) -> dict[str, Any]:
    facts = {name: value[name] for name in ("number", "status", "reason", "at", "previous_sha256")}
    return facts | {"reason": written.line(facts["reason"])}


def allow_self_review(s3: Any, bucket: str, allowed: bool) -> None:
    """The setting for all data sets: may an importer review what he imported?"""
    s3.put_object(Bucket=bucket, Key=SETTINGS, Body=pretty({"self_review": allowed}))
