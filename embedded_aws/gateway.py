"""What jobs and pipelines need of the other services, over boto3 to our own endpoint."""

import contextlib
import errno
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from embedded_aws.box.files import plain_files
from embedded_aws.endpoint import Endpoint
from embedded_aws.service import RoleSession, ServiceError

_BATCH = 500  # log events a request
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_START = 30.0  # seconds
_NO_PATH = {
    errno.EEXIST,
    errno.EISDIR,
    errno.EINVAL,
    errno.ENAMETOOLONG,
    errno.ENOTDIR,
    errno.EILSEQ,
}  # the key's fault
# virtual-hosted and path style, with and without region (S3 user guide, "Virtual hosting of general purpose buckets")
_HTTPS = re.compile(
    r"https://(?:(?P<bucket>[a-z0-9][a-z0-9.-]*)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?/?(?P<path>.*)"
)


@cache
def _models() -> Any:
    """botocore's reader of service models, one for all roles: reading a model takes longer than most calls."""
    from botocore.loaders import create_loader

    return create_loader()


class Gateway:
    """Clients at the endpoint: of a role's session by its ``keys`` (environment variables of the AWS SDKs), or of the account's root."""

    def __init__(self, endpoint: Endpoint, account: str, region: str, keys: Mapping[str, str] | None = None) -> None:
        self._endpoint, self._region = endpoint, region
        root = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": endpoint.root_secret}
        self._credentials = root if keys is None else keys
        self._lock, self._clients = threading.Lock(), dict[str, Any]()

    @property
    def settings(self) -> dict[str, str]:
        """Environment variables that lead a program to this endpoint and region, and to no other credentials than it is given."""
        region = self._region
        return {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": self._endpoint.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    @property
    def environment(self) -> dict[str, str]:
        """The same with the credentials that are this gateway's."""
        return {**self.settings, **self._credentials}

    def client(self, service: str) -> Any:
        """The boto3 client of a service; made once."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._new(service)
            return self._clients[service]

    def _new(self, service: str) -> Any:
        import boto3
        from botocore.config import Config
        from botocore.session import Session

        key, secret, token = (self._credentials.get(name) for name in _KEYS)
        core = Session()
        core.register_component("data_loader", _models())
        session = boto3.Session(key, secret, token, region_name=self._region, botocore_session=core)
        config = Config(
            s3={"addressing_style": "path"},
            max_pool_connections=32,
            read_timeout=900,
            retries={"mode": "standard", "max_attempts": 2},
            parameter_validation=False,  # the host validates, with AWS's own error types
        )
        return session.client(service, endpoint_url=self._endpoint.url, config=config)  # type: ignore[call-overload]

    def download(self, uri: str, folder: Path) -> list[Path]:
        """Objects of a prefix (or the one object) into ``folder``; the files in key order.

        Raises:
            ServiceError: there is no object, or one of them has a key that no file can have.
        """
        bucket, prefix = s3_location(uri)
        files = [self._download_one(bucket, prefix, key, folder) for key in self._keys(bucket, prefix)]
        if not files:
            raise ServiceError("ClientError", f"No S3 objects found under S3 URL {uri!r} given in input data source")
        return files

    def _download_one(self, bucket: str, prefix: str, key: str, folder: Path) -> Path:
        relative = key[len(prefix) :].lstrip("/") if key != prefix else ""
        target = input_file(folder, relative or Path(key).name)
        if target is None:
            raise ServiceError(
                "ClientError", f"Data download failed: the key {key!r} is no file's path in the input folder"
            )
        target.write_bytes(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
        return target

    def _keys(self, bucket: str, prefix: str) -> Iterator[str]:
        return (key for key, _ in self._objects(bucket, prefix))

    def _objects(self, bucket: str, prefix: str) -> Iterator[tuple[str, str]]:
        """(key, ETag) of the object or folder named; where there is neither, of every key that begins with the prefix."""
        from botocore.exceptions import ClientError

        try:
            pages = list(self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix))
        except ClientError as error:
            raise ServiceError("ClientError", f"S3 bucket {bucket}: {error.response['Error']['Message']}") from error
        found = [(item["Key"], item["ETag"]) for page in pages for item in page.get("Contents", [])]
        exact = [item for item in found if item[0] == prefix or item[0].startswith(prefix.rstrip("/") + "/")]
        return (item for item in exact or found if not item[0].endswith("/"))

    def fingerprint(self, uri: str) -> list[list[str]]:
        """[key below the location, digest] of every object there; empty where there is none or no such bucket."""
        bucket, prefix = s3_location(uri)
        try:
            return [[key[len(prefix) :].lstrip("/"), digest] for key, digest in self._objects(bucket, prefix)]
        except ServiceError:
            return []

    def read(self, uri: str, version: str | None = None) -> bytes:
        """One object's bytes, of a version where one is given.

        Raises:
            ServiceError: there is no such object.
        """
        from botocore.exceptions import ClientError

        bucket, key = s3_location(uri)
        try:
            chosen = {"VersionId": version} if version else {}
            return bytes(self.client("s3").get_object(Bucket=bucket, Key=key, **chosen)["Body"].read())
        except ClientError as error:
            raise ServiceError("ClientError", f"{uri}: {error.response['Error']['Message']}") from error

    def write(self, uri: str, body: bytes, kms_key: str = "") -> None:
        """Put one object, under a key of KMS where one is given.

        Raises:
            ServiceError: S3 refuses it.
        """
        from botocore.exceptions import ClientError

        bucket, key = s3_location(uri)
        sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
        try:
            self.client("s3").put_object(Bucket=bucket, Key=key, Body=body, **sealed)
        except ClientError as error:
            raise ServiceError("ClientError", f"{uri}: {error.response['Error']['Message']}") from error

    def upload(self, folder: Path, uri: str, within: Path, kms_key: str = "") -> None:
        """Every file below ``folder`` to the prefix.

        Raises:
            ServiceError: something there leads out of ``within``; nothing was uploaded.
        """
        for file in plain_files(folder, within):
            self.write(f"{uri.rstrip('/')}/{file.relative_to(folder).as_posix()}", file.read_bytes(), kms_key)

    def log(self, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append lines to a log stream, which is made where it is missing."""
        logs = self.client("logs")
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName=group)
        with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line or " "} for line in lines]
        for begin in range(0, len(events), _BATCH):
            part = events[begin : begin + _BATCH]
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=part)


class Gateways:
    """Gateways by account, region and role, from the moment at which the endpoint answers."""

    def __init__(self, session: RoleSession) -> None:
        self._up, self._endpoint, self._session = threading.Event(), Endpoint("", ""), session
        self._known: dict[tuple[str, str], Gateway] = {}
        self._acting: dict[tuple[str, ...], tuple[Mapping[str, str], Gateway]] = {}

    def open(self, endpoint: Endpoint) -> None:
        """The endpoint answers, and what an earlier server left has been looked through."""
        self._endpoint = endpoint
        self._up.set()

    def wait(self) -> None:
        """Until then.

        Raises:
            ServiceError: it takes too long.
        """
        if not self._up.wait(timeout=_START):
            raise ServiceError("ServiceUnavailable", "the embedded AWS is still starting", 503)

    def of(self, account: str, region: str) -> Gateway:
        """The account's clients in the region; waits as ``wait`` does."""
        self.wait()
        return self._known.setdefault((account, region), Gateway(self._endpoint, account, region))

    def acting(self, role: str, service: str, account: str, region: str) -> Gateway:
        """Clients of a role's session that bears the service's name, as AWS's services act in the roles that they are given.

        Raises:
            ServiceError: there is no such role.
        """
        self.wait()
        keys = self._session(role, service, account, region)
        if keys is None:
            words = f"Could not assume role {role}. Please ensure that the role exists and that its trust relationship allows it."
            raise ServiceError("ValidationException", words)
        place = (role, service, account, region)
        known = self._acting.get(place)
        if known is None or known[0] != keys:
            known = self._acting[place] = (keys, Gateway(self._endpoint, account, region, keys))
        return known[1]


def input_file(folder: Path, relative: str) -> Path | None:
    """Where an object of that key below its prefix goes, in a folder that is there; None where no file can lie there.

    S3 takes any key: one that leads outside, one that is a file where another needs a folder, one that is too long for a file system.
    """
    target = folder / relative
    try:
        if folder.resolve() not in target.resolve().parents:
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        return None if target.is_dir() else target
    except ValueError:  # a NUL
        return None
    except OSError as error:
        if error.errno not in _NO_PATH:
            raise
        return None


def s3_location(uri: str) -> tuple[str, str]:
    """(bucket, key) of ``s3://BUCKET/KEY`` and of S3's https addresses, with the bucket in the host or in the path.

    Raises:
        ServiceError: it is neither.
    """
    bucket = key = ""
    if uri.startswith("s3://"):
        bucket, _, key = uri.removeprefix("s3://").partition("/")
    elif match := _HTTPS.fullmatch(uri):
        bucket, key = match.group("bucket") or "", unquote(match.group("path"))
        if not bucket:
            bucket, _, key = key.partition("/")
    if not bucket:
        raise ServiceError("ValidationException", f"{uri!r} is not an S3 URI")
    return bucket, key


def is_s3(text: str) -> bool:
    """Whether a text is the URI of something on S3."""
    try:
        s3_location(text)
    except ServiceError:
        return False
    return True
