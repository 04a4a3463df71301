"""Bring a source's files into a folder: a local file or folder, an S3 URI, a URL, or a catalogue's id."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from mlops.aws import Aws, public_s3
from mlops.datasets.registry.manifest import Attribution
from mlops.datasets.sources import catalogs
from mlops.datasets.sources.catalogs.model import CONTROLLED, DEPRECATED, PAYS, Item, Resource
from mlops.datasets.sources.download import Downloader, Wanted
from mlops.datasets.sources.http import shown
from mlops.datasets.sources.unpack import ENDINGS, unpack
from mlops.errors import RefusedInput
from mlops.s3 import split

_PACKED = {*ENDINGS, ".zip", ".gz"}
_MOST_FILES = 200

Find = Callable[[str, str], Item]  # (catalogue, id)


class Fetcher:
    """Sources as one identity reaches them; downloads go through a cache."""

    def __init__(
        self, aws: Aws, downloader: Downloader, find: Find, accept: Callable[[Item], None] | None = None
    ) -> None:
        self._aws, self._downloader, self._find = aws, downloader, find
        self._accept = accept or (lambda _item: None)

    def fetch(self, source: str, folder: Path, *, accept_costs: bool = False) -> Attribution:
        """Put the source's files into ``folder``; says where they came from.

        Raises:
            RefusedInput: there is no such source, it holds no tables, or it may not be used as asked.
        """
        folder.mkdir(parents=True)
        head, _, tail = source.partition(":")
        if head in catalogs.SOURCES and tail:
            return self._catalogue(head, tail, folder, accept_costs)
        if head == "s3":
            return self._s3(self._aws.client("s3"), source, folder, accept_costs)
        if head in {"http", "https"}:
            return self._urls([Resource(source)], folder, Attribution(shown(source), url=shown(source)))
        return self._local(Path(source), folder)

    def _local(self, path: Path, folder: Path) -> Attribution:
        if path.is_dir():
            files = sorted(item for item in path.iterdir() if item.suffix.lower() in _PACKED)
        elif path.is_file():
            files = [path]
        else:
            raise RefusedInput(f"source {path}: no such file or folder")
        if not files:
            raise RefusedInput(f"source {path}: no tables there ({', '.join(sorted(_PACKED))})")
        for file in files:
            unpack(file, folder)
        return Attribution(source=str(path), retrieved_at=_now())

    def _catalogue(self, source: str, identifier: str, folder: Path, accept_costs: bool) -> Attribution:
        name, _, part = identifier.partition("/") if source == "aws" else (identifier, "", "")
        item = self._find(source, name)
        if item.access in {CONTROLLED, DEPRECATED}:
            raise RefusedInput(f"{item.reference}: access is {item.access}: see {item.url}")
        if item.access == PAYS and not accept_costs:
            raise RefusedInput(
                f"{item.reference}: the requester pays for the transfer; --accept-costs says that you will"
            )
        known = Attribution(item.reference, item.title, item.license, item.citation, item.url)
        if source != "aws":
            return self._urls(_tables(item), folder, known)
        if not part:
            places = ", ".join(it.url for it in item.resources) or "none"
            raise RefusedInput(f"{item.reference}: name the files, as aws:{item.id}/PREFIX (its buckets: {places})")
        bucket = split(item.resources[0].url + "/")[0]
        if item.access == PAYS:
            found = self._s3(self._aws.client("s3"), f"s3://{bucket}/{part}", folder, accept_costs)
        else:
            found = self._s3(public_s3(), f"s3://{bucket}/{part}", folder, accept_costs, public=True)
        return replace(found, **_said(known))

    def _urls(self, resources: list[Resource], folder: Path, known: Attribution) -> Attribution:
        entries = []
        for it in resources:
            got = self._downloader.fetch(Wanted(it.url, it.sha256, it.md5, it.bytes))
            entries.append(got.entry)
            named = folder.parent / _file_name(it)
            named.unlink(missing_ok=True)
            named.symlink_to(got.path.resolve())
            unpack(named, folder)
            named.unlink()
        first = entries[0]
        return replace(
            known,
            etag=first.etag,
            last_modified=first.last_modified,
            sha256=" ".join(entry.sha256 for entry in entries),
            retrieved_at=first.retrieved_at,
        )

    def _s3(self, s3: Any, uri: str, folder: Path, accept_costs: bool, *, public: bool = False) -> Attribution:
        """The tables below a prefix. What everybody may read goes through the caches; what is somebody's own does not."""
        bucket, prefix = split(uri)
        payer = {"RequestPayer": "requester"} if accept_costs else {}
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **payer)
        kept = [it for page in pages for it in page.get("Contents", []) if _wanted(it["Key"], prefix)]
        if not kept:
            raise RefusedInput(f"source {uri}: no tables there ({', '.join(sorted(_PACKED))})")
        if len(kept) > _MOST_FILES:
            raise RefusedInput(f"source {uri}: {len(kept)} files; name a prefix with at most {_MOST_FILES}")
        stage = folder.parent / "objects"
        stage.mkdir()
        for it in kept:
            key, target = it["Key"], stage / Path(it["Key"]).name

            def bring(path: Path, key: str = key) -> None:
                s3.download_file(bucket, key, str(path), ExtraArgs=payer)

            if public:
                wanted = Wanted(f"s3://{bucket}/{key}", bytes=it["Size"])
                target.symlink_to(self._downloader.object(wanted, it["ETag"], bring).path.resolve())
            else:
                bring(target)
            unpack(target, folder)
            target.unlink()
        return Attribution(source=uri, retrieved_at=_now())


def _wanted(key: str, prefix: str) -> bool:
    inside = key == prefix or not prefix or prefix.endswith("/") or key.startswith(prefix + "/")
    return inside and Path(key).suffix.lower() in _PACKED


def _tables(item: Item) -> list[Resource]:
    """The resources that can be read; the CSV ones alone where there are such."""
    useful = [it for it in item.resources if it.url and Path(_file_name(it)).suffix.lower() in _PACKED]
    tables = [it for it in useful if it.format == "csv"] or useful
    if not tables:
        formats = ", ".join(item.formats) or "none stated"
        raise RefusedInput(f"{item.reference}: no tables that can be read (formats: {formats}): see {item.url}")
    return tables


def _file_name(resource: Resource) -> str:
    """A file name that says what is in it."""
    name = Path(unquote(urlsplit(resource.url).path)).name or "table"
    known = Path(name).suffix.lower() in _PACKED
    return name if known else f"{name}.{resource.format or 'csv'}"


def _said(known: Attribution) -> dict[str, Any]:
    names = ("source", "title", "license", "citation", "url")
    return {name: getattr(known, name) for name in names}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
