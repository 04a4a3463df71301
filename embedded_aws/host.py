"""The service host: JSON-protocol services driven by botocore's models, served inside MiniStack's process."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from embedded_aws.service import Call, Service, ServiceError
from embedded_aws.shapes import fit, service_model, violations

_LOG = logging.getLogger("embedded_aws")

# (service, operation, parameters, caller): ServiceError where the caller may not pass a role, or it does not trust the service
Passing = Callable[[str, str, Mapping[str, Any], tuple[str, str, str]], None]
Response = tuple[int, dict[str, str], bytes]


class Host:
    """One service behind ``X-Amz-Target``: input validated, output fitted to the shape, errors typed."""

    def __init__(self, service: Service, passing: Passing | None = None) -> None:
        self._service, self._model, self._passing = service, service_model(service.name), passing

    @property
    def name(self) -> str:
        """botocore's name of the service."""
        return self._service.name

    @property
    def operations(self) -> Sequence[str]:
        """Those that are served."""
        return sorted(self._service.operations)

    @property
    def target_prefix(self) -> str:
        """What ``X-Amz-Target`` begins with for this service."""
        return f"{self._model.metadata['targetPrefix']}."

    async def respond(self, headers: Mapping[str, str], body: bytes, caller: tuple[str, str, str]) -> Response:
        """The HTTP answer to one request; ``caller`` is (account, region, identity ARN)."""
        operation = headers.get("x-amz-target", "").removeprefix(self.target_prefix)
        try:
            answer = await asyncio.to_thread(self.call, operation, _parse(body), caller)
        except ServiceError as error:
            return self._answer(error.status, {"__type": error.code, "message": error.message})
        except Exception as error:
            _LOG.exception("%s failed", operation)
            return self._answer(500, {"__type": "InternalFailure", "message": f"{type(error).__name__}: {error}"})
        return self._answer(200, answer)

    def call(self, operation: str, params: dict[str, Any], caller: tuple[str, str, str]) -> dict[str, Any]:
        """Run one operation.

        Raises:
            ServiceError: unknown operation, invalid input, or the service's own error.
        """
        if operation not in self._model.operation_names:
            raise ServiceError("UnknownOperationException", f"{operation}: no such operation")
        handler = self._service.operations.get(operation)
        if handler is None:
            raise ServiceError("UnknownOperationException", f"not supported by the embedded AWS: {operation}")
        model = self._model.operation_model(operation)
        if model.input_shape is not None:
            found = list(violations(model.input_shape, params))
            if found:
                raise ServiceError("ValidationException", f"{len(found)} validation error(s): " + "; ".join(found[:5]))
        if self._passing is not None:
            self._passing(self.name, operation, params, caller)
        answer = handler(Call(operation, params, *caller))
        return fit(model.output_shape, answer) if model.output_shape is not None else {}

    def _answer(self, status: int, value: Mapping[str, Any]) -> Response:
        kind = f"application/x-amz-json-{self._model.metadata.get('jsonVersion', '1.1')}"
        return status, {"Content-Type": kind}, json.dumps(value).encode()


def _parse(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise ServiceError("SerializationException", f"the body is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ServiceError("SerializationException", "the body is no JSON object")
    return value
