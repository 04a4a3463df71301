"""Our services beside MiniStack's own: found by their target prefix, judged by IAM, answered by their host."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core import responses

from embedded_aws.host import Host, Response
from embedded_aws.ministack import identities

ResourceArn = Callable[[str, dict[str, Any], str, str], str]  # operation, parameters, region, account -> ARN
Handle = Callable[[str, str, dict[str, str], bytes, dict[str, Any]], Awaitable[Response]]


@dataclass(frozen=True)
class Own:
    """One of our services: its host, and what its operations act on (for IAM)."""

    host: Host
    resource_arn: ResourceArn

    @property
    def name(self) -> str:
        """As botocore and IAM call it."""
        return self.host.name

    def operation(self, headers: Mapping[str, str]) -> str:
        """The operation that a request asks for."""
        return headers.get("x-amz-target", "").removeprefix(self.host.target_prefix)

    def pattern(self, _: Any) -> dict[str, list[str]]:
        """By what MiniStack's router finds it."""
        return {"target_prefixes": [self.host.target_prefix], "host_patterns": []}

    def namespace(self, _: Any) -> str:
        """The prefix of its actions in policies."""
        return self.name

    def handler(self, _: Any) -> Handle:
        """What answers its requests."""

        async def handle(
            _method: str, _path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
        ) -> Response:
            where = responses.get_account_id(), responses.get_region()
            return await self.host.respond(headers, body, (*where, identities.caller(headers, query)))

        return handle
