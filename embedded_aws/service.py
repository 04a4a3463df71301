"""The plain interface between the service host and the services that run behind it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from embedded_aws.endpoint import Endpoint

Document = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One API call, already parsed and validated against botocore's input shape.

    Timestamps in ``params`` and in results are UTC epoch seconds (float); blobs are bytes.
    """

    operation: str
    params: Document
    account: str
    region: str
    identity: str  # ARN of the caller (user, role session or root)

    def key(self, name: str) -> str:
        """Store key of a resource of this account and region."""
        return f"{self.account}/{self.region}/{name}"

    def named(self, member: str, kind: str) -> str:
        """The name in a member that takes a name or an ARN; what is judged and what is acted on are then the same.

        Raises:
            ServiceError: an ARN of another account, region or kind, or one that goes on after the name.
        """
        value, own = str(self.params.get(member, "")), self.arn(f"{kind}/")
        name = value.removeprefix(own)
        if value and (not name or "/" in name or name.startswith("arn:")):
            raise ServiceError("ResourceNotFound", f"{value} does not exist")
        return name

    def arn(self, resource: str, service: str = "sagemaker") -> str:
        """ARN of a resource (``kind/name``) of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


class ServiceError(Exception):
    """An error of the service's own, sent to the caller as botocore's ClientError."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def internal(error: Exception) -> str:
    """What a caller hears of an error of the host: what went wrong, and none of the host's paths, which are in its own log."""
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"InternalServerError: {type(error).__name__}: {told}"


def created_by(call: Call) -> Document:
    """``CreatedBy`` and ``LastModifiedBy`` of what AWS documents an identity for: model packages, their groups, projects."""
    return {"IamIdentity": {"Arn": call.identity, "PrincipalId": call.identity.rsplit("/", 1)[-1]}}


Handler = Callable[[Call], Document]
Emit = Callable[[str, Document, list[str], str, str], None]  # detail type, detail, resources, account, region
# (role, session name, account, region) -> environment variables with the session's credentials; None without such a role
RoleSession = Callable[[str, str, str, str], dict[str, str] | None]

# (caller's ARN, action, resource, (account, region), condition keys): ServiceError where the caller may not
Require = Callable[[str, str, str, tuple[str, str], Mapping[str, str] | None], None]
Ec2 = Mapping[str, Sequence[Document]]  # "Subnets", "RouteTables" ... -> as EC2's Describe* operations answer them
# (role, key, (account, region)) -> what ends the grant that a service makes of the role's right; ServiceError where it has none
Grant = Callable[[str, str, tuple[str, str]], Callable[[], None]]
# (role, action, key, (account, region)): ServiceError where the role may not do that with the key through SageMaker
UseKey = Callable[[str, str, str, tuple[str, str]], None]


@dataclass(frozen=True)
class Outside:
    """What SageMaker asks other services for in process: sessions and rights of roles, networks by (account, region), keys and grants."""

    session: RoleSession
    require: Require
    networks: Callable[[str, str], Ec2]
    grant: Grant
    use_key: UseKey


class Background(Protocol):
    """What begins when the endpoint answers and ends with the server."""

    def start(self, endpoint: Endpoint) -> None:
        """Called once when the endpoint answers; background work begins here."""

    def close(self) -> None:
        """Stop background work and every process that the service started."""


class Service(Background, Protocol):
    """A service of the embedded AWS. Handlers run in worker threads: they may block."""

    name: str  # botocore's service name, for example "sagemaker"
    operations: Mapping[str, Handler]
