"""The types and how each is made: create, update and delete operations of its service, its physical id and its attributes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from embedded_aws.service import Document

Call = Callable[[str, str, Document], Document]  # service, operation, parameters -> answer
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Context:
    """What a type may use besides its properties."""

    call: Call
    read_object: Callable[[str, str], bytes]  # bucket, key -> content; ValueError where there is none
    seed_repository: Callable[[str, bytes, str, str, str], None]  # name, zip archive, branch, account, region
    account: str
    region: str
    stack_name: str
    logical_id: str


def without(*names: str) -> Callable[[Params, Context], Document]:
    """The properties but for these, as the request."""
    return lambda properties, _: {key: value for key, value in properties.items() if key not in names}


def named(*names: str) -> Callable[[str, Params], Document]:
    """These properties as what names the resource."""
    return lambda _, properties: {name: properties[name] for name in names}


@dataclass(frozen=True)
class Type:
    """A resource type. ``request`` makes the create request from properties; ``reference`` what Ref gives."""

    name: str
    service: str
    create: str
    delete: str
    reference: Callable[[Params, Params], str]  # request, answer
    identity: Callable[[str, Params], Document]  # physical id, properties -> request of delete (and base of update)
    update: str = ""
    request: Callable[[Params, Context], Document] = lambda properties, _: dict(properties)
    change: Callable[[Params, Context], Document] | None = None
    complete: Callable[[Params, Context], None] = lambda *_: None  # what a creation does after the service's own call
    attributes: Callable[[str, Params, Context], Document] = lambda *_: {}  # physical id, properties
    custom_name: str = ""  # the property that names it: a replacement under the same name is refused, as on AWS
    create_only: tuple[str, ...] = field(default=())
