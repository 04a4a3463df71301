"""The registry: immutable versions in one bucket, visible all at once, found by alias or id.

Order of writing: tables, what describes them, the importer's signature, the manifest (from then on the version exists), the
alias. Nothing is ever overwritten. Whatever dies in between leaves nothing that ``list`` shows, and the next import of the same
content finishes it.
"""

import csv
import hashlib
import io
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlops.aws import Aws
from mlops.bundled import written
from mlops.bundled.dataset_records import USE
from mlops.bundled.written import Odd
from mlops.datasets.registry import croissant
from mlops.datasets.registry.manifest import (
    Attribution,
    File,
    Manifest,
    content_id,
    file_hash,
    manifest_hash,
    parsed,
    pretty,
    schema_hash,
)
from mlops.datasets.registry.names import (
    Keys,
    Reference,
    alias_number,
    aliases,
    check_name,
    datasets_bucket,
    is_name,
    parse,
)
from mlops.datasets.registry.reviews import Review, Reviews
from mlops.datasets.registry.signed import Signed, Signer
from mlops.datasets.registry.splits import Split
from mlops.datasets.schema import Schema
from mlops.datasets.validation.report import Report
from mlops.datasets.validation.source import Source, inspect
from mlops.errors import MlopsError, NotRunning, RefusedByPolicy, RefusedInput
from mlops.s3 import list_keys, put_once, upload_once

_TRIES = 100
_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True)
class Version:
    """A version with its alias."""

    alias: str
    manifest: Manifest
    uri: str  # of the folder with the CSV tables

    @property
    def id(self) -> str:
        """``name@<id>``: what models remember."""
        return f"{self.manifest.name}@{self.manifest.id}"

    def __str__(self) -> str:
        return f"{self.manifest.name}@{self.alias}"


@dataclass(frozen=True)
class Draft:
    """What is to become a version: a folder of validated tables and what is known about it."""

    name: str
    folder: Path
    schema: Schema
    report: Report
    source: Attribution
    split: Split | None = None


class Registry:
    """The data sets as one identity sees them."""

    def __init__(self, aws: Aws) -> None:
        self._aws, self._s3 = aws, aws.client("s3")
        self.bucket = datasets_bucket(aws.account)
        self._odd: dict[str, str] = {}  # key -> why it is none of ours

    def client(self, service: str) -> Any:
        """A client of the identity that uses the registry."""
        return self._aws.client(service)

    def ensure_deployed(self) -> None:
        """The bucket is the platform's.

        Raises:
            NotRunning: the platform, which makes it, is not deployed.
        """
        if not self._exists():
            raise NotRunning("the platform is not deployed here: 'mlops deploy' does it")

    def publish(self, draft: Draft, now: datetime | None = None) -> Version:
        """Make a version; the same content gives the version that is there already.

        Raises:
            RefusedInput: the name is not valid, the tables break their schema, or there are none.
            NotRunning: the platform is not deployed.
        """
        check_name(draft.name)
        draft.report.refuse()
        self.ensure_deployed()
        files = _files(draft)
        keys = Keys(draft.name, content_id(files, schema_hash(draft.schema)))
        if not self._published(keys):
            self._write(draft, files, keys, now or datetime.now(UTC))
        return self._version(self._alias(draft.name, keys.id), self._manifest(keys))

    def adopt(self, manifest: Manifest) -> Version:
        """Make a version of an earlier registry exist here, whose files lie at their keys; whoever does it is its importer.

        A version that is there already stays as it is.

        Raises:
            MlopsError: a table is another one than the manifest says.
        """
        keys = Keys(check_name(manifest.name), manifest.id)
        if not self._published(keys):
            files = tuple(replace(it, version_id=self._uploaded(it, keys)) for it in manifest.files)
            self._sign(replace(manifest, files=files, created_by=self._aws.identity), keys)
        return self._version(self._alias(manifest.name, keys.id), self._manifest(keys))

    @property
    def odd(self) -> tuple[str, ...]:
        """Objects that were passed over since they are no records of ours, and why: whoever may import may put anything there."""
        return tuple(f"{written.line(key)}: {why}" for key, why in self._odd.items())

    def names(self) -> list[str]:
        """Names of all data sets."""
        if not self._exists():
            return []
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix="datasets/", Delimiter="/"
        )
        found = [item["Prefix"].split("/")[1] for page in pages for item in page.get("CommonPrefixes", [])]
        self._odd |= {f"datasets/{name}/": "no data set can be called so" for name in found if not is_name(name)}
        return [name for name in found if is_name(name) and self._aliases(name)]

    def versions(self, name: str) -> list[Version]:
        """All versions, oldest first, without what is none; empty where there is no such data set."""
        return list(self._versions(check_name(name)))

    def find(self, reference: str | Reference) -> Version:
        """The version that a reference means.

        Raises:
            RefusedInput: there is none.
        """
        wanted = parse(reference) if isinstance(reference, str) else reference
        known = self._aliases(wanted.name)
        if not known:
            raise RefusedInput(f"data set {wanted.name}: there is none of that name; see 'mlops dataset list'")
        if not wanted.version:
            return self._newest(wanted.name)
        alias = wanted.version
        if alias not in known:
            alias = next((found for found, identifier in known.items() if identifier == alias), "")
        if not alias:
            raise RefusedInput(f"data set {wanted}: no such version; it has {', '.join(known)}")
        return self._version(alias, self._manifest(Keys(wanted.name, known[alias])))

    def _versions(self, name: str) -> Iterator[Version]:
        for alias, identifier in self._aliases(name).items():
            keys = Keys(name, identifier)
            try:
                yield self._version(alias, self._parsed(keys))
            except Odd as error:
                self._odd[keys.manifest] = str(error)

    def _newest(self, name: str) -> Version:
        """The last version of a data set; what is none is passed over.

        Raises:
            RefusedInput: none of its aliases leads to one.
        """
        found = list(self._versions(name))
        if not found:
            raise RefusedInput(f"data set {name}: it has aliases, and none of them leads to a version")
        return found[-1]

    def schema(self, version: Version) -> Schema:
        """Its Table Schemas.

        Raises:
            MlopsError: they are not what was published.
        """
        try:
            found = Schema.from_json(self.read(version, "schema.json"))
        except (RefusedInput, ValueError):
            raise MlopsError(f"{version}: schema.json is no schema") from None
        if schema_hash(found) != version.manifest.schema_sha256:
            raise MlopsError(f"{version}: schema.json differs from what was published (SHA-256)")
        return found

    def read(self, version: Version, file: str) -> dict[str, Any]:
        """A JSON file about the version: manifest.json, schema.json, croissant.json, validation.json.

        Raises:
            MlopsError: what is there is no JSON object.
        """
        try:
            return written.document(written.fetched(self._s3, self.bucket, _keys(version).file(file)).body)
        except Odd as error:
            raise MlopsError(f"{version}: {file} is none ({error})") from None

    def download(self, version: Version, folder: Path) -> Path:
        """The tables, verified against the manifest.

        Raises:
            MlopsError: an object differs from what was published.
        """
        folder.mkdir(parents=True, exist_ok=True)
        for file in version.manifest.files:
            target = folder / file.path
            extra = {"VersionId": file.version_id} if file.version_id else {}
            self._s3.download_file(self.bucket, _keys(version).data + file.path, str(target), ExtraArgs=extra)
            if file_hash(target) != file.sha256:
                target.unlink()
                raise MlopsError(f"{version}: {file.path} differs from what was published (SHA-256)")
        return folder

    def header(self, version: Version, path: str) -> list[str]:
        """Column names of a table, from its first bytes."""
        key = _keys(version).data + path
        body = self._s3.get_object(Bucket=self.bucket, Key=key, Range="bytes=0-65535")["Body"].read()
        return next(csv.reader(io.StringIO(body.decode("utf-8-sig", errors="replace"), newline="")))

    def reviews(self, version: Version) -> Reviews:
        """Its reviews."""
        return Reviews(self._s3, self.bucket, version.manifest, self._odd)

    def decide(self, version: Version, decision: str, reason: str) -> Review:
        """Approve or reject as the calling identity; see ``Reviews.decide``."""
        return self.reviews(version).decide(decision, reason, self._signer)

    def for_training(self, reference: str, *, allow_unapproved: bool = False) -> Version:
        """The version, if it may be trained on.

        Raises:
            RefusedByPolicy: nobody has approved it (or somebody rejected it), and ``allow_unapproved`` is not given.
        """
        version = self.find(reference)
        status = self.reviews(version).status()
        if status != "Approved" and not allow_unapproved:
            raise RefusedByPolicy(
                f"data set {version} is {status.lower()}: somebody else must approve it ('mlops dataset approve "
                f"{version} --reason ...'), or train with --allow-unapproved, which is recorded"
            )
        return version

    def record_use(self, version: Version, project: str, run: str) -> None:
        """Note that a training on the version was started, and whether it was approved then; append-only and signed."""
        use = {
            "project": project,
            "run": run,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "status": self.reviews(version).status(),
        }
        name = hashlib.sha256(run.encode()).hexdigest()[:16]
        self._signed(version).put(self._signer, f"use-{name}", use)

    def uses(self, version: Version) -> list[dict[str, Any]]:
        """Trainings that were started on the version, oldest first."""
        found = [{**it.value, "by": it.arn} for it in self._signed(version).read().of(USE)]
        return sorted(found, key=lambda use: (use["at"], use["run"]))

    def attach(self, version: Version, file: str, body: bytes, content_type: str) -> str:
        """Store a derived file (a profile) beside the version, unless it is there; returns its URI.

        Raises:
            MlopsError: another one is there; everybody who imports may put one beside others' versions.
        """
        key = _keys(version).file(file)
        new = put_once(self._s3, self.bucket, key, body, content_type)
        if not new and self._s3.get_object(Bucket=self.bucket, Key=key)["Body"].read() != body:
            raise MlopsError(
                f"{version}: another {file} lies there, of somebody else or of another version of this program"
            )
        return f"s3://{self.bucket}/{key}"

    def _exists(self) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._s3.head_bucket(Bucket=self.bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    def _published(self, keys: Keys) -> bool:
        found = self._s3.list_objects_v2(Bucket=self.bucket, Prefix=keys.manifest)
        return any(item["Key"] == keys.manifest for item in found.get("Contents", []))

    def _write(self, draft: Draft, files: list[File], keys: Keys, now: datetime) -> None:
        stored = tuple(self._upload(draft.folder, file, keys) for file in files)
        parent = next((it.id for it in reversed(self.versions(draft.name))), "")
        manifest = Manifest(
            name=draft.name,
            id=keys.id,
            files=stored,
            schema_sha256=schema_hash(draft.schema),
            created_at=now.isoformat(timespec="seconds"),
            created_by=self._aws.identity,
            source=draft.source,
            parent=parent,
            split=draft.split.record(draft.folder) if draft.split else {},
            warnings=draft.report.warnings,
        )
        described = {
            "schema.json": draft.schema.to_json(),
            "validation.json": draft.report.to_json(),
            "croissant.json": croissant.document(
                manifest, draft.schema, _headers(draft, files), f"s3://{self.bucket}/{keys.data}"
            ),
        }
        for name, value in described.items():
            put_once(self._s3, self.bucket, keys.file(name), pretty(value))
        self._sign(manifest, keys)

    def _sign(self, manifest: Manifest, keys: Keys) -> None:
        """The manifest makes the version exist: what signs it is there before."""
        signature = manifest_hash(manifest)
        Signed(self._s3, self.bucket, keys).put(
            self._signer, f"import-{signature[:16]}", {"manifest_sha256": signature, "at": manifest.created_at}
        )
        put_once(self._s3, self.bucket, keys.manifest, pretty(manifest.to_json()))

    def _upload(self, folder: Path, file: File, keys: Keys) -> File:
        version = upload_once(self._s3, self.bucket, folder / file.path, keys.data + file.path, "text/csv")
        return replace(file, version_id=self._uploaded(file, keys) if version is None else version)

    def _uploaded(self, file: File, keys: Keys) -> str:
        """Version id of a table that an import of the same content has left or is writing now.

        Raises:
            MlopsError: the object there is another one.
        """
        from botocore.exceptions import ClientError

        for _ in range(_TRIES):
            try:
                found = self._s3.get_object(Bucket=self.bucket, Key=keys.data + file.path)
            except ClientError as error:
                if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
                    raise
                time.sleep(0.1)
                continue
            if _stream_hash(found["Body"]) != file.sha256:
                raise MlopsError(f"s3://{self.bucket}/{keys.data}{file.path}: there is another file; nothing imported")
            return str(found.get("VersionId", ""))
        raise MlopsError(f"s3://{self.bucket}/{keys.data}{file.path}: another import of it does not end; try again")

    def _alias(self, name: str, identifier: str) -> str:
        """The alias of a version: the one that it has, else the first number whose place is free."""
        for _ in range(_TRIES):
            row = self._row(name)  # once: what is taken later collides with what is written
            for alias, known_id in self._leading(row).items():
                if known_id == identifier:
                    return alias
            alias = f"v{len(row) + 1}"
            body = pretty({"id": identifier})
            if put_once(self._s3, self.bucket, f"{aliases(name)}{alias}.json", body):
                return alias
        raise MlopsError(f"data set {name}: too many imports at the same time; try again")

    def _aliases(self, name: str) -> dict[str, str]:
        """Alias -> id, oldest first."""
        return self._leading(self._row(name))

    def _leading(self, row: Mapping[str, str]) -> dict[str, str]:
        found = dict[str, str]()
        for alias, key in row.items():
            try:
                value = written.document(written.fetched(self._s3, self.bucket, key).body)
                found[alias] = written.matching(value, "id", _ID)
            except Odd as error:
                self._odd[key] = str(error)
        return found

    def _row(self, name: str) -> dict[str, str]:
        """Alias -> key of every place that is taken from v1 on: numbers are given without gaps, so what lies beyond one is no alias."""
        if not self._exists():
            return {}
        keys = list_keys(self._s3, f"s3://{self.bucket}/{aliases(name)}")
        numbered = {alias_number(key.removeprefix(aliases(name))): key for key in keys}
        row = dict[str, str]()
        while (key := numbered.get(len(row) + 1)) is not None:
            row[f"v{len(row) + 1}"] = key
        self._odd |= {key: "no alias, or one out of turn" for key in keys if key not in row.values()}
        return row

    def _manifest(self, keys: Keys) -> Manifest:
        try:
            return self._parsed(keys)
        except Odd as error:
            raise MlopsError(f"data set {keys.name}@{keys.id}: its manifest is none ({error})") from None

    def _parsed(self, keys: Keys) -> Manifest:
        """Raises Odd where there is no manifest of this version."""
        from botocore.exceptions import ClientError

        try:
            found = parsed(written.fetched(self._s3, self.bucket, keys.manifest).body)
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
                raise
            raise Odd("there is no manifest") from None
        if (found.name, found.id) != (keys.name, keys.id):
            raise Odd("it describes other content")
        return found

    @property
    def _signer(self) -> Signer:
        return Signer(self._aws.identity, self._aws.user_id)

    def _signed(self, version: Version) -> Signed:
        return Signed(self._s3, self.bucket, _keys(version))

    def _version(self, alias: str, manifest: Manifest) -> Version:
        return Version(alias, manifest, f"s3://{self.bucket}/{Keys(manifest.name, manifest.id).data}")


def _keys(version: Version) -> Keys:
    return Keys(version.manifest.name, version.manifest.id)


def _stream_hash(body: Any) -> str:
    total = hashlib.sha256()
    for block in body.iter_chunks(1 << 20):
        total.update(block)
    return total.hexdigest()


def _files(draft: Draft) -> list[File]:
    names = {table.path: table.name for table in draft.schema.tables}
    paths = sorted(path for path in draft.folder.iterdir() if path.name in names)
    if not paths:
        raise RefusedInput(f"data set {draft.name}: none of its tables is there ({', '.join(sorted(names))})")
    return [
        File(path.name, file_hash(path), path.stat().st_size, draft.report.rows.get(names[path.name], 0))
        for path in paths
    ]


def _headers(draft: Draft, files: list[File]) -> dict[str, tuple[str, ...]]:
    """The columns that each table's file has."""
    found = {file.path: inspect(draft.folder / file.path, scan=False) for file in files}
    return {path: source.header for path, source in found.items() if isinstance(source, Source)}
