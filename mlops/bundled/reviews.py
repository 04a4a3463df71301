"""What others have decided about a data set, and whether its tables are those that they have looked at."""

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlops.bundled import dataset_manifest, dataset_records, dataset_tables, rehearsal, written
from mlops.bundled.dataset_place import Place, place
from mlops.bundled.requests import Refused
from mlops.bundled.written import Odd

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

APPROVED, UPLOADED = "approved", "not registered"
_BY_NAME = "name the version as the registry does: mlops train --dataset NAME@v2"
_ANEW = "import the data set anew ('mlops dataset import') and have it reviewed"


@dataclass(frozen=True)
class Review:
    """``status`` is approved, rejected, pending, not registered (a folder that somebody has uploaded), or that of a rehearsal.

    ``tables`` is the digest of what lies there now; empty of a version of the registry, whose manifest pins it.
    """

    status: str
    importers: frozenset[str] = frozenset()
    tables: str = ""

    @property
    def usable(self) -> bool:
        """Whether a start needs no permission of its own: a rejected or pending version does."""
        return self.status in {APPROVED, UPLOADED, rehearsal.STATUS}


def review(s3: "S3Client", registry: str, own: str, dataset_id: str, uri: str) -> Review:
    """Of the data set at ``uri``, in the registry's bucket or the project's own; the id that the start gives has to be its own.

    Raises:
        Refused: the data lie elsewhere, the id is not that of the data, or the tables are not those of the version.
    """
    where = place(uri, registry, own)
    if where is None:
        raise Refused(
            f"the data are neither a version of the registry (s3://{registry}/datasets/NAME/ID/data/) nor a folder of the "
            f"project's own (s3://{own}/datasets/FOLDER/), spelt so",
            _BY_NAME,
        )
    if not where.registered:
        if "@" in dataset_id:
            raise Refused("the data set's id is one of the registry, the data lie elsewhere", _BY_NAME)
        if where.rehearsed != dataset_id.startswith(rehearsal.NAMED):
            raise Refused(
                f"{rehearsal.NAMED}... is what data sets below {rehearsal.PREFIX} are called, and no others", _BY_NAME
            )
        status = rehearsal.STATUS if where.rehearsed else UPLOADED
        return Review(status, tables=dataset_tables.digest(dataset_tables.present(s3, where.bucket, where.prefix)))
    if dataset_id != where.dataset_id:
        raise Refused(f"the data set's id is not that of its data, {where.dataset_id}", _BY_NAME)
    try:
        return _registered(s3, where)
    except Odd as error:
        raise Refused(f"data set {dataset_id}: {error}", _ANEW) from None


def _registered(s3: "S3Client", where: Place) -> Review:
    """Of a version whose manifest is its own, signed by its importer, and whose tables are those that the manifest names."""
    from botocore.exceptions import ClientError

    try:
        manifest = dataset_manifest.read(s3, where.bucket, where.root, where.dataset_id)
    except ClientError as error:
        raise Odd(f"its manifest cannot be read ({error.response['Error']['Code']})") from None
    dataset_tables.ensure_published(s3, where.bucket, where.root, manifest)
    found = dataset_records.read(s3, where.bucket, f"signed/{where.name}/{where.id}/")
    if found.odd:
        sys.stdout.write(json.dumps({"odd": len(found.odd), "first": found.odd[0]}) + "\n")  # they decide nothing
    if not found.imported(manifest.manifest_sha256, manifest.created_by):
        return Review(
            dataset_records.PENDING.lower(), found.importers
        )  # nobody has signed that he brought this very content in
    return Review(found.status(self_review=_self_review(s3, where.bucket)).lower(), found.importers)


def _self_review(s3: "S3Client", bucket: str) -> bool:
    """Whether the registry's settings, which no importer may write, let people decide about what they imported."""
    try:
        found = written.fetched(s3, bucket, "settings.json")
        return written.document(found.body).get("self_review") is True
    except (s3.exceptions.NoSuchKey, Odd):
        return False
