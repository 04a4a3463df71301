"""The one place where AWS clients are made.

The target (``local`` or ``aws``) decides endpoint and credentials; nothing else in the platform knows which one it is.
"""

import json
import os
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mlops.errors import NotRunning, RefusedByPolicy, RefusedInput

if TYPE_CHECKING:
    import boto3

LOCAL_ACCOUNT = "000000000000"  # on the embedded AWS a 12-digit access key is that account's root
ROOT_SECRET = "root-secret"  # noqa: S105 (the file of the state folder with what that root signs with)
DEFAULT_REGION = "us-east-1"
NO_ACCESS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}  # codes of refusals
_CALL = "MlopsCall"


def _state_dir() -> Path:
    """MLOPS_STATE_DIR, else the nearest ``.mlops`` with an embedded AWS of this user's, from the working folder upwards; else there.

    Somebody else's is passed over: commands would talk to what he has set up.
    """
    name = Path(".mlops")
    if given := os.environ.get("MLOPS_STATE_DIR"):
        return Path(given)
    try:
        here = Path.cwd()
    except FileNotFoundError:  # it was removed under the shell
        return name
    for folder in (here, *here.parents):
        found = folder / name
        if os.path.isfile(found / ROOT_SECRET) and found.stat().st_uid == os.getuid():  # noqa: PTH113 (False where it may not look)
            return name if folder == here else Path(os.path.relpath(found))
    return name


STATE_DIR = _state_dir()


@dataclass(frozen=True)
class Credentials:
    """An access key pair, with the token of a role session where there is one."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Aws:
    """Clients of one identity at one target."""

    region: str = DEFAULT_REGION
    endpoint: str | None = None
    credentials: Credentials | None = None

    @cached_property
    def _session(self) -> "boto3.Session":
        import boto3
        from botocore.session import Session

        keys = self.credentials
        # with keys of our own no AWS_PROFILE of the user's has a say
        core = Session() if keys is None else Session({"profile": (None, None, None, None)})
        core.register_component("data_loader", _models(core.get_config_variable("data_path")))
        if keys is None:
            return boto3.Session(region_name=self.region, botocore_session=core)
        return boto3.Session(
            keys.access_key, keys.secret_key, keys.token, region_name=self.region, botocore_session=core
        )

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def client(self, service: str) -> Any:
        """The identity's boto3 client of a service; errors of connection surface as botocore's own exceptions."""
        from botocore.config import Config

        if service not in self._clients:
            config = Config(retries={"mode": "standard", "max_attempts": 4}, s3={"addressing_style": "path"})
            made = self._session.client(service, endpoint_url=self.endpoint, config=config)  # type: ignore[call-overload]
            made.meta.events.register("provide-client-params", _keep_parameters)
            made.meta.events.register("after-call", _note_call)
            self._clients[service] = made
        return self._clients[service]

    @property
    def keys(self) -> Any:
        """The identity's credentials as botocore has them."""
        return self._session.get_credentials()

    @cached_property
    def _caller(self) -> dict[str, str]:
        return dict(self.client("sts").get_caller_identity())

    @property
    def identity(self) -> str:
        """ARN of the caller."""
        return str(self._caller["Arn"])

    @property
    def user_id(self) -> str:
        """The caller's unique id, IAM's ``aws:userid``: of a role session ``<role id>:<session name>``."""
        return str(self._caller["UserId"])

    @property
    def account(self) -> str:
        """Account id of the caller."""
        return str(self._caller["Account"])

    def assume(self, role: str, session: str) -> "Aws":
        """The same target seen by a session of ``role`` (a role name of this account).

        Raises:
            RefusedByPolicy: the caller may not assume the role, or there is no such role.
        """
        from botocore.exceptions import ClientError

        arn = f"arn:aws:iam::{self.account}:role/{role}"
        try:
            answer = self.client("sts").assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
        except ClientError as error:
            if error.response["Error"]["Code"] not in NO_ACCESS:
                raise
            told = "that role's trust says who may, and an administrator changes it"
            raise RefusedByPolicy(f"{self.identity} may not act as role {role}: {told}") from error
        keys = Credentials(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
        return replace(self, credentials=keys)


def _keep_parameters(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context[_CALL] = params


def _note_call(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
    """Let an error say which call it answers: services' own texts name neither action nor resource reliably."""
    if "Error" in parsed:
        action = f"{model.service_model.signing_name}:{model.name}"
        parsed[_CALL] = {"Action": action, "Parameters": context.get(_CALL, {})}


def failed_call(error: Any) -> tuple[str, dict[str, Any]]:
    """(action as ``service:Operation``, parameters) of the call that a ClientError answers; of another's client (``""``, {})."""
    noted = error.response.get(_CALL, {})
    return noted.get("Action", ""), noted.get("Parameters", {})


@cache
def _models(path: str | None) -> Any:
    """botocore's reader of service models, one for all identities: reading a model takes longer than most calls."""
    from botocore.loaders import create_loader

    return create_loader(path)


class Local(Protocol):
    """A running embedded AWS: where it answers, and the folder that holds its root's secret."""

    endpoint: str
    state_dir: Path


def local(running: Local) -> Aws:
    """The embedded AWS, as root of its account.

    Raises:
        NotRunning: the state folder holds no secret.
    """
    return _root(running.endpoint, running.state_dir)


def _root(endpoint: str, state_dir: Path) -> Aws:
    try:
        secret = (state_dir / ROOT_SECRET).read_text()
    except FileNotFoundError:
        raise NotRunning(f"{state_dir}/ holds no secret of its root: start the embedded AWS with 'mlops up'") from None
    return Aws(endpoint=endpoint, credentials=Credentials(LOCAL_ACCOUNT, secret))


def connect(target: str | None = None, state_dir: Path = STATE_DIR) -> Aws:
    """Clients for ``target`` (default: environment variable MLOPS_TARGET, else ``local``).

    Raises:
        RefusedInput: the target is neither ``local`` nor ``aws``.
        NotRunning: ``local`` without a running embedded AWS.
    """
    chosen = target or os.environ.get("MLOPS_TARGET", "local")
    if chosen == "aws":
        return Aws(region=os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", DEFAULT_REGION)))
    if chosen != "local":
        raise RefusedInput(f"--target {chosen}: must be 'local' or 'aws'")
    return _root(_running_endpoint(state_dir), state_dir)


def _running_endpoint(state_dir: Path) -> str:
    try:
        return str(json.loads((state_dir / "server.json").read_text())["endpoint"])
    except FileNotFoundError:
        raise NotRunning(f"no embedded AWS is running in {state_dir}/: start it with 'mlops up'") from None
    except (ValueError, KeyError, TypeError):
        raise NotRunning(f"{state_dir}/server.json is damaged: 'mlops up' writes it anew") from None


def public_s3(region: str = DEFAULT_REGION) -> Any:
    """An S3 client without an identity, for public buckets; MLOPS_PUBLIC_S3_URL overrides where S3 is."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    config = Config(signature_version=UNSIGNED, retries={"mode": "standard", "max_attempts": 4})
    endpoint = os.environ.get("MLOPS_PUBLIC_S3_URL")
    return boto3.client("s3", region_name=region, endpoint_url=endpoint, config=config)


def listed(client: Any, operation: str, members: str, **arguments: Any) -> list[dict[str, Any]]:
    """What a listing operation gives, all pages of it: the items of ``members``, in the service's order."""
    pages = client.get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page[members]]
