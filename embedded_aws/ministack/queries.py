"""Athena: a query reads what its caller may read, writes its result as he may, and sees no file of this machine.

Athena User Guide, "How Athena works with IAM" and "Forward access sessions": Athena uses S3, Glue and KMS with the rights of whoever starts
a query. "Override client-side settings": what a work group enforces stands for the request's. MiniStack runs queries in this process,
with its files, and writes results as nobody.
"""

import asyncio
import csv
import io
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ministack.core import responses, router
from ministack.services import athena, glue

from embedded_aws.endpoint import Endpoint
from embedded_aws.gateway import Gateway, s3_location
from embedded_aws.ministack import identities
from embedded_aws.service import Document, ServiceError

Handle = Callable[..., Awaitable[Any]]
_START, _LIMIT = 30.0, 1800.0  # seconds: until the endpoint answers; of a statement (Athena's DML timeout is 30 min)
_SYMLINKS = "SymlinkTextInputFormat"
_VALUES = re.compile(r"'[^']*'|\"[^\"]*\"")
_OF_THE_TEXT = ("Parser Error", "Binder Error", "Catalog Error")  # about the query's own words, before any row is read
_BOX = (  # nothing but the query's own folder, for good
    "SET allowed_directories = ['{folder}']",
    "SET temp_directory = '{folder}/spilled'",
    "SET memory_limit = '2GB'",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@dataclass(frozen=True)
class Caller:
    """Who started a query, with what he signs."""

    identity: str
    account: str
    region: str
    keys: Mapping[str, str]

    def require(self, action: str, *resources: str) -> None:
        """IAM allows him the action on each.

        Raises:
            ServiceError: it does not.
        """
        for resource in resources:
            identities.require(self.identity, action, resource, (self.account, self.region))


_caller: ContextVar[Caller | None] = ContextVar("caller", default=None)
_files: ContextVar[Mapping[str, list[str]] | None] = ContextVar("files", default=None)  # by the location of a table


class Queries:
    """Runs queries once the endpoint answers, over which it reads and writes as their callers."""

    def __init__(self) -> None:
        self._up, self._endpoint = threading.Event(), Endpoint("", "")

    def start(self, endpoint: Endpoint) -> None:
        """The endpoint answers."""
        self._endpoint = endpoint
        self._up.set()

    def close(self) -> None:
        """Queries end with the process."""

    def executing(self, _known: Handle) -> Handle:
        """The life of a query: queued, running, and how it ended."""

        async def execute(number: str, query: str, database: str, ddl: Any, catalog: str | None = None) -> None:
            execution = athena._executions[number]
            status, began = execution["Status"], time.monotonic()
            status["State"] = "RUNNING"
            try:
                made = await self._answer(query, database, ddl, catalog)
                await asyncio.to_thread(self._keep, execution, made)
            except (ServiceError, ValueError, OSError) as error:
                _ended(status, "FAILED", str(getattr(error, "message", error)))
            else:
                execution["_results"] = {"columns": made["columns"], "rows": made["rows"]}
                execution["_column_types"] = made["column_types"]
                _ended(status, "SUCCEEDED", "")
            execution["Statistics"]["TotalExecutionTimeInMillis"] = int((time.monotonic() - began) * 1000)

        return execute

    async def _answer(self, query: str, database: str, ddl: Any, catalog: str | None) -> Document:
        if ddl is not None:
            _may_define(ddl, database)
            return dict(athena._run_ddl(ddl, database))
        folder = Path(tempfile.mkdtemp(prefix="athena-"))
        try:
            _files.set(await asyncio.to_thread(self._fetched, query, database, folder))
            rewritten, buckets, _ = await athena._rewrite_data_paths(query, database, catalog)
            if buckets:
                raise ValueError("NOT_SUPPORTED: S3 table buckets are not supported by the embedded AWS")
            return await asyncio.to_thread(_run, rewritten, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _fetched(self, query: str, database: str, folder: Path) -> dict[str, list[str]]:
        """Files of every table that the query names, by the table's location."""
        found: dict[str, list[str]] = {}
        for reference in athena._table_references(query):
            name = reference.database or database or "default"
            table = glue._tables.get(f"{name}/{reference.table}")
            if table is None:
                continue
            _asker().require("glue:GetTable", *_catalogued(name, reference.table))
            storage = table.get("StorageDescriptor") or {}
            location = storage.get("Location") or ""
            if location and location not in found:
                where = folder / str(len(found))
                found[location] = list(self._table(location, _SYMLINKS in storage.get("InputFormat", ""), where))
        return found

    def _table(self, location: str, linked: bool, folder: Path) -> Iterator[str]:
        if not linked:
            yield from map(str, self._objects(location, folder))
            return
        for number, file in enumerate(self._objects(location, folder / "links")):
            for line, uri in enumerate(file.read_text(encoding="utf-8").split()):
                yield from map(str, self._objects(uri, folder / f"{number}-{line}"))

    def _objects(self, location: str, folder: Path) -> Iterator[Path]:
        """Every object below a location, or the one there; hidden ones are not read, as Hive does not.

        Raises:
            ServiceError: the caller may not read there.
        """
        from botocore.exceptions import ClientError

        (bucket, prefix), s3 = s3_location(location), self._gateway().client("s3")
        try:
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for key in (item["Key"] for item in page.get("Contents", [])):
                    inner = key.removeprefix(prefix).lstrip("/")
                    beside = key != prefix and not (key[len(prefix) :].startswith("/") or prefix.endswith("/"))
                    if beside or key.endswith("/") or athena._hidden(inner) or ".." in inner.split("/"):
                        continue
                    path = folder / (inner or "object")
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
                    yield path
        except ClientError as error:
            words = f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
            raise ServiceError("InvalidRequestException", f"PERMISSION_DENIED: {location}: {words}") from error

    def _keep(self, execution: Document, made: Document) -> None:
        """The result as CSV, with the names and types of its columns beside it, under the key that the work group names.

        Raises:
            ServiceError: the caller may not write there.
        """
        from botocore.exceptions import ClientError

        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(made["columns"])
        writer.writerows(made["rows"])
        types = f"{','.join(made['columns'])}\n{','.join(made['column_types'])}"
        place = execution["ResultConfiguration"]["OutputLocation"]
        bucket, key = s3_location(place)
        sealed = _encryption(execution["WorkGroup"])
        try:
            for name, body in ((key, text.getvalue()), (f"{key}.metadata", types)):
                self._gateway().client("s3").put_object(Bucket=bucket, Key=name, Body=body.encode(), **sealed)
        except ClientError as error:
            told = "Please ensure you are allowed to access the S3 bucket and, if results are encrypted, their KMS key."
            words = f"Access denied when writing output to url: {place} . {told}"
            if error.response["Error"]["Code"] != "AccessDenied":
                words = f"writing output to url: {place}: {error.response['Error']['Message']}"
            raise ServiceError("InvalidRequestException", words) from error

    def _gateway(self) -> Gateway:
        if not self._up.wait(_START):
            raise ServiceError("InternalServerException", "the embedded AWS is still starting", 503)
        asker = _asker()
        return Gateway(self._endpoint, asker.account, asker.region, asker.keys)


def noting_callers(known: Handle) -> Handle:
    """Whoever sends a request is who its query acts for."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
        key, token = router.extract_access_key_id(headers, query), headers.get("x-amz-security-token", "")
        try:
            secret = identities.secret_of(key, token)
        except ServiceError as error:
            return responses.error_response_json(error.code, error.message, error.status)
        keys = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}
        if token:
            keys["AWS_SESSION_TOKEN"] = token
        who = identities.caller(headers, query)
        before = _caller.set(Caller(who, responses.get_account_id(), responses.get_region(), keys))
        try:
            return await known(method, path, headers, body, query)
        finally:
            _caller.reset(before)

    return handle


def starting(known: Callable[[Document], Any]) -> Callable[[Document], Any]:
    """A query starts in a work group that is there, by its settings where it enforces them."""

    def start(data: Document) -> Any:
        name = data.get("WorkGroup", "primary")
        group = athena._workgroups.get(name)
        if group is None:
            return responses.error_response_json("InvalidRequestException", f"WorkGroup {name} is not found.", 400)
        if group.get("Configuration", {}).get("EnforceWorkGroupConfiguration"):
            data = {member: value for member, value in data.items() if member != "ResultConfiguration"}
        return known(data)

    return start


def reading(known: Callable[[Document], Any]) -> Callable[[Document], Any]:
    """Results are read on S3: GetQueryResults takes s3:GetObject on their object (Athena API Reference)."""

    def results(data: Document) -> Any:
        execution = athena._executions.get(data.get("QueryExecutionId"))
        if execution is not None:
            bucket, key = s3_location(execution["ResultConfiguration"]["OutputLocation"])
            try:
                _asker().require("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
            except ServiceError as error:
                return responses.error_response_json(error.code, error.message, error.status)
        return known(data)

    return results


def fetched(_known: Any) -> Callable[[str, list[str]], list[str]]:
    """A table's files, which were fetched for the caller before."""
    return lambda location, _folders: (_files.get() or {}).get(location, [])


def _asker() -> Caller:
    found = _caller.get()
    if found is None:
        raise ServiceError("AccessDeniedException", "nobody is known who asks")
    return found


def _ended(status: Document, state: str, why: str) -> None:
    if status["State"] != "CANCELLED":
        status.update(State=state, StateChangeReason=why[:2000])
    status["CompletionDateTime"] = int(time.time())


def _catalogued(database: str, table: str) -> tuple[str, str, str]:
    """ARNs of a table, its database and the catalog: Glue asks for all three."""
    asker = _asker()
    room = f"arn:aws:glue:{asker.region}:{asker.account}:"
    return f"{room}catalog", f"{room}database/{database}", f"{room}table/{database}/{table}"


def _may_define(ddl: Any, database: str) -> None:
    action = "glue:DeleteTable" if isinstance(ddl, athena._DropTable) else "glue:CreateTable"
    _asker().require(action, *_catalogued(ddl.database or database or "default", ddl.table))


def _encryption(group: str) -> dict[str, str]:
    """How a work group's results are encrypted; as their bucket says where it does not say."""
    chosen = athena._workgroups.get(group, {}).get("Configuration", {}).get("ResultConfiguration", {})
    given = chosen.get("EncryptionConfiguration") or {}
    if given.get("EncryptionOption") == "SSE_KMS":
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": str(given["KmsKey"])}
    return {"ServerSideEncryption": "AES256"} if given.get("EncryptionOption") == "SSE_S3" else {}


def _run(query: str, folder: Path) -> Document:
    """Columns, their types and rows.

    Raises:
        ValueError: DuckDB refuses the query; its words without texts that may be values.
    """
    import duckdb

    with duckdb.connect(":memory:") as connection:
        for line in _BOX:
            connection.execute(line.format(folder=folder))
        timer = threading.Timer(_LIMIT, connection.interrupt)
        timer.start()
        try:
            result = connection.execute(query)
            described = result.description or []
            rows = [list(row) for row in result.fetchall()] if described else []
        except duckdb.Error as error:
            said = str(error).splitlines()[0]
            raise ValueError(said if said.startswith(_OF_THE_TEXT) else _VALUES.sub("'...'", said)) from None
        finally:
            timer.cancel()
    types = [athena._DUCKDB_TYPE_MAP.get(str(it[1]).upper().split("(")[0].strip(), "varchar") for it in described]
    return {"columns": [it[0] for it in described], "column_types": types, "rows": rows}
