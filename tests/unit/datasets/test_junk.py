"""Whatever one person puts where he may write, the others' data sets are listed, shown and trained on as before."""

import copy
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops.aws import Aws
from mlops.bundled import announced, requests
from mlops.bundled.dataset_manifest import content_id
from mlops.bundled.reviews import Review, review
from mlops.bundled.written import Odd
from mlops.datasets.registry.registry import Registry

BUCKET, TABLE, SCHEMA = "mlops-datasets-000000000000", b"a\n", "5" * 64
ARN = "arn:aws:sts::000000000000:assumed-role/mlops-data-scientist/"
ANN, BEN, MALLORY = "AROA1:ann", "AROA2:ben", "AROA3:mallory"
AT = "2026-01-01T00:00:00+00:00"
ID = content_id({"fills.csv": {"sha256": hashlib.sha256(TABLE).hexdigest(), "bytes": 2}}, SCHEMA)


@dataclass
class Store:
    """S3 as far as data sets are read, in memory: one VersionId an object."""

    objects: dict[str, bytes] = field(default_factory=dict)
    listing: str = ""

    class exceptions:  # noqa: N801 (boto3's name)
        """S3's."""

        class NoSuchKey(ClientError):
            """There is no object."""

    def head_bucket(self, Bucket: str) -> None:
        """It is there."""
        assert Bucket == BUCKET

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        """An object."""
        if Key not in self.objects:
            raise self.exceptions.NoSuchKey({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        body = self.objects[Key]
        facts = {"ContentLength": len(body), "VersionId": "1", "LastModified": datetime.now(UTC)}
        return {"Body": io.BytesIO(body), **facts}

    def get_paginator(self, name: str) -> "Store":
        """Of both listings."""
        return Store(self.objects, name)

    def paginate(self, Bucket: str, Prefix: str, Delimiter: str = "") -> Iterator[dict[str, Any]]:
        """One page."""
        keys = sorted(key for key in self.objects if key.startswith(Prefix))
        folders = {f"{Prefix}{key.removeprefix(Prefix).partition('/')[0]}/" for key in keys} if Delimiter else set()
        found = [{"Key": key, "VersionId": "1", "IsLatest": True} for key in keys]
        member = "Versions" if self.listing == "list_object_versions" else "Contents"
        yield {member: found, "CommonPrefixes": [{"Prefix": it} for it in sorted(folders)]}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _manifest(name: str, by: str) -> dict[str, Any]:
    table = {"path": "fills.csv", "sha256": hashlib.sha256(TABLE).hexdigest(), "bytes": 2, "rows": 1, "version_id": "1"}
    told = {"name": name, "id": ID, "files": [table], "schema_sha256": SCHEMA, "created_at": AT, "created_by": ARN + by}
    return told | {"source": {"source": "somewhere", "warnings": {}}, "parent": "", "split": {}, "warnings": {}}


def _signed(value: dict[str, Any], who: str) -> dict[str, Any]:
    return {"at": AT, **value, "signed_by": {"arn": ARN + who.partition(":")[2], "id": who}}


def _review(number: int, status: str, who: str) -> dict[str, Any]:
    value = {"number": number, "status": status, "reason": "looked", "previous_sha256": ""}
    return _signed(value, who)


def _registry() -> dict[str, bytes]:
    """One approved version."""
    from mlops.datasets.registry.manifest import parsed, pretty

    manifest = pretty(parsed(_json(_manifest("good", "ann"))).to_json())
    signature = hashlib.sha256(manifest).hexdigest()
    return {
        f"datasets/good/{ID}/data/fills.csv": TABLE,
        f"datasets/good/{ID}/manifest.json": manifest,
        "datasets/good/aliases/v1.json": _json({"id": ID}),
        f"signed/good/{ID}/{ANN}/import-{signature[:16]}.json": _json(_signed({"manifest_sha256": signature}, ANN)),
        f"signed/good/{ID}/{BEN}/review-000001.json": _json(_review(1, "Approved", BEN)),
    }


GOOD = _registry()
# keys that mallory may write, and what would be right there: junk is often nearly right
PLACES: dict[str, Any] = {
    "datasets/good/aliases/oops.json": {},
    "datasets/good/aliases/v3.json": {"id": ID},
    "datasets/bad/aliases/v1.json": {"id": ID},
    f"datasets/bad/{ID}/manifest.json": _manifest("bad", "mallory"),
    f"datasets/Bad Name/{ID}/manifest.json": _manifest("bad", "mallory"),
    f"signed/good/{ID}/{MALLORY}/import-0123456789abcdef.json": _signed({"manifest_sha256": "0" * 64}, MALLORY),
    f"signed/good/{ID}/{MALLORY}/use-0123456789abcdef.json": _signed(
        {"project": "p", "run": "r", "status": "x"}, MALLORY
    ),
    f"signed/good/{ID}/{MALLORY}/review-000009.json": _review(9, "Rejected", MALLORY),
    f"signed/good/{ID}/{MALLORY}/review-x.json": _review(1, "Rejected", MALLORY),
    f"signed/good/{ID}/{MALLORY}/anything": {},
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["v1", "../x", "\ud800", ID]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def junk(draw: st.DrawFn, right: Any) -> bytes:
    """Bytes, JSON, or what is right with one of its members (of any depth) exchanged or left out."""
    kind = draw(st.sampled_from(["bytes", "json", "nearly", "nearly", "right", "deep"]))
    if kind in {"bytes", "deep"}:
        return draw(st.binary(max_size=20)) if kind == "bytes" else b"[" * 50_000
    value = copy.deepcopy(right)
    if kind == "json":
        value = draw(JSON)
    place = value
    while kind == "nearly" and isinstance(place, (dict, list)) and place:
        name = draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
        if isinstance(place[name], (dict, list)) and draw(st.booleans()):
            place = place[name]
            continue
        if draw(st.booleans()):
            del place[name]
        else:
            place[name] = draw(JSON)
        break
    return _json(value)


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, bytes]:
    """What mallory has put into the registry."""
    keys = draw(st.sets(st.sampled_from(sorted(PLACES)), min_size=1))
    return {key: draw(junk(PLACES[key])) for key in sorted(keys)}


@given(spoilt())
@settings(max_examples=150, deadline=None)
def test_junk_of_one_stops_nobody_else(put: dict[str, bytes]) -> None:
    """The command's side and the function's: the good version is found, approved, used and trained on; what is odd is told."""
    store = Store({**put, **GOOD})
    registry = Registry(cast("Aws", SimpleNamespace(client=lambda _: store, account="000000000000")))
    versions = {str(it) for name in registry.names() for it in registry.versions(name)}
    assert "good@v1" in versions
    version = registry.for_training("good")
    assert (version.manifest.id, version.alias) == (ID, "v1")
    assert [it.reviewer_id for it in registry.reviews(version).all()] == [BEN]
    assert all(it["by"] for it in registry.uses(version))
    assert all(told.isprintable() for told in registry.odd)
    place = f"s3://{BUCKET}/datasets/good/{ID}/data/"
    assert _authorized(store, place).status == "approved"


def _authorized(store: Store, place: str) -> Review:
    return review(cast("Any", store), BUCKET, "p-data", f"good@{ID}", place)


REQUEST = {
    "by": ARN + "mallory",
    "pipeline": "p-training",
    "parameters": {"DatasetUri": "s3://b/datasets/d/", "DatasetId": "d"},
    "purpose": "train",
    "reason": "",
    "allow_unapproved": False,
    "at": AT,
    "definition": "0" * 64,
    "tables": "0" * 64,
}
ANNOUNCED = {
    "uri": "s3://b/datasets/d/0123456789ab/data/",
    "id": "d@0123456789ab",
    "version": 1,
    "at": AT,
    "people": ["alice"],
}


@given(junk(REQUEST), junk(ANNOUNCED))
@settings(max_examples=150, deadline=None)
def test_requests_and_announcements_are_what_they_should_be_or_odd(request: bytes, value: bytes) -> None:
    """Nothing of what can be written there ends in an error of Python's, and what is taken has texts where texts belong."""
    found = _understood(request)
    if found is not None:
        texts = (found.by, found.pipeline, found.reason, found.at, found.definition, *found.parameters.values())
        assert all(isinstance(it, str) and it.isprintable() for it in texts)
    told = announced.known(value.decode(errors="replace"))
    assert told is None or all(isinstance(it, str) for it in (told.uri, told.id, told.at, *told.people))
    assert told is None or told.version > 0


def _understood(body: bytes) -> requests.Request | None:
    try:
        return requests.parsed(MALLORY, "0" * 32, body)
    except Odd:
        return None
