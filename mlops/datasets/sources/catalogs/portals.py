"""Catalogues that are asked over HTTP: UCI, CKAN portals, data.gov, OpenML, Hugging Face. Base URLs can be set."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from mlops.datasets.sources.catalogs.model import CONTROLLED, DEPRECATED, OPEN, Item, Resource, kind, plain
from mlops.datasets.sources.http import Limits, read_json
from mlops.datasets.sources.licences import spdx
from mlops.errors import RefusedInput


@dataclass(frozen=True)
class Portal:
    """What all have in common."""

    base: str
    limits: Limits = field(default_factory=Limits)
    key: str = ""

    def ask(self, path: str, **query: object) -> Any:
        """A JSON answer below the base URL."""
        headers = {"X-Api-Key": self.key} if self.key else {}
        tail = f"?{urlencode(query)}" if query else ""
        return read_json(f"{self.base.rstrip('/')}{path}{tail}", self.limits, headers)


class Uci(Portal):
    """The UCI Machine Learning Repository; everything there is CC BY 4.0."""

    def search(self, text: str, limit: int) -> list[Item]:
        """By name; the list holds ids and names only, so each is looked up."""
        found = self.ask("/api/datasets/list", search=text).get("data") or []
        return [self.find(str(it["id"])) for it in found[:limit]]

    def find(self, identifier: str) -> Item:
        """By number, for example 296."""
        data = self.ask("/api/dataset", id=identifier).get("data")
        if not data:
            raise RefusedInput(f"uci:{identifier}: there is no such data set")
        address = str(data.get("data_url") or "")
        return Item(
            source="uci",
            id=str(data["uci_id"]),
            title=plain(data["name"]),
            description=plain(data.get("abstract") or (data.get("additional_info") or {}).get("summary")),
            license="CC-BY-4.0",
            url=str(data.get("repository_url") or ""),
            resources=(Resource(address, kind(address)),) if address else (),
            columns=tuple(str(it["name"]) for it in data.get("variables") or []),
            rows=data.get("num_instances"),
            citation=f"doi:{data['dataset_doi']}" if data.get("dataset_doi") else "",
            updated=str(data.get("last_updated") or ""),
        )


class Ckan(Portal):
    """Any CKAN portal (Action API 3)."""

    source = "ckan"

    def search(self, text: str, limit: int) -> list[Item]:
        """Full text."""
        found = self.ask("/api/3/action/package_search", q=text, rows=limit)["result"]["results"]
        return [self._item(it) for it in found]

    def find(self, identifier: str) -> Item:
        """By name or id."""
        return self._item(self.ask("/api/3/action/package_show", id=identifier)["result"])

    def _item(self, value: dict[str, Any]) -> Item:
        return Item(
            source="ckan",
            id=str(value["name"]),
            title=plain(value.get("title") or value["name"]),
            description=plain(value.get("notes")),
            license=spdx(str(value.get("license_title") or value.get("license_id") or "")),
            url=str(value.get("url") or f"{self.base}/dataset/{value['name']}"),
            access=CONTROLLED if value.get("private") else OPEN,
            resources=tuple(_ckan_resource(it) for it in value.get("resources") or [] if it.get("url")),
            updated=str(value.get("metadata_modified") or ""),
            tags=tuple(str(it["name"]) for it in value.get("tags") or []),
        )


def _ckan_resource(value: dict[str, Any]) -> Resource:
    size, digest = str(value.get("size") or ""), str(value.get("hash") or "")
    return Resource(
        str(value["url"]),
        kind(str(value["url"]), str(value.get("format") or "")),
        int(size) if size.isdigit() else None,
        sha256=digest if len(digest) == 64 else "",
        md5=digest if len(digest) == 32 else "",
    )


class DataGov(Portal):
    """data.gov's Catalog API, which has replaced its CKAN; records are DCAT-US."""

    def search(self, text: str, limit: int) -> list[Item]:
        """Full text."""
        return [self._item(it) for it in self.ask("/search", q=text, per_page=limit).get("results") or []]

    def find(self, identifier: str) -> Item:
        """By the slug that a search has shown."""
        for item in self.search(identifier.replace("-", " "), 50):
            if item.id == identifier:
                return item
        raise RefusedInput(f"datagov:{identifier}: there is no such data set")

    def _item(self, value: dict[str, Any]) -> Item:
        record = value.get("dcat") or value
        identifier = str(value.get("slug") or value.get("identifier") or record.get("identifier"))
        level = str(record.get("accessLevel") or "public")
        files = [it for it in record.get("distribution") or [] if it.get("downloadURL")]
        return Item(
            source="datagov",
            id=identifier,
            title=plain(record.get("title") or value.get("title")),
            description=plain(record.get("description") or value.get("description")),
            license=spdx(str(record.get("license") or "")),
            url=str(record.get("landingPage") or f"{self.base}/dataset/{identifier}"),
            access=OPEN if level == "public" else CONTROLLED,
            resources=tuple(
                Resource(str(it["downloadURL"]), kind(str(it["downloadURL"]), str(it.get("mediaType") or "")))
                for it in files
            ),
            updated=str(record.get("modified") or ""),
            tags=tuple(map(str, record.get("keyword") or [])),
        )


class OpenMl(Portal):
    """OpenML; its files are ARFF, which the import converts."""

    def search(self, text: str, limit: int) -> list[Item]:
        """By the data set's exact name, as its API can."""
        answer = self.ask(f"/api/v1/json/data/list/data_name/{quote(text)}/limit/{limit}")
        return [self._listed(it) for it in answer["data"]["dataset"]]

    def _listed(self, value: dict[str, Any]) -> Item:
        qualities = {it["name"]: it["value"] for it in value.get("quality") or []}
        count = qualities.get("NumberOfInstances")
        return Item(
            source="openml",
            id=str(value["did"]),
            title=f"{value['name']} (version {value['version']})",
            url=f"https://www.openml.org/d/{value['did']}",
            access=DEPRECATED if value.get("status") == "deactivated" else OPEN,
            resources=(Resource("", str(value.get("format", "")).lower()),),
            rows=int(float(count)) if count else None,
        )

    def find(self, identifier: str) -> Item:
        """By number, for example 37."""
        data = self.ask(f"/api/v1/json/data/{quote(identifier)}")["data_set_description"]
        return Item(
            source="openml",
            id=str(data["id"]),
            title=f"{data['name']} (version {data['version']})",
            description=plain(data.get("description")),
            license=spdx("" if str(data.get("licence")) == "Public" else str(data.get("licence") or "")) or "public",
            url=f"https://www.openml.org/d/{data['id']}",
            access=DEPRECATED if data.get("status") == "deactivated" else OPEN,
            resources=(
                Resource(str(data["url"]), str(data["format"]).lower(), md5=str(data.get("md5_checksum") or "")),
            ),
            citation=plain(data.get("citation"), 300),
            updated=str(data.get("upload_date") or ""),
        )


class HuggingFace(Portal):
    """The Hugging Face hub."""

    def search(self, text: str, limit: int) -> list[Item]:
        """By name and description."""
        return [self._item(it) for it in self.ask("/api/datasets", search=text, limit=limit, full="true")]

    def find(self, identifier: str) -> Item:
        """By ``owner/name``, with sizes and hashes of its files."""
        return self._item(self.ask(f"/api/datasets/{quote(identifier)}", blobs="true"))

    def _item(self, value: dict[str, Any]) -> Item:
        name, tags = str(value["id"]), [str(tag) for tag in value.get("tags") or []]
        licence = next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), "")
        files = [
            it
            for it in value.get("siblings") or []
            if kind(it["rfilename"]) in {"csv", "tsv", "json", "ndjson", "parquet"}
        ]
        return Item(
            source="hf",
            id=name,
            title=name,
            description=plain(value.get("description")),
            license=spdx(licence),
            url=f"{self.base}/datasets/{name}",
            access=CONTROLLED if value.get("gated") or value.get("private") else OPEN,
            resources=tuple(self._resource(name, it) for it in files),
            updated=str(value.get("lastModified") or ""),
            tags=tuple(tags),
        )

    def _resource(self, name: str, value: dict[str, Any]) -> Resource:
        file = str(value["rfilename"])
        large = value.get("lfs") or {}
        address = f"{self.base}/datasets/{name}/resolve/main/{quote(file)}"
        return Resource(address, kind(file), value.get("size"), sha256=str(large.get("sha256") or ""))
