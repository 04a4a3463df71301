"""The audit trail: who did what to which thing, when and why, as entries on S3 that nobody can change without it showing.

Every entry has the SHA-256 of its own content and that of the entry before it, and is written under the next number on condition
that nobody has written there (If-None-Match), so that of racing writers each gets a number of his own. Entries are never written
twice: the bucket keeps versions, so a second version or a deletion is itself a finding. Events come at least once: an entry about one
holds its id, and the second attempt finds the first one's entry.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mlops.bundled import s3_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "audit/"
_DIGITS, _TRIES = 8, 50
_NUMBERED = re.compile(rf"[0-9]{{{_DIGITS}}}\.json")  # what an entry is called; nothing else below a trail is one
REGISTERED = "register"  # the action of an entry that says what a version was registered as
_EVENT = "event"  # of an entry's details: the id of the event that it is about
_SKEW = timedelta(minutes=15)  # between the clock of an event and that of whoever writes


@dataclass(frozen=True)
class Entry:
    """One thing that was done; ``at`` is when it was decided, ``written_at`` when it was recorded (both UTC)."""

    number: int
    at: str
    action: str
    subject: str
    by: str
    reason: str
    outcome: str
    written_at: str
    previous_sha256: str
    sha256: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 of everything but the digest itself; entries of earlier versions have no details."""
        content = {name: value for name, value in asdict(self).items() if name != "sha256"}
        if not self.details:
            del content["details"]
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True)
class Verified:
    """A trail as it was found: its entries, and everything that is wrong with them, one line each."""

    scope: str
    entries: tuple[Entry, ...]
    problems: tuple[str, ...]

    @property
    def head(self) -> str:
        """``number:sha256`` of the newest entry; whoever keeps it elsewhere can tell later whether entries at the end are missing."""
        return f"{self.entries[-1].number}:{self.entries[-1].sha256}" if self.entries else "0:"


def audit_bucket(account: str) -> str:
    """Name of the bucket that holds every trail of an account."""
    return f"mlops-audit-{account}"


def scopes(s3: "S3Client", bucket: str) -> list[str]:
    """Every project (or ``platform``) that has a trail."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX, Delimiter="/")
    found = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
    return sorted(prefix.removeprefix(PREFIX).rstrip("/") for prefix in found)


class Trail:
    """The entries of one project; ``s3`` is a boto3 client."""

    def __init__(self, s3: "S3Client", bucket: str, scope: str) -> None:
        self._s3, self._bucket, self.scope = s3, bucket, scope
        self._prefix = f"{PREFIX}{scope}/"

    def append(
        self,
        action: str,
        subject: str,
        *,
        by: str,
        reason: str = "",
        outcome: str = "",
        at: str = "",
        details: Mapping[str, Any] | None = None,
        once: str = "",
        since: str = "",
    ) -> Entry:
        """Write the next entry; of racing writers each gets a number of his own. ``details`` is plain JSON.

        ``once`` is the id of the event that the entry is about, which may come again: where the trail has an entry of this action
        about it, that one is the answer. ``since`` is when the event was made: no entry about it was written before.

        Raises:
            RuntimeError: others kept writing.
        """
        told = dict(details or {}) | ({_EVENT: once} if once else {})
        read: dict[str, Entry] = {}
        for _ in range(_TRIES):
            # whoever writes after this look takes the number that is tried below
            keys = self._keys()
            if once and (known := self._about(once, action, keys, since, read)):
                return known
            last = self._entry(keys[-1], read) if keys else None
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            entry = Entry(
                number=last.number + 1 if last else 1,
                at=at or now,
                action=action,
                subject=subject,
                by=by,
                reason=reason,
                outcome=outcome,
                written_at=now,
                previous_sha256=last.sha256 if last else "",
                details=told,
            )
            entry = replace(entry, sha256=entry.digest())
            if self._put(entry):
                return entry
        raise RuntimeError(f"audit trail {self.scope}: others kept writing")

    def entries(self) -> list[Entry]:
        """Oldest first, as they are; ``verify`` says whether they are to be trusted.

        Raises:
            ValueError: one cannot be read at all.
        """
        return [_parsed(self._read(key), key) for key in self._keys()]

    def readable(self) -> tuple[list[Entry], list[str]]:
        """(entries that can be read, oldest first; what is wrong with each of the others, in a line)."""
        entries, odd = list[Entry](), list(self._strange())
        for key in self._keys():
            try:
                entries.append(_parsed(self._read(key), key))
            except ValueError as error:
                odd.append(str(error))
        return entries, odd

    def newest(self, wanted: Callable[[Entry], bool]) -> Entry | None:
        """The newest entry that is wanted, read from the end; None where there is none.

        Raises:
            ValueError: one that was looked at cannot be read, or was edited.
        """
        for key in reversed(self._keys()):
            entry = _parsed(self._read(key), key)
            if entry.digest() != entry.sha256:
                raise ValueError(f"{key} was edited: its content has another digest than it says")
            if wanted(entry):
                return entry
        return None

    def verify(self, head: str = "") -> Verified:
        """Check digests, order, completeness and that nothing was ever overwritten; ``head`` is one that was noted earlier."""
        problems, entries = [*self._touched(), *self._strange()], []
        for key in self._keys():
            try:
                entry = _parsed(self._read(key), key)
            except ValueError as error:
                problems.append(str(error))
                continue
            entries.append((self._number(key), entry))
        problems += _chain(entries)
        found = Verified(self.scope, tuple(entry for _, entry in entries), tuple(problems))
        return replace(found, problems=(*problems, *_missing_head(found.entries, head)))

    def _touched(self) -> Iterator[str]:
        """Keys that were deleted or written more than once."""
        versions: dict[str, int] = {}
        pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=self._prefix)
        for page in pages:
            for item in page.get("DeleteMarkers", []):
                yield f"entry {self._number(item['Key'])} was removed"
            for item in page.get("Versions", []):
                versions[item["Key"]] = versions.get(item["Key"], 0) + 1
        for key, count in sorted(versions.items()):
            if count > 1:
                yield f"entry {self._number(key)} was overwritten: it has {count} versions"

    def _about(self, event: str, action: str, keys: Sequence[str], since: str, read: dict[str, Entry]) -> Entry | None:
        """The entry of an action about an event; looked for from the end to what was written before the event."""
        begin = datetime.fromisoformat(since) - _SKEW if since else None
        for key in reversed(keys):
            entry = self._entry(key, read)
            if entry.action == action and entry.details.get(_EVENT) == event:
                return entry
            if begin is not None and datetime.fromisoformat(entry.written_at) < begin:
                return None
        return None

    def _entry(self, key: str, read: dict[str, Entry]) -> Entry:
        if key not in read:
            read[key] = _parsed(self._read(key), key)
        return read[key]

    def _keys(self) -> list[str]:
        """Of entries, by their number: what is called otherwise decides nothing, and stops nobody."""
        return [key for key in self._there() if self._is_entrys(key)]

    def _strange(self) -> Iterator[str]:
        """What is wrong with each object that is no entry by its name."""
        yield from (
            f"{key} is no entry: it was put there by somebody else" for key in self._there() if not self._is_entrys(key)
        )

    def _is_entrys(self, key: str) -> bool:
        return _NUMBERED.fullmatch(key.removeprefix(self._prefix)) is not None

    def _there(self) -> list[str]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", []))

    def _read(self, key: str) -> bytes:
        return bytes(s3_json.got(self._s3, self._bucket, key)["Body"].read())

    def _put(self, entry: Entry) -> bool:
        body = json.dumps(asdict(entry), sort_keys=True, indent=1).encode()
        key = f"{self._prefix}{entry.number:0{_DIGITS}d}.json"
        return s3_json.put_new(self._s3, self._bucket, key, body)

    def _number(self, key: str) -> str:
        name = key.removeprefix(self._prefix).removesuffix(".json")
        return str(int(name)) if name.isdigit() else name


def _parsed(body: bytes, key: str) -> Entry:
    try:
        content: Mapping[str, Any] = json.loads(body)
        return Entry(**content)
    except (RecursionError, TypeError, ValueError):
        raise ValueError(f"{key} is no entry: it was edited or put there by somebody else") from None


def _chain(entries: list[tuple[str, Entry]]) -> Iterator[str]:
    """What is wrong with entries in the order of their keys."""
    before: Entry | None = None
    for place, entry in entries:
        expected = before.number + 1 if before else 1
        if entry.digest() != entry.sha256:
            yield f"entry {place} was edited: its content has another digest than it says"
        if place != str(entry.number):
            yield f"entry {entry.number} stands in the place of entry {place}: entries were reordered"
        elif entry.number != expected:
            yield (
                f"entries {expected} to {entry.number - 1} are missing"
                if entry.number - expected > 1
                else (f"entry {expected} is missing")
            )
        elif before and entry.previous_sha256 != before.sha256:
            yield f"entry {before.number} is not the one that entry {place} was written after: it was replaced"
        before = replace(entry, number=int(place)) if place.isdigit() else entry


def _missing_head(entries: tuple[Entry, ...], head: str) -> Iterator[str]:
    number, _, digest = head.partition(":")
    if head and not any(str(entry.number) == number and entry.sha256 == digest for entry in entries):
        yield f"entry {number} with digest {digest} was noted earlier and is not here any more"
