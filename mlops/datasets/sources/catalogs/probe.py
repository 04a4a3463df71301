"""What the AWS registry does not say: sizes, formats and columns, from a listing and the first bytes of one table."""

import csv
import io
import zlib
from dataclasses import replace
from typing import Any

from mlops.datasets.sources.catalogs.model import PAYS, Item, Resource, kind
from mlops.errors import RefusedInput
from mlops.s3 import split

_HEAD = 65_536  # bytes of a table that are read
_LISTED = 1000  # objects: one page


def probe(s3: Any, item: Item, prefix: str = "", *, accept_costs: bool = False) -> Item:
    """The item with its objects (the first thousand) as resources, and the columns of the first CSV among them.

    Raises:
        RefusedInput: it names no bucket, may not be read as asked, or nothing is there.
    """
    if not item.resources or not item.fit_of_access.usable:
        raise RefusedInput(
            f"{item.reference}: cannot be looked into ({item.fit_of_access.reason or 'no bucket stated'})"
        )
    if item.access == PAYS and not accept_costs:
        raise RefusedInput(f"{item.reference}: the requester pays for the transfer; --accept-costs says that you will")
    payer = {"RequestPayer": "requester"} if accept_costs else {}
    bucket, start = split(item.resources[0].url + "/")
    start = prefix or start.rstrip("/")
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=start, MaxKeys=_LISTED, **payer).get("Contents", [])
    found = [(it["Key"], int(it["Size"])) for it in listed if it["Size"]]
    if not found:
        raise RefusedInput(f"{item.reference}: nothing at s3://{bucket}/{start}")
    resources = tuple(Resource(f"s3://{bucket}/{key}", _format(key), size) for key, size in found)
    tables = [key for key, _ in found if _format(key) == "csv"]
    return replace(item, resources=resources, columns=_columns(s3, bucket, tables[0], payer) if tables else ())


def _format(key: str) -> str:
    return kind(key.lower().removesuffix(".gz"))


def _columns(s3: Any, bucket: str, key: str, payer: dict[str, str]) -> tuple[str, ...]:
    body = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{_HEAD - 1}", **payer)["Body"].read()
    if key.lower().endswith(".gz"):
        try:
            body = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _HEAD)
        except zlib.error as error:
            raise RefusedInput(f"s3://{bucket}/{key}: not a readable gzip file ({error})") from None
    text = body.decode("utf-8-sig", errors="replace")
    return tuple(next(csv.reader(io.StringIO(text, newline="")), []))
