"""List* and Describe* of everything that nobody can make here: empty lists and "could not find", by the operations' own shapes.

The error is ResourceNotFound where the operation has that one, else ValidationException, as for example of DescribeEndpoint.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from embedded_aws.service import Call, Document, Handler, ServiceError
from embedded_aws.shapes import service_model


def unmade() -> Mapping[str, Handler]:
    """Every List* and Describe* operation of SageMaker; who serves some of them himself puts his own over these."""
    return dict(_all())


def _all() -> Iterator[tuple[str, Handler]]:
    model = service_model("sagemaker")
    for name in model.operation_names:
        if name.startswith("List"):
            yield name, _listing(model.operation_model(name))
        elif name.startswith("Describe"):
            yield name, _description(model.operation_model(name))


def _listing(operation: Any) -> Handler:
    """Nothing; of an owner that has to be named, who does not exist, ResourceNotFound."""
    owners = [name for name in operation.input_shape.required_members if name.endswith(("Name", "Arn", "Id"))]
    members = [name for name, shape in operation.output_shape.members.items() if shape.type_name == "list"]
    code = _error(operation)

    def answer(call: Call) -> Document:
        if owners:
            raise _missing(code, owners[0].removesuffix("Name").removesuffix("Arn").removesuffix("Id"), call, owners)
        return {name: [] for name in members}

    return answer


def _description(operation: Any) -> Handler:
    required, kind = list(operation.input_shape.required_members), operation.name.removeprefix("Describe")
    code = _error(operation)

    def answer(call: Call) -> Document:
        raise _missing(code, kind, call, required)

    return answer


def _error(operation: Any) -> str:
    errors = {shape.name for shape in operation.error_shapes}
    return "ResourceNotFound" if "ResourceNotFound" in errors else "ValidationException"


def _missing(code: str, kind: str, call: Call, members: list[str]) -> ServiceError:
    """In the words by which SageMaker's clients know it."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    shown = ", ".join(str(call.params[name]) for name in members if name in call.params)
    return ServiceError(code, f'Could not find {words} "{shown}".')
