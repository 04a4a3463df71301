"""What others have decided about a data set, from records that each lie below their writer's own unique id.

The same rules as the registry's (``mlops.datasets.registry.reviews``), of which a function carries what it needs: the last decision
of somebody who did not import the version counts; of two at the same place in the chain, the rejection.
"""

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlops.bundled.dataset_tables import beside
from mlops.bundled.people import person_of_id
from mlops.bundled.requests import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

APPROVED, REJECTED, PENDING, UPLOADED = "approved", "rejected", "pending", "not registered"
_REGISTERED = re.compile(r"^s3://(?P<bucket>[^/]+)/datasets/(?P<name>[^/]+)/(?P<id>[0-9a-f]{12})/data/$")
_DECISIONS = {"Approved", "Rejected"}
_BY_NAME = "name the version as the registry does: mlops train --dataset NAME@v2"
_RECORD = re.compile(r"^(?P<writer>[^/]+)/(?P<kind>import|review)-(?P<number>[A-Za-z0-9]+)\.json$")


@dataclass(frozen=True)
class Review:
    """``status`` is approved, rejected, pending, or not registered (a folder that somebody has uploaded)."""

    status: str
    importers: frozenset[str] = frozenset()

    @property
    def usable(self) -> bool:
        """Whether a start needs no permission of its own: a rejected or pending version does."""
        return self.status in {APPROVED, UPLOADED}


def review(s3: "S3Client", bucket: str, dataset_id: str, uri: str) -> Review:
    """Of the data set at ``uri``; the id that the start gives has to be its own.

    Raises:
        Refused: the id is not that of the data at ``uri``.
    """
    match = _REGISTERED.match(uri)
    if match is None or match["bucket"] != bucket:
        if "@" in dataset_id:
            raise Refused("the data set's id is one of the registry, the data lie elsewhere", _BY_NAME)
        if f"//{bucket}/" in f"{uri}/":
            raise Refused("the data are no version of the registry (datasets/NAME/ID/data/)", _BY_NAME)
        return Review(UPLOADED)
    name, id_ = match["name"], match["id"]
    if dataset_id != f"{name}@{id_}":
        raise Refused(f"the data set's id is not that of its data, {name}@{id_}", _BY_NAME)
    strangers = beside(s3, bucket, f"datasets/{name}/{id_}/")
    if strangers:
        told = f"{len(strangers)} tables lie beside those of {name}@{id_}, which nobody has reviewed"
        raise Refused(told, "import the data set anew ('mlops dataset import') and have it reviewed")
    return _review(s3, bucket, name, id_)


def _review(s3: "S3Client", bucket: str, name: str, id_: str) -> Review:
    importers, decisions = set[str](), list[tuple[int, str, str]]()
    for writer, kind, number, value in _records(s3, bucket, f"signed/{name}/{id_}/"):
        if kind == "import":
            importers.add(person_of_id(writer))
        elif number.isdecimal() and value.get("status") in _DECISIONS:  # anything else is no decision
            decisions.append((int(number), str(value["status"]), person_of_id(writer)))
    return Review(_status(s3, bucket, importers, decisions), frozenset(importers))


def _status(s3: "S3Client", bucket: str, importers: set[str], decisions: list[tuple[int, str, str]]) -> str:
    if not importers:
        return PENDING  # nobody has signed that he brought it in
    counted = [it for it in decisions if it[2] not in importers or _self_review(s3, bucket)]
    if not counted:
        return PENDING
    last = max(number for number, _, _ in counted)
    return REJECTED if any(it[0] == last and it[1] == "Rejected" for it in counted) else APPROVED


def _records(s3: "S3Client", bucket: str, prefix: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(writer's unique id, kind, number, content) of every import and review."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    found = [(key, _RECORD.match(key.removeprefix(prefix))) for key in keys]
    return [
        (match["writer"], match["kind"], match["number"], _content(s3, bucket, key))
        for key, match in found
        if match is not None
    ]


def _content(s3: "S3Client", bucket: str, key: str) -> dict[str, Any]:
    """Empty of what is no record."""
    try:
        value = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _self_review(s3: "S3Client", bucket: str) -> bool:
    """Whether the registry's settings, which no importer may write, let people decide about what they imported."""
    try:
        body = s3.get_object(Bucket=bucket, Key="settings.json")["Body"].read()
    except s3.exceptions.NoSuchKey:
        return False
    return bool(json.loads(body).get("self_review", False))
