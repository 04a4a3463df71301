"""Signed records about a version of a data set: who imported, reviewed and used it, each below its writer's own unique id.

``signed/<name>/<id>/<aws:userid>/<kind>-<number>.json``. The bucket's policy says who writes where; what he writes there is his word.
What is no record, claims another signer or follows no earlier review decides nothing, and is told as odd: nobody can stop the others.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlops.bundled import written
from mlops.bundled.people import person_of_id
from mlops.bundled.written import Odd

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

APPROVED, REJECTED, PENDING = "Approved", "Rejected", "Pending"
IMPORT, REVIEW, USE = "import", "review", "use"
_PLACE = re.compile(rf"([A-Za-z0-9:+=,.@_-]+)/(({IMPORT}|{REVIEW}|{USE})-[A-Za-z0-9]+)\.json")
_ARN = re.compile(r"arn:[\w-]+:(?:sts|iam)::\d{12}:(?:(?P<role>assumed-role/[\w+=.@-]+)/)?[\w+=,.@/-]+", re.ASCII)
_SESSION = re.compile(r":assumed-role/[^/]+/(.+)$")
_FORMER = re.compile(r"[0-9a-f]{64}|")
_DECISION = re.compile(f"{APPROVED}|{REJECTED}")


@dataclass(frozen=True)
class Record:
    """One record: ``name`` is its kind and number (``review-000001``), ``writer`` IAM's unique id, ``arn`` his own word."""

    name: str
    writer: str
    arn: str
    value: Mapping[str, Any]
    body: bytes

    @property
    def kind(self) -> str:
        """import, review or use."""
        return self.name.partition("-")[0]

    @property
    def person(self) -> str:
        """Who wrote it, on IAM's word."""
        return person_of_id(self.writer)

    @property
    def number(self) -> int:
        """Of a review: its place in the chain."""
        return int(self.value["number"])


@dataclass(frozen=True)
class Records:
    """What was found: records by name and writer, everybody below whose id an import lies, and (key, why) of what is no record."""

    found: tuple[Record, ...]
    importers: frozenset[str]
    odd: tuple[tuple[str, str], ...]

    def of(self, kind: str) -> list[Record]:
        """Records of one kind."""
        return [it for it in self.found if it.kind == kind]

    def imported(self, manifest_sha256: str, by: str) -> bool:
        """Whether he who says of himself that he imported it has signed this very manifest."""
        signed = (it for it in self.of(IMPORT) if it.value["manifest_sha256"] == manifest_sha256)
        return any(it.arn == by for it in signed)

    def status(self, *, self_review: bool) -> str:
        """The last decision of somebody who did not import the version; of two at the same place in the chain, the rejection."""
        counted = [it for it in self.of(REVIEW) if self_review or it.person not in self.importers]
        if not counted:
            return PENDING
        last = max(it.number for it in counted)
        return REJECTED if any((it.number, it.value["status"]) == (last, REJECTED) for it in counted) else APPROVED


def read(s3: "S3Client", bucket: str, prefix: str) -> Records:
    """All records below ``prefix``."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    found, odd, importers = list[Record](), list[tuple[str, str]](), set[str]()
    for key in keys:
        place = _PLACE.fullmatch(key.removeprefix(prefix))
        if place is None:
            odd.append((key, "no record's name"))
            continue
        if place[3] == IMPORT:
            importers.add(person_of_id(place[1]))  # whatever he has written there: a false word adds somebody
        try:
            found.append(parsed(place[2], place[1], written.fetched(s3, bucket, key).body))
        except Odd as error:
            odd.append((key, str(error)))
    reviews, loose = chained([it for it in found if it.kind == REVIEW])
    odd += [
        (f"{prefix}{it.writer}/{it.name}.json", "the review that it follows was changed or is missing") for it in loose
    ]
    others = [it for it in found if it.kind != REVIEW]
    return Records(tuple(sorted([*others, *reviews], key=_order)), frozenset(importers), tuple(odd))


def parsed(name: str, writer: str, body: bytes) -> Record:
    """The record of this name that ``writer`` has written.

    Raises:
        Odd: it is none, or it claims another signer.
    """
    value = written.document(body)
    signer = value.pop("signed_by", None)
    if not isinstance(signer, dict):
        raise Odd("it does not say who signed it")
    arn, id_ = written.matching(signer, "arn", _ARN), written.text(signer, "id")
    session = _SESSION.search(arn)
    if id_ != writer or (session is not None and session.group(1) != person_of_id(writer)):
        raise Odd(f"says that {arn} signed it, but {writer} wrote it")
    kind, _, number = name.partition("-")
    {IMPORT: _import, REVIEW: _review, USE: _use}[kind](value, number)
    return Record(name, writer, arn, value, body)


def chained(found: Iterable[Record]) -> tuple[list[Record], list[Record]]:
    """Reviews by number, each of which names the hash of one with the number before (two may follow the same one); and the others."""
    kept, loose = list[Record](), list[Record]()
    hashes = defaultdict(set, {0: {""}})
    for record in sorted(found, key=_order):
        if record.value["previous_sha256"] in hashes[record.number - 1]:
            hashes[record.number].add(hashlib.sha256(record.body).hexdigest())
            kept.append(record)
        else:
            loose.append(record)
    return kept, loose


def _order(record: Record) -> tuple[str, str]:
    return record.name, record.writer


def _import(value: Mapping[str, Any], _number: str) -> None:
    written.sha256(value, "manifest_sha256")
    _time(value)


def _review(value: Mapping[str, Any], number: str) -> None:
    if number != f"{written.number(value, 'number'):06d}" or int(number) < 1:
        raise Odd("its number is not that of its name")
    written.matching(value, "status", _DECISION)
    written.matching(value, "previous_sha256", _FORMER)
    written.words(value, "reason")
    _time(value)


def _use(value: Mapping[str, Any], _number: str) -> None:
    for name in ("project", "run", "status"):
        written.text(value, name)
    _time(value)


def _time(value: Mapping[str, Any]) -> None:
    try:
        if datetime.fromisoformat(written.text(value, "at")).tzinfo is not None:
            return
    except ValueError:
        pass
    raise Odd("its at is no time with an offset")
